"""Rules of the kinds `conflicts` (two facts that cannot both be) and `required` (one that needs another)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.knowledge.checks import CheckRule, EmptyHeading
from assistant.report.results import Issue
from assistant.report.text import Section
from assistant.tasks.checks.exam import NAMES, Exam
from assistant.tasks.checks.people import Patient
from assistant.tasks.checks.subject import Range, Subject

_CONDITION = re.compile(r"(>=|<=|>|<)\s*(\d+(?:\.\d+)?)")


def conflicts(about: Subject, rule: CheckRule, exam: Exam, patient: Patient) -> Iterator[Issue]:
    """Issues where the left side of a rule holds and the words of its right side stand in the report."""
    if rule.right is None or not all(_holds(name, value, exam, patient) for name, value in rule.left.items()):
        return
    expected = " / ".join(NAMES[m] for m in sorted(exam.modalities)) if "exam.modality" in rule.left else None
    for start, end in about.found(rule.right):
        yield about.issue(rule, start, end, expected=expected)


def _holds(name: str, value: object, exam: Exam, patient: Patient) -> bool:
    match name:
        case "patient.sex":
            return patient.sex == value
        case "patient.age":
            return patient.age is not None and _compares(patient.age, str(value))
        case "exam.contrast":
            return exam.contrast == value
        case "exam.modality":
            return bool(exam.modalities) and exam.modalities <= frozenset(value if isinstance(value, list) else [str(value)])
        case "exam.only":
            return len(exam.modalities) == 1
    raise ValueError(f"no such condition: {name}")


def _compares(number: float, condition: str) -> bool:
    found = _CONDITION.fullmatch(condition.strip())
    if not found:
        raise ValueError(f"not a comparison: {condition}")
    bound = float(found[2])
    return {">=": number >= bound, "<=": number <= bound, ">": number > bound, "<": number < bound}[found[1]]


def required(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """Issues where something stands in the report that another statement must accompany, or a heading stands alone."""
    if isinstance(rule.when, EmptyHeading):
        yield from _empty(about, rule, rule.when)
        return
    if rule.when is None or rule.then is None or any(about.hits(rule.then.term, source) for source in about.spans):
        return
    places = [span for span in about.found(rule.when) if _affirmed(about, span)]
    if not places:
        return
    concluded = [s for s in places if about.section(s[0]) == "impression"]
    start, end = (concluded or places)[0]
    yield about.issue(rule, start, end, related=[s for s in places if s != (start, end)][:5])


def _affirmed(about: Subject, span: Range) -> bool:
    """Whether words are said to be present now: by the frame on them, else by the sentence's own denial words."""
    seen = [f for f in about.reading.frames if f.source == "text" and f.word_start < span[1] and f.word_end > span[0]]
    if any(f.assertion in ("absent", "historical") or f.experiencer != "patient" or f.certainty == "possible" for f in seen):
        return False
    if any(f.assertion == "present" for f in seen):
        return True
    low, _ = about.clause(span[0])
    return not _DENIED.search(about.shadow, low, span[0])


_DENIED = re.compile(r"\b(?:no|not|without|negative|neither|nor|denies|absence)\b|未|无|没有|否认|排除|除外")


def _is_bare(about: Subject, section: Section) -> bool:
    """Whether nothing stands under a heading but, after a blank line, what closes a report."""
    if section.start == section.end:
        return True
    if section.heading is None:
        return False
    gap = about.shadow[section.heading.end : section.start]
    return gap.count("\n") >= 2 and bool(about.checks.patterns["closing"].match(about.shadow, section.start))


def _empty(about: Subject, rule: CheckRule, when: EmptyHeading) -> Iterator[Issue]:
    """A heading with nothing under it, where no other section of that name has a body."""
    mine = list(about.of_section(when.heading))
    if any(not _is_bare(about, s) for s in mine):
        return
    for section in mine:
        if section.heading:
            start, end = section.heading.start, section.heading.end
            while end < len(about.shadow) and about.shadow[end] in ": \t" and end - section.heading.end < 3:
                end += 1
            yield about.issue(rule, start, start + len(about.shadow[start:end].rstrip()))
