"""What a sentence says has become of a thing: the table beside this file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.reader import read
from assistant.report.text import Report

TABLE: dict[str, list[str]] = yaml.load((Path(__file__).parent / "change.yaml").read_bytes(), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize(("told", "text"), [(told, text) for told, texts in TABLE.items() for text in texts])
def test_change(told: str, text: str) -> None:
    frames = read(Report(id="t", text=text, exam="CT chest"), load_lexicon()).frames
    changes = {value for f in frames if f.assertion == "present" for value in f.attrs.get("change", ())}
    assert changes == (set() if told == "none" else {told})
