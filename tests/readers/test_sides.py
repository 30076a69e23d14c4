"""The side of what is said, beside that of the lesion that a guideline is about."""

from __future__ import annotations

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.knowledge.predicates import When
from assistant.readers.rules import FrameIndex, beside
from assistant.reading.reader import read
from assistant.report.facts import Place
from assistant.report.text import Report


@pytest.mark.parametrize(
    ("place", "tumour", "lies"),
    [
        ("right", "right", "same"), ("left", "right", "opposite"), ("bilateral", "left", "both"), ("none", "left", "unsaid"),
        ("left", "none", "unsaid"), ("left", "bilateral", "unsaid"),
    ],
)  # fmt: skip
def test_beside(place: str, tumour: str, lies: str) -> None:
    assert beside(Place(laterality=place), tumour) == lies  # type: ignore[arg-type]
    assert beside(None, tumour) == "unsaid"


@pytest.mark.parametrize(
    ("text", "lies"),
    [
        ("Enlarged left hilar lymph node, 14 mm.", "opposite"),
        ("Enlarged right hilar lymph node, 14 mm.", "same"),
        ("左肺门淋巴结肿大。", "opposite"),
        ("右肺门淋巴结肿大。", "same"),
    ],
)
def test_a_node_beside_a_tumour_of_the_right_lung(text: str, lies: str) -> None:
    frames = FrameIndex.of(read(Report(id="t", text=text), load_lexicon()).frames, side="right")
    wanted = When(concept=("lymphadenopathy", "lymph_node"), side=lies)  # type: ignore[arg-type]
    other = When(concept=("lymphadenopathy", "lymph_node"), side="same" if lies == "opposite" else "opposite")
    assert frames.matching(wanted, ("present",))
    assert not frames.matching(other, ("present",))
