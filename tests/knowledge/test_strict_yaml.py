"""What a clinician typed is what the program gets, or the error names file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from assistant.errors import KnowledgeError
from assistant.knowledge.guideline import Guideline
from assistant.knowledge.strict_yaml import load_model, load_yaml, parse_yaml


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "twice"),
        ("a: no\n", 1, "ambiguous"),
        ("a:\n  - on\n", 2, "ambiguous"),
        ("a: Yes\n", 1, "ambiguous"),
        ("a: OFF\n", 1, "ambiguous"),
        ("no: 1\n", 1, "ambiguous"),
        ("a: 010\n", 1, "zero"),
        ("a: 1\nb: 007\n", 2, "zero"),
        ("1: a\n", 1, "not text"),
        ("true: a\n", 1, "not text"),
        ("a: [1, 2\nb: 3\n", 2, "not YAML"),
        ("? [a]\n: 1\n", 1, "plain text"),
        ("a: \t- b\n", 1, "not YAML"),
    ],
)
def test_ambiguous_files_are_refused(text: str, line: int, says: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        parse_yaml(text, file="g.yaml")
    assert caught.value.line == line
    assert caught.value.file == "g.yaml"
    assert f"g.yaml:{line}" in caught.value.message
    assert says in caught.value.message


def test_plain_values() -> None:
    text = (
        "a: 'no'\nb: \"010\"\nc: 1.50\nd: -3\ne: true\nf: null\ng: 4A\nh: 1e5\ni: 0.1\nj: 0\nk: 2026-11-24\nl: '>=10 and <20'\nm: 肝硬化\n"
    )
    assert parse_yaml(text) == {
        "a": "no", "b": "010", "c": 1.5, "d": -3, "e": True, "f": None, "g": "4A", "h": "1e5", "i": 0.1, "j": 0, "k": "2026-11-24",
        "l": ">=10 and <20", "m": "肝硬化",
    }  # fmt: skip


def test_unknown_and_missing_names_have_a_line(tmp_path: Path) -> None:
    class Inner(BaseModel):
        model_config = ConfigDict(extra="forbid")
        size: int

    class Outer(BaseModel):
        model_config = ConfigDict(extra="forbid")
        items: list[Inner]

    path = tmp_path / "x.yaml"
    path.write_text("items:\n  - size: 1\n  - size: 2\n    seize: 3\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_model(path, Outer)
    assert caught.value.line == 4
    assert "seize" in caught.value.message
    path.write_text("items:\n  - size: 1\n  - size: wide\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_model(path, Outer)
    assert caught.value.line == 3
    path.write_text("- 1\n", encoding="utf-8")
    with pytest.raises(KnowledgeError):
        load_model(path, Outer)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KnowledgeError):
        load_yaml(path)
    with pytest.raises(KnowledgeError):
        load_yaml(tmp_path / "none.yaml")


def test_errors_of_a_guideline_name_the_field(tmp_path: Path) -> None:
    path = tmp_path / "guideline.yaml"
    path.write_text("id: x\ntitle: {en: X, zh: X}\nedition: 2024\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_model(path, Guideline)
    assert "edition" in caught.value.message or caught.value.line is not None


def test_every_error_of_a_file_is_told_with_what_would_be_right(tmp_path: Path) -> None:
    path = tmp_path / "guideline.yaml"
    path.write_text(
        "id: x\ntitle: {en: X, zh: X}\ninputs:\n  size_mm:\n    title: {en: s, zh: s}\n    typ: number\n"
        "steps:\n  - table: t\n    rows: []\nwrong: 1\n",
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError) as caught:
        load_model(path, Guideline)
    told = {error.message.partition(": ")[2]: error for error in (caught.value, *caught.value.others)}
    assert "question" in told["inputs.size_mm.ask: this is missing."].hint
    assert told["inputs.size_mm.typ: there is no such name here."].hint == "Did you mean type?"
    assert told["steps.0.table.hit: this is missing."].hint == "One of unique, first."
    assert told["wrong: there is no such name here."].hint.startswith("There are: inputs, derived,")
    assert told["wrong: there is no such name here."].line == 10
