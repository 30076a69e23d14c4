"""What laboratory values make of an input: the number itself, or the bands that it falls into."""

from __future__ import annotations

from assistant.knowledge.guideline import Input
from assistant.knowledge.intervals import EVERYTHING, Numbers, compare, comparisons, exact, point
from assistant.knowledge.predicates import Lab
from assistant.reading.laboratory import lab_value
from assistant.report.facts import Reading
from assistant.report.results import Value
from assistant.report.text import Evidence

Found = tuple[tuple[Value, ...], tuple[Evidence, ...]]


def from_laboratory(rule: Lab, spec: Input, reading: Reading, within: set[int] | None) -> Found | None:
    """The values of an input that a laboratory value leaves possible, and where it stands; None where the report does not give it."""
    found = lab_value(reading, rule.of, rule.unit, within)
    if found is None:
        return None
    values: list[Value] = []
    if found.level:
        values = [rule.words[found.level]] if found.level in rule.words else []
    for number in found.numbers:
        lessened = _lessened(number, rule.less) if rule.less else number
        if not rule.bands:
            values += [lessened] if _possible(lessened, spec) else []
            continue
        domain = _domain(lessened)
        values += [v for condition, v in rule.bands.items() if _cut(domain, condition) and v not in values]
    return (tuple(values), (found.evidence,)) if values else None


def _domain(number: float | str) -> Numbers:
    return _cut((EVERYTHING,), number) if isinstance(number, str) else (point(exact(number)),)


def _cut(numbers: Numbers, condition: str) -> Numbers:
    for sign, bound in comparisons(condition) or ():
        numbers = compare(numbers, sign, bound)
    return numbers


def _lessened(number: float | str, less: tuple[float, float]) -> str:
    """The number with something between two values taken off."""
    if isinstance(number, str):
        parts = comparisons(number) or ()
        return " and ".join(f"{sign}{float(bound) - less[0 if sign[0] == '<' else 1]:g}" for sign, bound in parts)
    return f">={number - less[1]:g} and <={number - less[0]:g}"


def _possible(number: float | str, spec: Input) -> bool:
    """Whether the input can be so at all."""
    domain = _domain(number)
    if spec.min is not None:
        domain = compare(domain, ">=", exact(spec.min))
    if spec.max is not None:
        domain = compare(domain, "<=", exact(spec.max))
    return bool(domain) and not (spec.type == "integer" and isinstance(number, float) and number != int(number))
