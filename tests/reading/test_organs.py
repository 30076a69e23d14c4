"""Which organ a statement is about, and what is measured of an injury."""

from __future__ import annotations

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.knowledge.predicates import Extent
from assistant.readers.extents import largest_extent
from assistant.reading.organs import said_of
from assistant.reading.reader import read
from assistant.report.facts import Reading
from assistant.report.text import Report


def reading(text: str) -> Reading:
    return read(Report(id="t", text=text), load_lexicon())


@pytest.mark.parametrize(
    ("text", "organ", "told"),
    [
        ("There is a splenic laceration. No active extravasation. The liver is normal.", "spleen", {"laceration", "active_bleeding-"}),
        ("There is a splenic laceration. The liver is normal. No pseudoaneurysm.", "spleen", {"laceration"}),
        ("The spleen has an upper pole laceration. Left kidney: contusion. No laceration.", "spleen", {"laceration"}),
        ("The spleen has an upper pole laceration. Left kidney: contusion. No laceration.", "kidney", {"contusion", "laceration-"}),
        ("脾脏见裂伤，动脉期未见造影剂外溢。肝脏形态正常。未见假性动脉瘤。", "spleen", {"laceration", "active_bleeding-"}),
        ("左肾挫伤。左侧第9肋骨骨折。", "kidney", {"contusion"}),
    ],
)
def test_what_is_said_of_an_organ(text: str, organ: str, told: set[str]) -> None:
    frames = said_of(reading(text), [organ])
    wanted = {"laceration", "active_bleeding", "contusion", "pseudoaneurysm"}
    assert {f.concept.id + ("-" if f.assertion == "absent" else "") for f in frames if f.concept.id in wanted} == told


@pytest.mark.parametrize(
    ("text", "of", "kind", "value"),
    [
        ("A 2.5 cm deep laceration of the spleen and a 4 cm subcapsular haematoma.", "laceration", "length", 2.5),
        ("Splenic laceration, 2 cm in depth and 5 cm long.", "laceration", "length", 2.0),
        ("Two lacerations of the liver are seen, the deeper 3.4 cm in depth.", "laceration", "length", 3.4),
        ("肝右叶裂伤，深约2.1cm，长约3.4cm。", "laceration", "length", 2.1),
        ("There is a laceration of the liver. It measures 22 mm in depth.", "laceration", "length", 2.2),
        ("Subcapsular haematoma of the liver covering about 30% of the surface.", "subcapsular_haematoma", "percent", 30.0),
        ("Subcapsular haematoma of the liver covering less than 10% of the surface.", "subcapsular_haematoma", "percent", ">0 and <10"),
        ("脾包膜下血肿，占脾表面积10%-50%。", "subcapsular_haematoma", "percent", ">=10 and <=50"),
        ("Laceration of the spleen. Rib fracture with 3 cm displacement.", "laceration", "length", None),
    ],
)
def test_what_is_measured_of_a_thing(text: str, of: str, kind: str, value: object) -> None:
    made = reading(text)
    rule = Extent.model_validate({"of": of, "kind": kind, "roles": ["depth", ""], "per": 10})
    found = largest_extent(rule, [f for f in made.frames if f.concept.is_a(of)], made)
    assert (found[0] if found else None) == value
