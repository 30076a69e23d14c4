"""Places with their side, from the table beside this file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.changes import changes_in
from assistant.reading.language import report_language
from assistant.reading.places import governing, places_in
from assistant.reading.shadow import fold
from assistant.report.facts import Clause, Mention, Place, Sentence

CASES = yaml.load((Path(__file__).parent / "places.yaml").read_bytes(), Loader=yaml.CSafeLoader)


def read(text: str) -> tuple[str, list[Mention], Sentence, list[Place]]:
    shadow = fold(text)
    mentions = load_lexicon().scan(shadow)
    sentence = Sentence("text", 0, len(text), "", report_language(text, shadow), (Clause(0, len(text)),))
    return shadow, mentions, sentence, places_in(shadow, mentions, sentence)


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_places(text: str, wanted: list[tuple[str, str, list[str]]]) -> None:
    found = read(text)[3]
    assert [(p.organ, p.laterality) for p in found] == [(organ, side) for organ, side, _ in wanted]
    for place, (_, _, parts) in zip(found, wanted, strict=True):
        assert set(parts) <= place.parts
        assert fold(text)[place.start : place.end] == place.words


@pytest.mark.parametrize(
    ("text", "word", "organ"),
    [
        ("Renal cyst and splenic infarct.", "cyst", "kidney"),
        ("Renal cyst and splenic infarct.", "infarct", "spleen"),
        ("A nodule in the right adrenal gland next to the kidney.", "nodule", "adrenal_gland"),
        ("右肾见囊肿，压迫脾脏。", "囊肿", "kidney"),
    ],
)
def test_governing_place(text: str, word: str, organ: str) -> None:
    shadow, mentions, sentence, places = read(text)
    head = next(m for m in mentions if shadow[m.start : m.end] == word)
    place = governing(shadow, head, sentence.clauses[0], places, chinese=sentence.language == "zh")
    assert place is not None
    assert place.organ == organ


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The nodule has increased since last year.", ["larger"]),
        ("Increased density of the bone.", []),
        ("Nodule, unchanged.", ["stable"]),
        ("Interval decrease in size.", ["smaller"]),
        ("心影增大。", []),
        ("结节较前增大。", ["larger"]),
        ("结节较3月前缩小。", ["smaller"]),
        ("与2021年片比较未见明显变化。", ["stable"]),
        ("新发结节。", ["new"]),
    ],
)
def test_changes_and_words_that_only_describe(text: str, told: list[str]) -> None:
    shadow, mentions, sentence, _ = read(text)
    assert [c.told for c in changes_in(shadow, sentence.clauses[0], mentions)] == told
