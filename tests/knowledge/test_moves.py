"""What would change an answer: each move, made, leads where it says, and no shorter list of statements does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from assistant.knowledge.decide import decide, fill_silence
from assistant.knowledge.moves import Move, moves

LIVER: dict[str, Any] = {"modality": "ct", "multiphase": True, "risk_basis": "cirrhosis", "aphe": "nonrim", "treated": False}


def found(guideline: str, known: Mapping[str, Any], hedged: tuple[tuple[int | None, str], ...] = ()) -> tuple[Move, ...]:
    filled = fill_silence(guideline, known)
    return moves(guideline, filled.known, decide(guideline, filled.known), hedged)


@pytest.mark.parametrize(
    ("guideline", "known"),
    [
        ("cnlc_2024", {"tumor_count": 1}),
        ("cnlc_2024", {"tumor_count": ">=2", "ps": 1}),
        ("lirads_ctmri_v2018", LIVER),
        ("lirads_ctmri_v2018", LIVER | {"size_mm": 22}),
        ("lirads_ctmri_v2018", LIVER | {"size_mm": "<20", "washout": "nonperipheral"}),
    ],
)
def test_every_move_leads_where_it_says(guideline: str, known: dict[str, Any]) -> None:
    told = found(guideline, known)
    assert told
    for move in told:
        after = decide(guideline, fill_silence(guideline, known).known | dict(move.inputs))
        assert after.category == move.category
        for left_out, _ in move.inputs:  # none of its statements is idle
            fewer = {n: v for n, v in move.inputs if n != left_out}
            assert decide(guideline, fill_silence(guideline, known).known | fewer).category != move.category


def test_fewest_statements_come_first() -> None:
    lengths = [len(move.inputs) for move in found("lirads_ctmri_v2018", LIVER)]
    assert lengths == sorted(lengths)


def test_a_size_close_to_a_threshold_is_told_and_one_far_from_it_is_not() -> None:
    known = LIVER | {"washout": "none", "capsule": "none", "threshold_growth": False}
    close = found("lirads_ctmri_v2018", known | {"size_mm": 19})
    assert [(m.inputs, m.category, m.why) for m in close] == [((("size_mm", ">=20"),), "LR-4", "close")]
    assert not found("lirads_ctmri_v2018", known | {"size_mm": 15})


def test_the_deciding_member_of_a_list_is_moved() -> None:
    nodules = [{"type": "solid", "status": "baseline", "mean_mm": 4}, {"type": "solid", "status": "baseline", "mean_mm": 7.5}]
    told = found("lungrads_v2022", {"exam": "baseline", "nodules": nodules})
    assert ((("mean_mm", ">=8"),), "4A", "close") in [(m.inputs, m.category, m.why) for m in told]


def test_hedged_words_are_told() -> None:
    nodules = [{"type": "solid", "status": "baseline", "mean_mm": 10}]
    told = found("lungrads_v2022", {"exam": "baseline", "nodules": nodules}, ((0, "suspicious"),))
    assert any(m.why == "hedged" and m.category == "4X" for m in told)
