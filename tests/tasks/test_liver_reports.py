"""Invented reports of liver guidelines: ultrasound, contrast ultrasound, response to treatment, staging; and what a rule may ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.knowledge.catalogue import load_catalogue
from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.reader import read
from assistant.report.results import Category
from assistant.report.text import Report
from assistant.tasks.categorise import categorise

ROWS = [json.loads(line) for line in (Path(__file__).parent / "liver_reports.jsonl").read_text("utf-8").splitlines()]


def _categories(text: str, exam: str, indication: str) -> tuple[Category, ...]:
    report = Report(id="a", text=text, exam=exam, indication=indication)
    return categorise(read(report, load_lexicon()), load_catalogue())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_report_has_this_category(row: dict[str, Any]) -> None:
    found = [set(c.possible) for c in _categories(row["text"], row["exam"], row["indication"]) if c.guideline == row["guideline"]]
    assert set(row["possible"]) in found


@pytest.mark.parametrize(
    ("text", "exam", "indication"),
    [
        ("Liver is echogenic. 12 mm hyperechoic lesion in segment 7, likely haemangioma. CBD 4 mm.", "US abdomen", "RUQ pain"),
        ("肝脏脂肪肝声像。胆囊多发结石。肝囊肿1.2cm。", "腹部超声", "体检"),
        ("右叶中部结节1.2cm，动脉期低增强。", "甲状腺超声造影", "甲状腺结节"),
        ("Segment 7 treated metastasis 2.1 cm.", "CT abdomen", "Colorectal liver metastases, SBRT to segment 7 metastasis"),
    ],
)
def test_no_liver_guideline_where_none_fits(text: str, exam: str, indication: str) -> None:
    offered = [c.guideline for c in _categories(text, exam, indication)]
    assert not [name for name in offered if name.startswith(("lirads", "bclc", "cnlc", "tnm8"))]


def test_child_pugh_class_follows_from_its_items() -> None:
    values = "HCC. ECOG 0. Bilirubin 3.6 mg/dL, albumin 2.4 g/dL, INR 2.4, grade 2 encephalopathy."
    found = next(c for c in _categories("Single 4 cm HCC segment 6. Moderate ascites.", "CT abdomen", values) if c.guideline == "cnlc_2024")
    assert found.inputs["child_pugh"].value == "C"
    assert len(found.inputs["child_pugh"].evidence) == 5


def test_missing_items_leave_the_classes_that_are_possible() -> None:
    values = "HCC. ECOG 0. Bilirubin 12 umol/L, albumin 42 g/L, INR 1.0."
    found = next(c for c in _categories("Single 4 cm HCC segment 6.", "CT abdomen", values) if c.guideline == "cnlc_2024")
    assert found.inputs["child_pugh"].value is None
    assert found.possible == ("Ia",), "with three normal items no class C is possible"


def test_size_shown_is_that_of_the_viable_part() -> None:
    text = "Segment 6 treated lesion, 31 mm. Along its margin there is a 14 mm nodule of tissue with arterial hyperenhancement."
    found = next(c for c in _categories(text, "MRI liver", "HCC, TACE segment 6") if c.guideline == "lirads_tra_nonrad_v2024")
    assert found.lesion is not None
    assert found.lesion.size_mm == 14
