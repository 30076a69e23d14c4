"""Findings from reports: a table of short ones, the promises that hold for any text, and generated reports."""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading import read
from assistant.report.findings import Structured
from assistant.report.text import Report
from assistant.tasks.structure import structure

CASES = yaml.load((Path(__file__).parent / "structure.yaml").read_bytes(), Loader=yaml.CSafeLoader)


def structured(text: str, exam: str = "") -> Structured:
    return structure(read(Report(id="t", text=text, exam=exam), load_lexicon()))


@pytest.mark.parametrize("case", CASES, ids=[c["exam"] for c in CASES])
def test_findings(case: dict[str, Any]) -> None:
    found = structured(case["text"], case["exam"]).findings
    said = [[f.observation, f.anatomy, f.laterality, f.assertion, list(f.size_mm), f.change] for f in found]
    for wanted in case["findings"]:
        assert any(wanted[0] in row[0] and row[1:] == wanted[1:] for row in said), (wanted, said)
    assert len(found) == case["count"], said


@pytest.mark.parametrize("case", CASES, ids=[c["exam"] for c in CASES])
def test_evidence_is_verbatim_and_sections_are_substrings(case: dict[str, Any]) -> None:
    out = structured(case["text"], case["exam"])
    for finding in out.findings:
        assert finding.evidence
        for evidence in finding.evidence:
            assert evidence.quote == case["text"][evidence.start : evidence.end] != ""
    assert all(body in case["text"] and body == body.strip() for body in out.sections.values())


@pytest.mark.parametrize(
    ("exam", "template"),
    [
        ("CT chest without contrast", "ct_chest"),
        ("Low-dose CT chest, lung cancer screening", "ct_chest_lung_screening"),
        ("CT liver multiphase", "liver_ct_multiphase"),
        ("肝脏MRI平扫+增强", "liver_mr"),
        ("MRI brain", "mr_brain"),
        ("甲状腺彩超", "thyroid_ultrasound"),
        ("Chest X-ray PA", "chest_radiograph"),
        ("FDG PET/CT", "pet_ct"),
        ("腰椎MRI平扫", "mr_spine"),
    ],
)
def test_template_by_examination(exam: str, template: str) -> None:
    assert structured("Findings: normal.", exam).template == template


SIDES = (("right", "右"), ("left", "左"))
THINGS = (("cyst", "囊肿"), ("calculus", "结石"), ("mass", "肿块"))
FRAMES = (
    ("There is a {mm} mm {thing} in the {side} kidney.", "{side}肾见{mm} mm{thing}。", "present"),
    ("No {thing} in the {side} kidney.", "{side}肾未见{thing}。", "absent"),
    ("{side} renal {thing} measuring {mm} mm.", "{side}侧肾脏{thing}，大小约{mm} mm。", "present"),
    ("A {thing} of the {side} kidney cannot be excluded.", "{side}肾{thing}不除外。", "possible"),
)


@pytest.mark.parametrize(("sides", "things", "frame", "tongue"), list(itertools.product(SIDES, THINGS, FRAMES, (0, 1))))
def test_every_frame_with_every_word(sides: tuple[str, str], things: tuple[str, str], frame: tuple[str, str, str], tongue: int) -> None:
    text = ("Findings: ", "所见：")[tongue] + frame[tongue].format(side=sides[tongue], thing=things[tongue], mm=13)
    found = [f for f in structured(text).findings if things[tongue] in f.observation]
    assert len(found) == 1, text
    size = (13.0,) if "{mm}" in frame[tongue] else ()
    assert (found[0].laterality, found[0].assertion, found[0].size_mm) == (sides[0], frame[2], size)


@pytest.mark.parametrize(
    "text", ["No pneumothorax. ", "结节、", "\x00\x1b\ud800 nodule ", "L4-L5: ", "nodule, cyst in the left kidney, ", "右肾无积水，"]
)
def test_hostile_text_neither_raises_nor_goes_quadratic(text: str) -> None:
    seconds = []
    for times in (150, 600):
        reading = read(Report(id="t", text=text * times), load_lexicon())
        start = time.process_time()
        structure(reading)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 10 * seconds[0] + 0.2


def test_written_set() -> None:
    folder = os.environ.get("RADASSIST_DATA")
    path = Path(folder or "") / "structure.jsonl"
    if not folder or not path.is_file():
        pytest.skip("RADASSIST_DATA names no folder with structure.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    wanted = found = 0
    for row in rows:
        wanted += len(row["gold"]["findings"])
        spans = [(e.start, e.end) for f in structured(row["text"], row["exam"]).findings for e in f.evidence]
        places = [row["text"].find(f["quote"]) for f in row["gold"]["findings"]]
        found += sum(any(a - 2 <= p < b for a, b in spans) for p in places)
    assert found / wanted >= 0.9
