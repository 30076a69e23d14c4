"""SUV of a PET report: of the liver, of the blood pool, and the highest of anything that may be disease."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.report.facts import Reading, Sentence

_GAP = (
    r"(?:\s|[:=(,]|mean|max|background|parenchyma|reference|uptake|activity|tissue|has|with|an?|of|is|was|the|at|measures|measured|suv\s?-?(?:max|mean|peak)?|"
    r"约|为|值|平均|本底|的|血池|右叶|摄取|背景)*"
)
_NUMBER = r"(?P<n>\d{1,2}(?:\.\d+)?)(?![\d.]*\s?(?:mm|cm|x|×|%|个|-|/))"
_MAX = r"(?:\s?[,/;(]?\s?(?:and\s)?(?:suv\s?-?)?max\s?(?:of|:|=)?\s?(?P<max>\d{1,2}(?:\.\d+)?))?"
"""A mean is followed by the maximum that counts: "liver SUVmean 2.2, SUVmax 2.9"."""
_LIVER = re.compile(r"(?:\bliver|\bhepatic|肝(?:脏|实质)?)" + _GAP + _NUMBER + _MAX)
_POOL = re.compile(r"(?:blood(?:-|\s)pool|\bmediastinum|\bmbps?\b|纵隔血池|纵隔大血管|(?<!肝)(?<!肝脏)血池)" + _GAP + _NUMBER + _MAX)
_SUV = re.compile(
    r"suv\s?-?(?:max|mean|peak|bw|lbm)?"
    r"(?:\s|[:=(,]|of|is|was|now|currently|today|about|approximately|measures|measuring|value|from [\d.]+ to|约|为|值|现|今|本次|最大"
    r"|[由从][\d.]+\s?(?:下降|降低|减低|降|升高|升|增高|增|减少)至)*" + _NUMBER
)
_NORMAL = re.compile(
    r"physiolog|brain|cerebr|cortex|myocard|bladder|urinary|ureter|marrow|g-?csf|thymus|thymic|brown fat|bowel|colon|tonsil"
    r"|生理|脑|心肌|膀胱|输尿管|骨髓|胸腺|棕色脂肪|肠道|扁桃"
)
_BEFORE = re.compile(
    r"(?:previous(?:ly)?|prior|from|baseline|before|earlier|initial(?:ly)?|原|前片|前次|既往|治疗前|基线|由)"
    r"[\s:(,]*(?:suv\s?-?(?:max|mean)?|约|为|\s|of)*$"
)


def uptake_facts(reading: Reading) -> dict[str, float]:
    """SUVs as named facts: exam.suv_liver, exam.suv_blood_pool, exam.suv_lesion (the highest), exam.suv_complete where none lacks."""
    facts: dict[str, float] = {}
    highest: list[float] = []
    for sentence, line in zip(reading.sentences, reading.measurements, strict=True):
        if sentence.source != "text":
            continue
        taken = set(_references(reading, sentence, facts))
        told = {m.start: (m.values[0], m.is_prior) for m in line if m.kind == "suv" and m.values}
        shadow = reading.shadow[sentence.source]
        for found in _SUV.finditer(shadow, sentence.start, sentence.end):
            told.setdefault(found.start("n"), (float(found["n"]), False))
        highest += [v for at, (v, prior) in told.items() if not prior and at not in taken and _is_lesion(reading, sentence, at)]
    if highest:
        facts["exam.suv_lesion"] = max(highest)
    if len(facts) == 3:
        facts["exam.suv_complete"] = 1.0
    return facts


def _references(reading: Reading, sentence: Sentence, facts: dict[str, float]) -> Iterator[int]:
    """Notes the references that a sentence gives; where their numbers stand."""
    shadow = reading.shadow[sentence.source]
    for name, pattern in (("exam.suv_liver", _LIVER), ("exam.suv_blood_pool", _POOL)):
        for found in pattern.finditer(shadow, sentence.start, sentence.end):
            facts.setdefault(name, float(found["max"] or found["n"]))
            yield found.start("n")
            yield found.start("max")


def _is_lesion(reading: Reading, sentence: Sentence, at: int) -> bool:
    """Whether an SUV of this examination is of something that may be disease."""
    shadow = reading.shadow[sentence.source]
    clause = next((c for c in sentence.clauses if c.start <= at < c.end), None)
    start = clause.start if clause else sentence.start
    return not _NORMAL.search(shadow, start, at) and not _BEFORE.search(shadow, max(start, at - 24), at)
