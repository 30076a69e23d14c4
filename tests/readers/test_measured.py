"""Quantities with what they are of."""

from __future__ import annotations

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.knowledge.predicates import Measured
from assistant.readers.measured import from_measurement, meets
from assistant.reading.reader import read
from assistant.report.text import Report

ASKED = [
    ("Cystic mass of 38 mm with two septa, each 2 mm thick.", {"kind": "length", "of": "septum"}, 2),
    ("Cystic mass of 38 mm with a 5 mm thick enhancing wall.", {"kind": "length", "of": "cyst_wall"}, 5),
    ("右肾囊性占位4.0cm，囊壁厚约3mm，分隔厚约1mm。", {"kind": "length", "of": "septum"}, 1),
    ("Cystic mass with five thin septa.", {"kind": "count", "of": "septum"}, 5),
    ("左肾囊性灶，内见4条薄分隔。", {"kind": "count", "of": "septum"}, 4),
    ("Renal lesion of 45 HU on unenhanced images and 48 HU in the nephrographic phase.", {"kind": "hu", "phase": "precontrast"}, 45),
    ("Renal lesion of 45 HU on unenhanced images and 48 HU in the nephrographic phase.", {"kind": "hu", "phase": "nephrographic"}, 48),
    ("左肾囊肿，平扫CT值约35HU，增强后CT值约38HU。", {"kind": "hu", "phase": "all"}, 38),
    ("The tumour lies 4 mm from the mesorectal fascia.", {"kind": "length", "of": "mesorectal_fascia"}, 4),
    ("Wall calcified, size 30 mm.", {"kind": "length", "of": "cyst_wall"}, None),
]


@pytest.mark.parametrize(("text", "rule", "value"), ASKED)
def test_a_quantity_and_what_it_is_of(text: str, rule: dict[str, str], value: float | None) -> None:
    reading = read(Report(id="a", text=text), load_lexicon())
    found = from_measurement(Measured.model_validate(rule), reading, lambda index, size: True)
    assert (found[0] if found else None) == value


def test_bands_name_a_number() -> None:
    reading = read(Report(id="a", text="Adrenal nodule with an absolute washout of 68%."), load_lexicon())
    rule = Measured.model_validate({"kind": "percent", "of": "absolute_washout", "bands": {">=60": "adenoma", "<60": "other"}})
    found = from_measurement(rule, reading, lambda index, size: True)
    assert found is not None
    assert found[0] == "adenoma"
    assert meets(20, ">=20 and <30")
    assert not meets(30, ">=20 and <30")
