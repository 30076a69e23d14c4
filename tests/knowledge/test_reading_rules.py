"""reading.yaml beside guideline.yaml: the two may not drift apart."""

from __future__ import annotations

import pytest

from assistant.knowledge import reading_rules as rules
from assistant.knowledge import shelf
from assistant.knowledge.predicates import ReadingRules


@pytest.mark.parametrize("name", shelf.guideline_ids())
def test_nothing_is_named_that_is_not_there(name: str) -> None:
    assert list(rules.drift(shelf.guideline(name))) == []


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"colour": [{"value": "red", "when": {"concept": "washout"}}]}, "an input that"),
        ({"washout": [{"value": "purple", "when": {"concept": "washout"}}]}, "a value that"),
        ({"washout": [{"value": "none", "when": {"concept": "no_such_word"}}]}, "a concept that"),
        ({"washout": [{"value": "none", "when": {"concept": "washout"}, "unless": {"concept": "nor_this"}}]}, "a concept that"),
    ],
)
def test_drift_is_told(monkeypatch: pytest.MonkeyPatch, inputs: dict[str, object], told: str) -> None:
    monkeypatch.setattr(rules, "reading_rules", lambda name: ReadingRules.model_validate({"inputs": inputs}))
    found = list(rules.drift(shelf.guideline("lirads_ctmri_v2018")))
    assert len(found) == 1
    assert told in found[0][1]
