"""The category that a report states, in the ways in which reports write it."""

from __future__ import annotations

import pytest

from assistant.knowledge import shelf
from assistant.knowledge.stated import find_stated

LIRADS, LUNG, CNLC, TRA = "lirads_ctmri_v2018", "lungrads_v2022", "cnlc_2024", "lirads_tra_nonrad_v2024"


@pytest.mark.parametrize(
    ("guideline", "text", "expected"),
    [
        (LIRADS, "li-rads 5", ["LR-5"]),
        (LIRADS, "lr-5", ["LR-5"]),
        (LIRADS, "lr5 lesion", ["LR-5"]),
        (LIRADS, "lr 3, 12 mm", ["LR-3"]),
        (LIRADS, "li-rads 5类", ["LR-5"]),
        (LIRADS, "li-rads分类:4类", ["LR-4"]),
        (LIRADS, "li-rads(v2018)4类", ["LR-4"]),
        (LIRADS, "肝脏影像报告和数据系统(li-rads)4类", ["LR-4"]),
        (LIRADS, "li-rads category of 4.", ["LR-4"]),
        (LIRADS, "li-rads v2018 category lr-nc", ["LR-NC"]),
        (LIRADS, "lr-m", ["LR-M"]),
        (LIRADS, "lr-tiv", ["LR-TIV"]),
        (LIRADS, "li-rads: m", ["LR-M"]),
        (LIRADS, "lr-3/4", ["LR-3", "LR-4"]),
        (LIRADS, "lr-4 or lr-5", ["LR-4", "LR-5"]),
        (LIRADS, "考虑li-rads 3~4类", ["LR-3", "LR-4"]),
        (LIRADS, "according to li-rads 2018", []),
        (LIRADS, "lr 20 mm", []),
        (LIRADS, "lr-tr viable", []),
        (LIRADS, "clr-5", []),
        (LIRADS, "li-rads", []),
        (LUNG, "lung-rads 4a", ["4A"]),
        (LUNG, "lung rads category 4b", ["4B"]),
        (LUNG, "lungrads: 3类", ["3"]),
        (LUNG, "lung-rads v2022 4x类", ["4X"]),
        (LUNG, "lung-rads分级为2类", ["2"]),
        (LUNG, "lung-rads 2s", ["2"]),
        (LUNG, "lung-rads 4as", ["4A"]),
        (LUNG, "lung-rads 1, with s modifier", ["1"]),
        (LUNG, "lung-rads 3 or 4a", ["3", "4A"]),
        (LUNG, "lung-rads 2022", []),
        (LUNG, "lung-rads version 2022 assessment: 0", ["0"]),
        (CNLC, "cnlc ib期", ["Ib"]),
        (CNLC, "cnlc分期:ⅱa期", ["IIa"]),
        (CNLC, "中国肝癌分期ⅰb期", ["Ib"]),
        (CNLC, "中国肝癌分期方案(cnlc)iiia期", ["IIIa"]),
        (CNLC, "cnlc ⅲ b期", ["IIIb"]),
        (CNLC, "cnlc stage iv", ["IV"]),
        (CNLC, "cnlc 2b", ["IIb"]),
        (CNLC, "china liver cancer staging: stage ia", ["Ia"]),
        (CNLC, "bclc b", []),
        (TRA, "lr-tr nonviable", ["LR-TR Nonviable"]),
        (TRA, "lr-tr: non-viable", ["LR-TR Nonviable"]),
        (TRA, "lr-tr viable", ["LR-TR Viable"]),
        (TRA, "li-rads treatment response: equivocal", ["LR-TR Equivocal"]),
        (TRA, "lr-tr 无活性", ["LR-TR Nonviable"]),
        (TRA, "lr-tr 存活", ["LR-TR Viable"]),
        (TRA, "viable tumour", []),
    ],
)
def test_find_stated(guideline: str, text: str, expected: list[str]) -> None:
    padded = f"结论 {text}  end"
    found = find_stated(shelf.guideline(guideline), padded)
    assert [category for category, _, _ in found] == expected
    for _, start, end in found:
        assert 0 <= start < end <= len(padded)
        assert padded[start:end].strip() == padded[start:end]


def test_long_text_stays_quick() -> None:
    text = "li-rads category " * 5000 + "lr-" * 5000 + "lung-rads v2022 " * 5000 + "(" * 20000 + "cnlc 分期 " * 5000
    for name in shelf.guideline_ids():
        assert len(find_stated(shelf.guideline(name), text)) < 5
