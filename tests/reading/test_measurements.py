"""Quantities with their axes, role and time, from the table beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.reading.measurements import find_measurements
from assistant.reading.shadow import fold
from assistant.report.facts import Measurement

CASES = yaml.load((Path(__file__).parent / "measurements.yaml").read_bytes(), Loader=yaml.CSafeLoader)


def _told(m: Measurement, asked: dict[str, Any]) -> dict[str, Any]:
    all_of_it = {
        "kind": m.kind,
        "prior": m.is_prior,
        "range": m.is_range,
        "bound": m.bound,
        "role": m.role,
        "months": m.months_before,
        "date": m.date,
        "approx": m.is_approximate,
        "v": list(m.values),
    }
    return {k: v for k, v in all_of_it.items() if v or k in asked or (k == "v" and m.kind != "date")}


@pytest.mark.parametrize("case", CASES, ids=[c["text"] for c in CASES])
def test_measurements_say_what_the_words_say(case: dict[str, Any]) -> None:
    text = case["text"]
    found = [m for m in find_measurements(text, fold(text)) if m.kind in case.get("only", [m.kind])]
    wanted = case["expect"] + [{}] * (len(found) - len(case["expect"]))
    assert [_told(m, w) for m, w in zip(found, wanted, strict=False)] == case["expect"]


def test_offsets_point_into_the_text_as_received() -> None:
    text = "肝Ｓ８段见結節，大小約４．２×３．６ｃｍ\r\n，原約3.0cm"
    assert [text[m.start : m.end] for m in find_measurements(text, fold(text))] == ["４．２×３．６ｃｍ", "3.0cm"]
