"""Which nodes, structures and organs a sentence calls involved."""

from __future__ import annotations

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.reader import read
from assistant.reading.spread import spread
from assistant.report.text import Report


def said(text: str) -> set[tuple[str, str, str, str]]:
    """Kind, organ, side and verdict of every place that a chest report names."""
    found = spread(read(Report(id="1", text=text, exam="CT chest"), load_lexicon()))
    return {(i.kind, i.organ, i.side if i.side != "none" else i.relative, i.verdict) for i in found}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "The left hilum and ipsilateral mediastinal lymph nodes are enlarged, suspicious of metastases.",
            ("node", "hilum", "left", "sure"),
        ),
        (
            "The left hilum and ipsilateral mediastinal lymph nodes are enlarged, suspicious of metastases.",
            ("node", "mediastinum", "same", "sure"),
        ),
        ("Nodes: Right hilar (10R) 11 mm, SUVmax 6.0.", ("node", "hilum", "right", "sure")),
        ("No significant mediastinal lymph node enlargement.", ("node", "mediastinum", "", "no")),
        ("The left hilar lymph node is enlarged.", ("node", "hilum", "left", "sure")),
        ("Enlarged mediastinal lymph nodes are observed.", ("node", "mediastinum", "", "sure")),
        ("Nodes at stations 4R and 7 are PET positive.", ("node", "lymph_node", "right", "sure")),
        ("The left hilar lymph node is slightly enlarged.", ("node", "hilum", "left", "enlarged")),
        ("Subcentimetre mediastinal nodes, not enlarged by size criteria.", ("node", "mediastinum", "", "no")),
        ("Enlarged lymph nodes in the left axilla. They are reactive.", ("node", "axilla", "left", "no")),
        ("左侧锁骨上见一枚高代谢淋巴结,约1.2 cm。", ("node", "neck", "left", "sure")),
        ("纵隔各区淋巴结短径均小于0.8 cm。", ("node", "mediastinum", "", "no")),
        ("Subclavian vessels are displaced but not encased.", ("invasion", "vessel", "", "no")),
        ("Mass in the left upper lobe. Infiltration into the mediastinal fat is suspected.", ("invasion", "mediastinum", "", "sure")),
        ("肿块侵犯左侧胸壁。", ("invasion", "chest_wall", "left", "sure")),
        ("未累及膈肌及胸壁。", ("invasion", "diaphragm", "", "no")),
        ("Osteolytic lesions in the left scapula and humerus, suspicious of metastases.", ("metastasis", "bone", "left", "sure")),
        ("Left adrenal nodule 22 mm. It cannot be characterised.", ("metastasis", "adrenal_gland", "left", "open")),
        ("A metastasis in the liver cannot be excluded.", ("metastasis", "liver", "", "maybe")),
    ],
)
def test_places(text: str, place: tuple[str, str, str, str]) -> None:
    assert place in said(text)
