"""What is known of the patient besides the report, as a field of the row: words, or names with values."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.report.text import Report

TEXT = "Segment 8: 42 mm hepatocellular carcinoma. Portal vein patent. No extrahepatic disease."


@pytest.mark.parametrize(
    ("clinical", "written"),
    [
        ({"ps": 1, "child_pugh": "B"}, "ps: 1; child pugh: B"),
        ({"cirrhosis": True, "PSA": None}, "cirrhosis: yes"),
        ("PS 1", "PS 1"),
        (None, ""),
        ({}, ""),
    ],
)
def test_a_mapping_is_written_out(clinical: Any, written: str) -> None:
    assert Report(id="t", text=TEXT, clinical=clinical).clinical == written


@pytest.mark.parametrize(
    ("clinical", "stage"),
    [
        ({"ps": 1, "child_pugh": "B"}, "Ia"),
        ("ECOG 1, Child-Pugh A", "Ia"),
        ("PS 3分, Child-Pugh A级", "IV"),
        ({"PS": 0, "Child-Pugh": "C"}, "IV"),
    ],
)
def test_clinical_values_feed_the_inputs_with_proof(clinical: Any, stage: str) -> None:
    report = Report(id="t", text=TEXT, exam="CT liver, multiphase", indication="CNLC staging", clinical=clinical)
    review = Assistant().review(report, ("categorise",))
    (answer,) = [c for c in review.categories or () if c.guideline == "cnlc_2024"]
    assert answer.category == stage
    for name in ("ps", "child_pugh"):
        (proof,) = answer.inputs[name].evidence
        assert proof.source == "clinical"
        assert proof.quote == report.clinical[proof.start : proof.end]
