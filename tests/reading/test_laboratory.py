"""Laboratory values: the number, its unit, and what is no value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.knowledge.lab_units import lab_units
from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.laboratory import lab_value
from assistant.reading.reader import read
from assistant.report.text import Report

ROWS = yaml.safe_load((Path(__file__).parent / "labs.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("text", "concept", "unit", "expected"), ROWS)
def test_value_is_read_in_the_unit_asked_for(text: str, concept: str, unit: str, expected: Any) -> None:
    found = lab_value(read(Report(id="a", text=text), load_lexicon()), concept, unit)
    if expected is None:
        assert found is None
    elif isinstance(expected, str):
        assert found is not None
        assert (found.numbers, found.level) == ((), expected)
    else:
        assert found is not None
        assert list(found.numbers) == expected
        assert found.evidence.quote in text


def test_every_value_with_units_has_a_name() -> None:
    assert set(lab_units()) <= set(load_lexicon().concepts)
