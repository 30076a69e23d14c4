"""Sections by heading, by content and in dictation, from the table beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.reading.language import report_language
from assistant.reading.sections import find_sections
from assistant.reading.shadow import fold

CASES = yaml.load((Path(__file__).parent / "sections.yaml").read_bytes(), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("case", CASES, ids=[c["note"] for c in CASES])
def test_sections_are_exact_trimmed_substrings(case: dict[str, Any]) -> None:
    text = case["text"]
    shadow = fold(text)
    found: dict[str, str] = {}
    for section in find_sections(text, shadow, report_language(text, shadow)):
        found.setdefault(section.name, text[section.start : section.end])
    assert {name: found.get(name) for name in case["expect"]} == case["expect"]


def test_a_repeated_name_keeps_both_sections() -> None:
    text = "FINDINGS: A.\nIMPRESSION: B.\nFINDINGS: C."
    names = [s.name for s in find_sections(text, fold(text), "en")]
    assert names == ["findings", "impression", "findings"]
