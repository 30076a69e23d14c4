"""Proofreads a report: runs every rule of knowledge_base/checks/ and hands back what is likely to be a slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.knowledge.checks import CheckRule, Checks, load_checks
from assistant.report.facts import Reading
from assistant.report.findings import Structured
from assistant.report.results import Category, Issue
from assistant.tasks.checks import agreement, levels, order, stated
from assistant.tasks.checks.conflicts import conflicts, required
from assistant.tasks.checks.exam import Exam, exam_of
from assistant.tasks.checks.people import Patient, disagreeing_age, disagreeing_sex, patient_of
from assistant.tasks.checks.phrases import exists
from assistant.tasks.checks.plausible import plausible
from assistant.tasks.checks.subject import Subject, subject

_RANK = {"error": 0, "warning": 1, "suggestion": 2}
_SAME_FAULT = (
    frozenset({"spelling", "speech_recognition", "extra_word", "omitted_word"}),
    frozenset({"measurement_unit", "measurement_mismatch"}),
)
"""Types that may object to the same words for the same reason."""


def check(
    reading: Reading,
    structured: Structured | None,
    categories: tuple[Category, ...],
    *,
    muted: frozenset[str] = frozenset(),
    checks: Checks | None = None,
) -> tuple[Issue, ...]:
    """The likely slips of a report, in the order of the text.

    Args:
        reading: The report, read.
        structured: Its findings; the rules of today compare frames and do not need it.
        categories: What the guidelines give, to compare with what the report states.
        muted: Rules and types to leave out; "rule@site" leaves a rule out for one site.
        checks: The rules; None: those of the knowledge base.

    Returns:
        Issues whose quote equals their slice of the text, at most one for the same words and fault.
    """
    checks = checks or load_checks()
    about = subject(reading, checks, categories)
    exam, patient = exam_of(about), patient_of(about)
    told = agreement.pages(about)
    site = reading.report.site
    found: list[Issue] = []
    for rule in checks.rules:
        if rule.id in muted or rule.type in muted or (site and f"{rule.id}@{site}" in muted):
            continue
        found += _run(about, rule, exam, patient, told)
    return _once(found)


def _run(about: Subject, rule: CheckRule, exam: Exam, patient: Patient, told: agreement.Pages) -> Iterator[Issue]:
    match rule.kind:
        case "exists":
            yield from exists(about, rule)
        case "conflicts":
            yield from conflicts(about, rule, exam, patient)
        case "required":
            yield from required(about, rule)
        case "plausible":
            yield from plausible(about, rule)
        case "agrees":
            yield from _agrees(about, rule, exam, patient, told)


def _agrees(about: Subject, rule: CheckRule, exam: Exam, patient: Patient, told: agreement.Pages) -> Iterator[Issue]:
    compare: dict[str, Callable[[], Iterator[Issue]]] = {
        "patient.sex": lambda: disagreeing_sex(about, rule, patient),
        "patient.age": lambda: disagreeing_age(about, rule, patient),
        "exam.contrast": lambda: order.contrast(about, rule, exam),
        "exam.modality": lambda: order.modality(about, rule, exam),
        "exam.region": lambda: order.region(about, rule, exam),
        "exam.side": lambda: order.side(about, rule, exam),
        "findings.side": lambda: agreement.sides(about, rule, told),
        "findings.size": lambda: agreement.sizes(about, rule, told, scale=False),
        "findings.scale": lambda: agreement.sizes(about, rule, told, scale=True),
        "findings.presence": lambda: agreement.presence(about, rule, told),
        "findings.level": lambda: levels.levels(about, rule),
        "category.derived": lambda: stated.derived(about, rule),
        "category.stated": lambda: stated.stated_twice(about, rule),
        "category.points": lambda: stated.points(about, rule),
        "category.words": lambda: stated.benign_but_suspicious(about, rule),
    }
    assert rule.what is not None
    return compare[rule.what]()


def _once(found: list[Issue]) -> tuple[Issue, ...]:
    """The gravest issue for the same words and fault; where they are equally grave, the one with fewer words."""
    kept: list[Issue] = []
    # "The left lung has none" and "it was on the right" are one fault; the side says more.
    sides = [(i.start, i.end) for i in found if i.type == "laterality"]
    found = [i for i in found if i.type != "negation" or not any(a < i.end and i.start < b for a, b in sides)]
    for issue in sorted(found, key=lambda i: (_RANK[i.severity], i.end - i.start, i.start)):
        if not any(k.start < issue.end and issue.start < k.end and _same_fault(k.type, issue.type) for k in kept):
            kept.append(issue)
    return tuple(sorted(kept, key=lambda i: (i.start, i.end, i.rule)))


def _same_fault(one: str, two: str) -> bool:
    return one == two or any(one in group and two in group for group in _SAME_FAULT)
