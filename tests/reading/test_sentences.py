"""Sentences, line labels and clauses, from the table beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.reading.language import report_language
from assistant.reading.sections import find_sections
from assistant.reading.sentences import split
from assistant.reading.shadow import fold

CASES = yaml.load((Path(__file__).parent / "sentences.yaml").read_bytes(), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("case", CASES, ids=[c.get("note") or c["text"] for c in CASES])
def test_sentences_and_clauses(case: dict[str, Any]) -> None:
    text = case["text"]
    shadow = fold(text)
    language = report_language(text, shadow)
    sections = find_sections(text, shadow, language) if "FINDINGS" in text else ()
    sentences = split(text, shadow, sections, language=language)
    found = [[text[c.start : c.end].strip(case.get("trim", "")) for c in s.clauses] or "#" for s in sentences]
    wanted = [w if w == "#" else [c.strip(case.get("trim", "")) for c in w] for w in case["expect"]]
    assert found == wanted
    if "subjects" in case:
        assert [s.subject for s in sentences] == case["subjects"]


def test_each_sentence_knows_its_section_and_language() -> None:
    text = "Findings: 肝S8段结节，约2.1 cm。No ascites is seen in the abdomen.\nImpression: 肝结节。"
    shadow = fold(text)
    sentences = split(text, shadow, find_sections(text, shadow, "zh"), language="zh")
    assert [(s.section, s.language) for s in sentences if s.clauses] == [("findings", "zh"), ("findings", "en"), ("impression", "zh")]
