"""Arbitrary and hostile text: nothing raises, spans slice back, time stays linear."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.reading.language import report_language
from assistant.reading.measurements import find_measurements
from assistant.reading.sections import find_sections
from assistant.reading.sentences import split
from assistant.reading.shadow import fold

_PIECES = [
    "FINDINGS:",
    "IMPRESSION",
    "影像所见：",
    "诊断意见",
    "Liver:",
    "肝脏：",
    "\n",
    "\n\n",
    " ",
    ". ",
    "。",
    "；",
    ", ",
    "，",
    "12 mm",
    "2.3×2.1cm",
    "previously",
    "原约",
    "1.",
    "2)",
    "①",
    "(",
    ")",
    "（",
    "no ",
    "there is ",
    "未见",
    "from ",
    " to ",
    "five point six ",
    "centimetre",
    "2023-05-06",
    "May 2022",
    "３．２ｃｍ",
    "\ud800",
    "\u200b",
    "\x00",
    "\r\n",
    "İ",
    "ß",
    "nodule",
    "结节",
    "but ",
    "with ",
    "-",
    "~",
    "x",
    "SUVmax",
    "AFP",
    "#",
    "**",
    "【",
    "】",
    '"',
    ":",
]


def _check(text: str) -> None:
    shadow = fold(text)
    assert len(shadow) == len(text)
    language = report_language(text, shadow)
    sections = find_sections(text, shadow, language)
    at = 0
    for section in sections:
        assert at <= section.start <= section.end <= len(text)
        assert text[section.start : section.end] == text[section.start : section.end].strip()
        at = section.end
    at = 0
    for sentence in split(text, shadow, sections, language=language):
        assert at <= sentence.start < sentence.end <= len(text)
        assert not shadow[at : sentence.start].strip(), "a character in no sentence"
        inner = sentence.start
        for clause in sentence.clauses:
            assert inner <= clause.start < clause.end <= sentence.end
            inner = clause.end
        at = sentence.end
    assert not shadow[at:].strip(), "a character in no sentence"
    at = 0
    for m in find_measurements(text, shadow):
        assert at <= m.start < m.end <= len(text)
        assert m.values or m.kind == "date"
        at = m.end


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    _check(text)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join))
def test_any_mixture_of_report_pieces_is_read(text: str) -> None:
    _check(text)


@pytest.mark.parametrize(
    "unit",
    [
        "7",
        "(",
        " ",
        "1x",
        "1 x 1 mm ",
        "a:",
        ":",
        ".",
        ",",
        "\n",
        "no ",
        "from 1 to ",
        "five ",
        "previously ",
        "1,",
        "肝",
        "未见",
        "1、",
        "impression ",
        "impression:\n",
        "findings: a. ",
        "compared with ",
        "- ",
        '"',
        "1. ",
        "1) ",
        "2023-",
        "may 1 ",
        "\t",
        "x",
        "mean ",
        "<",
        "- a",
        "a, ",
        "，",
        "A: b\n",
        "\u200b",
        "點",
        "and a half ",
    ],
)
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (2_000, 20_000))

    def seconds(text: str) -> float:
        start = time.perf_counter()
        _check(text)
        return time.perf_counter() - start

    _check(short)
    # Ten times the text: a quadratic reader would need a hundred times as long.
    assert seconds(long) < 40 * max(seconds(short), 0.02)
