"""Sums of target lesions over time, as response criteria ask for them: at baseline, the smallest so far, now.

Taken from what the report calls a sum; where it gives none, added up from its target lesions, if each has its earlier size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.report.facts import Measurement, Reading

_ASKS = re.compile(
    r"recist|target (?:lesion|sum)|targets?:|sum of (?:the )?(?:target|diameter|longest)|靶病灶|靶灶|径线总和|直径总和|直径之和"
)
_SUM = re.compile(r"\bsum(?:s)?\b|\bsld\b|\bsod\b|\btotal (?:diameter|burden)|总和|之和|总径|径和")
_TARGET = re.compile(r"(?<!non-)(?<!non )\btargets?\b(?! sum)|(?<!非)靶病灶|(?<!非)靶灶")
_NON_TARGET = re.compile(r"non-? ?targets?|非靶")
_WHEN = re.compile(
    r"(?P<baseline>baseline|at the start|pre-?treatment|before treatment|基线|治疗前)"
    r"|(?P<nadir>nadir|smallest|lowest|最低点|最低值|最小值|最小)"
    r"|(?P<now>\bnow\b|today|current(?:ly)?|present(?:ly)?|this (?:exam|study|scan|visit)|本次|目前|现为|现|今)"
    r"|(?P<before>previous(?:ly)?|prior|last|earlier|follow-?up \d|time ?point \d|\bfrom\b|\bwas\b|上次|前次|既往|原|由)"
)
_BEHIND = re.compile(r"\s?\((?:the |at )?(?P<word>nadir|baseline|now|today|current|previous|prior|最低点|最小|基线|本次|前次|上次)\s?\)")
_WORDS = {
    "最低点": "nadir",
    "最小": "nadir",
    "基线": "baseline",
    "本次": "now",
    "前次": "before",
    "上次": "before",
    "today": "now",
    "current": "now",
}


def sum_facts(reading: Reading) -> dict[str, float]:
    """exam.sum_baseline_mm, exam.sum_nadir_mm, exam.sum_now_mm, as far as the report tells."""
    if not _ASKS.search(reading.shadow["text"]):
        return {}
    told: dict[str, list[float]] = {}
    for sentence, line in zip(reading.sentences, reading.measurements, strict=True):
        shadow = reading.shadow[sentence.source]
        if sentence.source == "text" and _SUM.search(shadow, sentence.start, sentence.end):
            for when, m in _timed(shadow, sentence.start, line):
                told.setdefault(when, []).append(max(m.values))
    if "now" not in told or len(told) < 2:
        told = _added(reading) or told
    out = {}
    earlier = [v for when in ("baseline", "nadir", "before") for v in told.get(when, ())]
    if told.get("now"):
        out["exam.sum_now_mm"] = told["now"][-1]
    if told.get("baseline"):
        out["exam.sum_baseline_mm"] = told["baseline"][0]
    elif earlier and "nadir" not in told:
        out["exam.sum_baseline_mm"] = earlier[0]
    if earlier:
        out["exam.sum_nadir_mm"] = min(earlier)
    return out


def _timed(shadow: str, start: int, line: tuple[Measurement, ...]) -> Iterator[tuple[str, Measurement]]:
    """Each length of a sentence with its time: by the word behind it, the nearest one before it, or as what the words make it."""
    last = start
    for m in line:
        if m.kind != "length" or not m.values or len(m.values) > 1:
            continue
        behind = _BEHIND.match(shadow, m.end)
        before = list(_WHEN.finditer(shadow, last, m.start))
        if behind:
            yield _WORDS.get(behind["word"], behind["word"]), m
        elif before:
            yield str(before[-1].lastgroup), m
        else:
            yield ("before" if m.is_prior else "now"), m
        last = m.end


def _added(reading: Reading) -> dict[str, list[float]]:
    """The sums of target lesions that each have a size now and an earlier one."""
    now: list[float] = []
    earlier: list[tuple[str, float]] = []
    listing = False
    for sentence, line in zip(reading.sentences, reading.measurements, strict=True):
        if sentence.source != "text":
            continue
        shadow = reading.shadow["text"]
        if _NON_TARGET.search(shadow, sentence.start, sentence.end):
            listing = False
        elif _TARGET.search(shadow, sentence.start, sentence.end):
            listing = True
        if not listing or _SUM.search(shadow, sentence.start, sentence.end):
            continue
        lengths = [m for m in line if m.kind == "length" and m.values]
        for m in lengths:
            node = re.search(r"node|淋巴结|ln\b", shadow[max(sentence.start, m.start - 40) : m.start])
            value = min(m.values) if node and len(m.values) > 1 else max(m.values)
            word = _BEHIND.match(shadow, m.end)
            prior = m.is_prior or (word is not None and _WORDS.get(word["word"], word["word"]) != "now")
            if prior or re.search(r"(?:baseline|基线|治疗前)[\s:约为]*$", shadow[max(sentence.start, m.start - 14) : m.start]):
                at = shadow[max(sentence.start, m.start - 14) : m.start]
                earlier.append(("baseline" if re.search(r"baseline|基线|治疗前", at) else "before", value))
            else:
                now.append(value)
    if not now or len(now) != len(earlier):
        return {}
    when = "baseline" if all(w == "baseline" for w, _ in earlier) else "before"
    return {"now": [sum(now)], when: [sum(v for _, v in earlier)]}
