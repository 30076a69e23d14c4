"""What is said of a phrase, from the table beside this file; and that no text makes it raise or go slow."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml

from assistant.reading.assertion import judge_sentence

TABLE = yaml.load((Path(__file__).parent / "assertion.yaml").read_bytes(), Loader=yaml.CSafeLoader)
CASES = [(marked, wanted) for wanted, rows in TABLE.items() for marked in rows]


@pytest.mark.parametrize(("marked", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_assertion(marked: str, wanted: str) -> None:
    concept = marked[marked.index("[") + 1 : marked.index("]")]
    said, whose = judge_sentence(marked.replace("[", "").replace("]", ""), concept)
    assert (said, whose) == (wanted, "patient")


def test_a_relative_is_not_the_patient() -> None:
    assert judge_sentence("Her mother had breast cancer.", "breast cancer")[1] == "family"
    assert judge_sentence("家族史：肝癌。", "肝癌")[1] == "family"
    assert judge_sentence("Breast cancer in 2015.", "breast cancer")[1] == "patient"


def test_phrase_in_other_case_and_spacing_and_phrase_that_is_not_there() -> None:
    assert judge_sentence("NO   PLEURAL\n  EFFUSION.", "pleural effusion")[0] == "absent"
    assert judge_sentence("No effusion.", "fracture") == ("present", "patient")
    assert judge_sentence("No effusion.", "  ") == ("present", "patient")


@pytest.mark.parametrize(
    "text", ["no " * 30_000, "未见" * 30_000, "no nodule, " * 9_000, "\x00\ud800" * 5_000, "不除外" * 20_000, "[" * 50_000]
)
def test_hostile_text_neither_raises_nor_goes_quadratic(text: str) -> None:
    judge_sentence("no nodule", "nodule")
    start = time.process_time()
    judge_sentence(text + " nodule", "nodule")
    assert time.process_time() - start < 12


def test_clinical_notes() -> None:
    folder = os.environ.get("RADASSIST_DATA")
    path = Path(folder or "") / "negex_context_gold.tsv"
    if not folder or not path.is_file():
        pytest.skip("RADASSIST_DATA names no folder with negex_context_gold.tsv")
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    rows = [r for r in rows if len(r) >= 6 and r[0].strip().isdigit()]
    said = [judge_sentence(r[2], r[1])[0] == "absent" for r in rows]
    gold = [r[3].strip().lower() == "negated" for r in rows]
    both = sum(a and b for a, b in zip(said, gold, strict=True))
    assert 2 * both / (sum(said) + sum(gold)) >= 0.93
