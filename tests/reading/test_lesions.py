"""Which lesions a text tells of, and what it says of each: the table beside this file, and text that is no prose."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.reader import read
from assistant.report.facts import Reading, Track
from assistant.report.text import Report

CASES = yaml.load((Path(__file__).parent / "lesions.yaml").read_bytes(), Loader=yaml.CSafeLoader)


def reading(text: str) -> Reading:
    return read(Report(id="t", text=text), load_lexicon())


def said(track: Track) -> set[str]:
    """Properties that are there, and with a minus those that are not."""
    marks = {"present": "", "absent": "-"}
    return {marks[f.assertion] + f.concept.id for f in track.frames if f.concept.kind == "property" and f.assertion in marks}


@pytest.mark.parametrize("case", CASES, ids=[c["text"][:40] for c in CASES])
def test_lesions(case: dict[str, Any]) -> None:
    tracks = reading(case["text"]).tracks
    assert [t.label for t in tracks] == [wanted["label"] for wanted in case["lesions"]]
    for track, wanted in zip(tracks, case["lesions"], strict=True):
        assert [list(s.axes_mm) for s in track.sizes if not s.is_prior] == wanted["now"]
        before = [(s.axes_mm[0], s.months_before) for s in track.sizes if s.is_prior]
        assert before == [(b[0], b[1] if len(b) > 1 else None) for b in wanted.get("before", [])]
        assert track.count == wanted.get("count", 1)
        assert set(wanted["says"]) <= said(track), said(track)
        opposite = {name[1:] if name.startswith("-") else f"-{name}" for name in wanted["says"]}
        assert not opposite & said(track), said(track)


@pytest.mark.parametrize("case", CASES, ids=[c["text"][:40] for c in CASES])
def test_frames_point_into_the_text(case: dict[str, Any]) -> None:
    made = reading(case["text"])
    for frame in made.frames:
        assert 0 <= frame.start <= frame.word_start < frame.word_end <= frame.end <= len(case["text"])


@pytest.mark.parametrize(
    "unit",
    [
        "nodule ",
        "右肺结节、",
        "肝S8段",
        "segment 8 nodule 12 mm. ",
        "nodule 3 mm, ",
        "右",
        "No change. ",
        "肝右叶结节大小约12mm。",
        "无结节的",
    ],
)
def test_time_is_linear_in_the_text(unit: str) -> None:
    reading(unit * 50)
    spent = []
    for characters in (5_000, 40_000):
        start = time.process_time()
        reading(unit * (characters // len(unit)))
        spent.append(time.process_time() - start)
    assert spent[1] < 24 * spent[0] + 0.5  # eight times the text; quadratic would be 64 times


def test_no_more_lesions_than_a_person_would_follow() -> None:
    text = "".join(f"{n} mm nodule in segment {n % 8 + 1}. " for n in range(3, 400))
    assert len(reading(text).tracks) <= 60


def test_a_phrase_may_run_over_the_end_of_a_line() -> None:
    wrapped = reading("CT of the abdomen with contrast in the arterial and portal venous phase shows a mass of 3 cm in the portal\nvein.")
    assert [m.id for m in wrapped.mentions[-1]][-1] == "portal_vein"
    apart = reading("Liver: lesion at the portal\n\nVein: normal.")
    assert all("\n" not in apart.shadow["text"][m.start : m.end] for mentions in apart.mentions for m in mentions)
