"""How a tumour lies to vessels: one statement for each vessel that a clause lists."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.node_counts import count_nodes
from assistant.reading.reader import read
from assistant.report.text import Report

FOLDER = Path(__file__).parent
ROWS = yaml.safe_load((FOLDER / "relations.yaml").read_text("utf-8"))
NODES = yaml.safe_load((FOLDER / "node_counts.yaml").read_text("utf-8"))


def contact(text: str, vessel: str) -> str:
    reading = read(Report(id="a", text=text, exam="CT pancreas"), load_lexicon())
    frames = [f for f in reading.frames if f.place and vessel in f.place.parts and f.concept.is_a("vessel_contact")]
    for band in ("over_180", "up_to_180"):
        if any(band in f.attrs.get("arc", ()) for f in frames):
            return band
    said = {f.assertion for f in frames}
    return "touch" if "present" in said else "maybe" if "possible" in said else "no" if "absent" in said else "unsaid"


@pytest.mark.parametrize(("text", "vessel", "expected"), ROWS)
def test_contact_with_a_vessel(text: str, vessel: str, expected: str) -> None:
    assert contact(text, vessel) == expected


def test_a_sentence_on_something_else_says_nothing_of_the_vessel_before() -> None:
    assert contact("Pancreatic mass. SMA: not assessable. Liver: normal.", "superior_mesenteric_artery") == "unsaid"


@pytest.mark.parametrize(("text", "expected"), NODES)
def test_metastatic_nodes_are_counted(text: str, expected: list[int | None] | None) -> None:
    reading = read(Report(id="a", text=text, exam="CT abdomen"), load_lexicon())
    found = count_nodes(reading, ["para_aortic", "retroperitoneum"], beyond=False)
    assert (list(found[0]) if found else None) == expected
