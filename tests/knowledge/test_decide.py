"""What a decision says besides its answer: what is missing, what would settle it, what was assumed, which lesion leads."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InputError, UnknownName
from assistant.knowledge import shelf
from assistant.knowledge.decide import adjusted, decide, decide_closed_world, fill_silence, management, possible
from assistant.knowledge.intervals import Range

LIRADS, LUNG = "lirads_ctmri_v2018", "lungrads_v2022"
AT_RISK = {"risk_basis": "cirrhosis", "multiphase": True, "modality": "ct"}


def report(guideline: str, **known: Any) -> dict[str, Any]:
    return fill_silence(guideline, known).known


def test_one_answer_in_spite_of_silence() -> None:
    got = decide(LIRADS, report(LIRADS, **AT_RISK, size_mm=25, aphe="nonrim", washout="nonperipheral"))
    assert (got.category, got.label, got.possible, got.missing, got.if_reported) == ("LR-5", "LR-5", ("LR-5",), (), ())
    assert {"A8", "F7", "W1"} <= set(got.rows)
    assert "table" in got.cites
    assert got.confidence == "verified_secondary"


def test_missing_is_ordered_by_use_and_statements_are_true() -> None:
    known = report(LIRADS, multiphase=True, modality="ct", size_mm=12, aphe="nonrim")
    got = decide(LIRADS, known)
    assert got.category is None
    assert got.possible == ("LR-3", "LR-4", "LR-5", "NOT_APPLICABLE")
    assert set(got.missing) == {"risk_basis", "washout", "capsule"}
    assert got.if_reported[0].input == "risk_basis"
    assert got.if_reported[0].category == "NOT_APPLICABLE"
    for one in got.if_reported:
        assert set(one.possible) < set(got.possible)
        assert possible(shelf.program(LIRADS), {**known, one.input: one.value}) == set(one.possible)
        assert one.category == (one.possible[0] if len(one.possible) == 1 else None)


def test_numbers_are_settled_by_ranges() -> None:
    got = decide(LIRADS, report(LIRADS, **AT_RISK, aphe="nonrim", washout="none", capsule="none"))
    assert {(one.value, one.category) for one in got.if_reported} == {("<20", "LR-3"), (">=20", "LR-4")}
    assert possible(shelf.program(LIRADS), report(LIRADS, **AT_RISK, aphe="nonrim", washout="none", capsule="none", size_mm=">=20")) == {
        "LR-4"
    }


def test_ranges_and_value_sets() -> None:
    program = shelf.program(LIRADS)
    base = report(LIRADS, **AT_RISK, aphe="nonrim", washout="nonperipheral", capsule="none")
    assert possible(program, base | {"size_mm": Range(high=10, high_closed=False)}) == {"LR-4"}
    assert possible(program, base | {"size_mm": Range(low=8, high=12)}) == {"LR-4", "LR-5"}
    assert possible(program, base | {"size_mm": (8, 9)}) == {"LR-4"}
    assert possible(program, base | {"size_mm": {9, 25}}) == {"LR-4", "LR-5"}
    assert possible(program, base | {"aphe": ("none", "nonrim"), "size_mm": 25}) == {"LR-4", "LR-5"}
    assert possible(program, base | {"size_mm": 25, "targetoid": {(), ("rim_aphe",)}}) == {"LR-5", "LR-M"}
    assert possible(program, base | {"size_mm": 25, "targetoid": (("rim_aphe",),)}) == {"LR-M"}
    assert decide(LIRADS, base | {"size_mm": 25, "targetoid": {(), ("rim_aphe",)}}).missing == ("targetoid",)


def test_reasons_of_not_applicable() -> None:
    for known, word in (
        ({"risk_basis": "none"}, "risk"),
        ({"cirrhosis_cause": "vascular_disorder"}, "vascular"),
        ({"age_years": 12}, "18"),
        ({"multiphase": False}, "multiphase"),
        ({"pathology": "malignant_proven"}, "athology"),
        ({"treated": True}, "treatment response"),
    ):
        got = decide(LIRADS, report(LIRADS, **{**AT_RISK, "size_mm": 25, **known}))
        assert (got.category, got.label) == ("NOT_APPLICABLE", "NOT_APPLICABLE")
        assert got.reason is not None
        assert word in got.reason.en
        assert got.reason.zh
    assert decide_closed_world(LIRADS, {**AT_RISK, "age_years": 50, "treated": True}).label == "USE_TREATMENT_RESPONSE"


def test_silence_is_filled_and_told() -> None:
    filled = fill_silence(LIRADS, {"size_mm": 12, "tiv": ("none", "definite")})
    assert "targetoid" in filled.assumed
    assert filled.known["targetoid"] == []
    assert "tiv" not in filled.assumed
    assert "aphe" not in filled.known
    filled = fill_silence(LIRADS, {"size_mm": 15, "prior_size_mm": 10})
    assert "threshold_growth" not in filled.known  # it follows from the sizes
    filled = fill_silence(LUNG, {"exam": "annual", "nodules": [{"type": "solid", "mean_mm": 9, "status": "stable"}]})
    assert (0, "prior_category") in filled.assumed_at
    assert "annual" in filled.why[0, "prior_category"].en
    assert filled.known["nodules"][0]["prior_category"] == "2"


def test_described_ancillary_features_are_kept_apart() -> None:
    known = report(
        LIRADS, **AT_RISK, size_mm=12, aphe="nonrim", washout="none", capsule="none", af_malignant_described=("restricted_diffusion",)
    )
    assert decide(LIRADS, known).category == "LR-3"
    after = adjusted(LIRADS, known)
    assert after is not None
    assert after.category == "LR-4"
    assert adjusted(LIRADS, report(LIRADS, **AT_RISK, size_mm=12, aphe="nonrim", washout="none", capsule="none")) is None
    settled = report(LIRADS, **AT_RISK, size_mm=25, aphe="nonrim", washout="nonperipheral", af_malignant_described=("fat_in_mass",))
    assert adjusted(LIRADS, settled) is None


def test_the_leading_nodule() -> None:
    nodules = [{"type": "solid", "mean_mm": 5}, {"type": "solid", "mean_mm": 9}, {"type": "non_solid", "mean_mm": 20}]
    got = decide(LUNG, report(LUNG, exam="baseline", nodules=nodules))
    assert (got.category, got.dominant) == ("4A", 1)
    assert [one.category for one in got.lesions] == ["2", "4A", "2"]
    got = decide(LUNG, report(LUNG, exam="baseline", nodules=[{"type": "solid", "mean_mm": 9}, {"mean_mm": 12}]))
    assert got.dominant == 1
    assert ("type" in got.missing) and {where for where, _ in got.missing_at} == {1}


def test_what_contradicts_itself_is_read_as_it_stands() -> None:
    got = decide(LUNG, report(LUNG, exam="baseline", nodules=[{"type": "solid", "mean_mm": 9, "status": "new"}]))
    assert got.category == "4B"
    got = decide(LUNG, report(LUNG, exam="baseline", nodules=[{"type": "part_solid", "mean_mm": 7, "solid_mm": 9}]))
    assert got.category == "4B"


@pytest.mark.parametrize(
    ("known", "error"),
    [
        ({"aphe": "bright"}, InputError),
        ({"aphe": ()}, InputError),
        ({"size_mm": "big"}, InputError),
        ({"size_mm": -1}, InputError),
        ({"size_mm": True}, InputError),
        ({"size_mm": float("inf")}, InputError),
        ({"size_mm": "<0"}, InputError),
        ({"treated": "yes"}, InputError),
        ({"targetoid": "rim_aphe"}, InputError),
        ({"targetoid": ["halo"]}, InputError),
        ({"sice_mm": 3}, UnknownName),
    ],
)
def test_what_no_input_can_be_is_refused(known: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        decide(LIRADS, known)
    assert caught.value.hint  # type: ignore[attr-defined]


def test_management_in_both_languages() -> None:
    for name in shelf.guideline_ids():
        guideline = shelf.guideline(name)
        for category in guideline.categories:
            words = management(guideline, category)
            assert category == "NOT_APPLICABLE" or (words is not None and words.en and words.zh)
        assert management(guideline, None) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_more_knowledge_never_adds_an_answer(seed: int) -> None:
    rng = random.Random(seed)
    program = shelf.program(LIRADS)
    values: dict[str, list[Any]] = {
        "risk_basis": ["cirrhosis", "chronic_hbv", "none"], "multiphase": [True, False], "modality": ["ct", "mri_eca"],
        "size_mm": [8, 9.5, 15, 19.5, 20, 31], "aphe": ["none", "nonrim"], "washout": ["none", "nonperipheral"],
        "capsule": ["none", "enhancing"], "prior_size_mm": [6, 10, 20], "prior_interval_months": [3, 6, 7], "prior_modality": ["ct", "mri"],
        "nontargetoid_lrm": [(), ("infiltrative",)], "af_malignant": [(), ("fat_in_mass",)], "af_benign": [(), ("size_reduction",)],
        "distinctive_nodule": [True, False], "tiv": ["none", "definite"], "benign_judgement": ["none", "probable"],
    }  # fmt: skip
    order = rng.sample(list(values), len(values))
    # an earlier size is known from the start or not at all: it changes what growth follows from
    known: dict[str, Any] = report(LIRADS)
    known = {n: v for n, v in known.items() if n not in values}
    if rng.random() < 0.5:
        order.remove("prior_size_mm")
        known = {n: v for n, v in known.items() if n != "threshold_growth"} | {"prior_size_mm": rng.choice(values["prior_size_mm"])}
    else:
        order.remove("prior_size_mm")
    before = possible(program, known)
    for name in order:
        known[name] = rng.choice(values[name])
        after = possible(program, known)
        assert after <= before
        got = decide(program, known)
        assert (got.category is None) == (len(got.possible) > 1)
        assert set(got.possible) == after
        assert bool(got.missing) == (got.category is None)
        assert set(got.missing) <= set(program.inputs) - {n for n, v in known.items()}
        before = after
    assert len(before) == 1 or "size_mm" not in known


def test_decisions_are_quick() -> None:
    """Generous limits; the figures in the notes are five times smaller."""
    known = report(LIRADS, multiphase=True, modality="ct", aphe="nonrim", washout="nonperipheral")
    program = shelf.program(LIRADS)

    def cost(what: Any, times: int) -> float:
        best = float("inf")
        for _ in range(5):
            began = time.process_time()
            for _ in range(times):
                what()
            best = min(best, (time.process_time() - began) / times)
        return best

    sizes = iter(range(100_000))
    assert cost(lambda: decide(program, known | {"size_mm": 10 + next(sizes) / 1000}), 20) < 0.005
    assert cost(lambda: decide(program, known), 50) < 0.001
    assert cost(lambda: possible(program, {}), 1) < 0.1
    assert cost(lambda: possible(shelf.program(LUNG), {"nodules": [{}]}), 1) < 0.2


def test_a_long_list_of_open_nodules_is_answered() -> None:
    known = report(LUNG, nodules=[{"mean_mm": 3 + n / 10} for n in range(60)])
    got = decide(LUNG, known)
    assert set(got.possible) <= {"2", "3", "4A", "4B"}
    assert got.missing


def test_an_explicit_null_may_have_a_meaning_of_its_own() -> None:
    tumour = {"histology": "non_aggressive", "myometrium": "ge50"}
    assert decide_closed_world("figo_endometrium_2023", {**tumour, "pelvic_ln": None}).label == "IB"
    assert decide_closed_world("figo_endometrium_2023", {**tumour, "myometrium": None}).label == "INSUFFICIENT:myometrium"
