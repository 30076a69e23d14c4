"""Sums of target lesions over time, and SUVs of lesion, liver and blood pool."""

from __future__ import annotations

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.reader import read
from assistant.reading.sums import sum_facts
from assistant.reading.uptake import uptake_facts
from assistant.report.facts import Reading
from assistant.report.text import Report


def reading(text: str, exam: str = "") -> Reading:
    return read(Report(id="t", text=text, exam=exam), load_lexicon())


@pytest.mark.parametrize(
    ("text", "baseline", "nadir", "now"),
    [
        ("RECIST: baseline sum 96 mm; follow-up 1 sum 70 mm (nadir); today 72 mm.", 96, 70, 72),
        ("Sum of target lesion diameters: 64 mm (baseline 100 mm, nadir 60 mm).", 100, 60, 64),
        ("RECIST 1.1: the sum of diameters has increased from 60 mm to 80 mm.", 60, 60, 80),
        ("Target lesions: liver 31 mm (baseline 45 mm), lung 17 mm (baseline 24 mm). Non-target: node 12 mm.", 69, 69, 48),
        ("靶病灶总和：基线96mm，本次60mm，缩小37.5%。", 96, 96, 60),
        ("靶病灶直径之和由基线80mm增至105mm。", 80, 80, 105),
    ],
)
def test_sums_over_time(text: str, baseline: float, nadir: float, now: float) -> None:
    wanted = {"exam.sum_baseline_mm": baseline, "exam.sum_nadir_mm": nadir, "exam.sum_now_mm": now}
    assert sum_facts(reading(text)) == wanted


def test_no_sum_where_none_is_asked_for() -> None:
    assert sum_facts(reading("A 12 mm nodule, previously 9 mm.")) == {}


@pytest.mark.parametrize(
    ("text", "lesion", "pool", "liver"),
    [
        ("Residual mass SUVmax now 2.2, previously 14.1. Mediastinal blood pool SUVmax 1.7; liver SUVmax 2.9.", 2.2, 1.7, 2.9),
        ("Node SUV 4.4 compared with 11 at baseline. Liver mean 2.1. Mediastinum SUVmax 2.0. Bladder SUVmax 40.", 4.4, 2.0, 2.1),
        ("SUVmax由15.2降至2.3，肝本底SUVmax 2.8，纵隔血池SUVmax1.7", 2.3, 1.7, 2.8),
        ("病灶SUVmax约为2.9（原SUVmax约18.6）；肝血池SUVmax 3.1；纵隔血池SUVmax 2.0。脑SUVmax 12。", 2.9, 2.0, 3.1),
    ],
)
def test_uptake(text: str, lesion: float, pool: float, liver: float) -> None:
    facts = uptake_facts(reading(text, "PET/CT"))
    assert (facts["exam.suv_lesion"], facts["exam.suv_blood_pool"], facts["exam.suv_liver"]) == (lesion, pool, liver)
