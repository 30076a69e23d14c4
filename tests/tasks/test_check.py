"""Checking whole reports: spans, muting, one issue for one fault, and texts that no radiologist wrote."""

from __future__ import annotations

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading import read
from assistant.report.results import Category, Issue
from assistant.report.text import Evidence, Report
from assistant.tasks.check import check

CLEAN = """CT CHEST WITH CONTRAST

INDICATION: 71-year-old man, cough.

TECHNIQUE: Helical CT after 80 mL iopamidol.

FINDINGS: 12 x 9 mm nodule in the right upper lobe, previously 8 x 7 mm. No pleural effusion. The heart is normal in size.
Simple cyst in the left kidney, 21 mm.

IMPRESSION: Enlarging 12 mm right upper lobe nodule. PET/CT is recommended.
"""
CLEAN_ZH = """检查技术：胸部CT平扫。

影像所见：右肺下叶见实性结节，直径约11 mm，边缘光滑。左肺未见结节。双侧胸腔未见积液。

影像诊断：右肺下叶结节，建议6个月后复查。
"""


def issues_of(text: str, **fields: object) -> tuple[Issue, ...]:
    """The issues of a report."""
    report = Report.model_validate({"id": "t", "text": text, **fields})
    return check(read(report, load_lexicon()), None, ())


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (CLEAN, {"exam": "CT chest with contrast", "sex": "M", "age": 71}),
        (CLEAN_ZH, {"exam": "胸部CT平扫", "sex": "F", "age": 40}),
    ],
)
def test_a_clean_report_has_no_issue(text: str, fields: dict[str, object]) -> None:
    assert issues_of(text, **fields) == ()


def test_every_issue_quotes_its_words_and_points_at_what_contradicts_them() -> None:
    text = CLEAN.replace("Enlarging 12 mm right", "Enlarging 12 mm left")
    found = issues_of(text, exam="CT chest with contrast", sex="M", age=71)
    assert [i.type for i in found] == ["laterality"]
    issue = found[0]
    assert issue.quote == text[issue.start : issue.end] and issue.quote.startswith("left")
    assert issue.expected == "right" and "right" in text[issue.related[0].start : issue.related[0].end]


def test_the_order_of_the_words_is_the_order_of_the_issues() -> None:
    found = issues_of("FINDINGS: Cyst in the the liver of [ ] cm.\nIMPRESSION: *** cyst.")
    assert [i.start for i in found] == sorted(i.start for i in found) and len(found) == 3


def test_rules_and_types_can_be_muted_everywhere_or_for_a_site() -> None:
    report = Report(id="t", text="FINDINGS: Cyst in the the liver of [ ] cm.", site="north")
    reading = read(report, load_lexicon())
    every = {i.rule for i in check(reading, None, ())}
    assert every == {"doubled-word", "placeholder-blank"}
    for muted in ("doubled-word", "extra_word", "doubled-word@north"):
        assert {i.rule for i in check(reading, None, (), muted=frozenset({muted}))} == {"placeholder-blank"}
    assert {i.rule for i in check(reading, None, (), muted=frozenset({"doubled-word@south"}))} == every


def test_a_stated_category_that_the_features_do_not_give_is_an_issue() -> None:
    text = "FINDINGS: Nodule, 21 mm.\nIMPRESSION: LI-RADS 3."
    start = text.index("LI-RADS 3")
    stated = Evidence(start=start, end=start + 9, quote="LI-RADS 3")
    reading = read(Report(id="t", text=text), load_lexicon())
    wrong = Category(guideline="g", category="LR-5", possible=("LR-5",), stated="LR-3", stated_evidence=(stated,))
    found = [i for i in check(reading, None, (wrong,)) if i.type == "category_mismatch"]
    assert [(i.quote, i.expected) for i in found] == [("LI-RADS 3", "LR-5")]
    right = wrong.model_copy(update={"category": None, "possible": ("LR-3", "LR-4")})
    assert not [i for i in check(reading, None, (right,)) if i.type == "category_mismatch"]


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01 FINDINGS: nodule \ud800 12 mm",
        "[" * 3000,
        "the " * 4000,
        "右" * 4000,
        "L4-L5 " * 2000 + "\nIMPRESSION: L3-L4 protrusion",
        "FINDINGS: 5 cm stone. " * 300,
        "IMPRESSION:",
        "x" * 20000,
        "BI-RADS 2 " * 1000,
        "肺" * 5 + "\n影像诊断：" + "双肾囊肿，" * 800,
    ],
    ids=["control", "brackets", "doubled", "one-character", "levels", "sizes", "heading", "letters", "marks", "list"],
)
def test_odd_texts_neither_raise_nor_lose_their_offsets(text: str) -> None:
    for issue in issues_of(text, exam="MRI left knee", sex="M", age=80):
        assert issue.quote == text[issue.start : issue.end]
