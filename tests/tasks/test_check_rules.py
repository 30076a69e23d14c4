"""Every text rule objects to its own hits and lets its own misses pass; the rules' data is well formed."""

from __future__ import annotations

import pytest

from assistant.knowledge.checks import Case, CheckRule, load_checks
from assistant.knowledge.lexicon import load_lexicon
from assistant.reading import read
from assistant.report.results import Issue
from assistant.report.text import Report
from assistant.tasks.check import check

_RULES = load_checks().rules


def issues_of(case: Case | str) -> tuple[Issue, ...]:
    """The issues of a case's report."""
    case = Case(text=case) if isinstance(case, str) else case
    report = Report(id="case", text=case.text, exam=case.exam, indication=case.indication, sex=case.sex, age=case.age)
    return check(read(report, load_lexicon()), None, ())


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, case, id=f"{rule.id}-{n}")
        for rule in _RULES
        for n, case in enumerate(rule.cases.hits if kind == "hits" else rule.cases.misses)
    ]


@pytest.mark.parametrize(("rule", "case"), _cases("hits"))
def test_a_rule_objects_to_its_hits(rule: CheckRule, case: Case | str) -> None:
    found = [i for i in issues_of(case) if i.rule == rule.id]
    assert found, f"{rule.id} lets pass: {case}"
    text = case if isinstance(case, str) else case.text
    assert all(i.quote == text[i.start : i.end] and i.quote.strip() == i.quote and i.quote for i in found)


@pytest.mark.parametrize(("rule", "case"), _cases("misses"))
def test_a_rule_lets_its_misses_pass(rule: CheckRule, case: Case | str) -> None:
    found = [i for i in issues_of(case) if i.rule == rule.id]
    assert not found, f"{rule.id} objects to {[i.quote for i in found]}"


def test_every_rule_has_cases_of_both_kinds_and_speaks_both_languages() -> None:
    for rule in _RULES:
        assert rule.cases.misses, rule.id
        assert rule.cases.hits or rule.what == "category.derived", rule.id
        assert set(rule.message) == {"en", "zh"}, rule.id
