"""Exact numbers, sets of intervals, and linear constraints between unknown numbers.

Numbers are integers or fractions, never binary floats: at a printed threshold the answer must not depend on rounding.
Constraints are solved by Fourier-Motzkin elimination, which is exact; a decision rarely has more than one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, inf, isfinite

Num = int | Fraction
Bound = int | Fraction | float
"""A number, or an infinity."""
Interval = tuple[Bound, bool, Bound, bool]
"""Low, is it in, high, is it in."""
Numbers = tuple[Interval, ...]
"""Disjoint intervals in order: a set of numbers."""
Constraint = tuple[tuple[tuple[int, Num], ...], bool, Num]
"""Sum of coefficient x slot, strictly less?, bound: the sum is less than (or equal to) the bound."""

EVERYTHING: Interval = (-inf, False, inf, False)

_COMPARISON = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Range:
    """A number known only to lie between two bounds ("subcentimetre": `Range(high=10, high_closed=False)`)."""

    low: float | None = None
    high: float | None = None
    low_closed: bool = True
    high_closed: bool = True


def exact(value: int | float | Decimal | Fraction) -> Num:
    """The number as written: 0.1 is one tenth."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError("not a finite number")
        number = Fraction(repr(value))
    else:
        number = Fraction(value)
    return number.numerator if number.denominator == 1 else number


def plain(value: Bound) -> int | float:
    """The number as people and JSON write it."""
    return value if isinstance(value, int) else float(value)


def comparisons(text: str) -> list[tuple[str, Num]] | None:
    """`>=10 and <20` as pairs of sign and number; None where the text is no such condition."""
    out: list[tuple[str, Num]] = []
    for part in text.split(" and "):
        match = _COMPARISON.fullmatch(part.strip())
        if match is None:
            return None
        out.append((match[1], exact(Decimal(match[2]))))
    return out


def point(value: Num) -> Interval:
    """The interval of one number."""
    return (value, True, value, True)


def single(numbers: Numbers) -> Num | None:
    """The only number of the set, if there is only one."""
    if len(numbers) == 1:
        low, _, high, _ = numbers[0]
        if low == high and not isinstance(low, float):
            return low
    return None


def below(numbers: Numbers, bound: Num, strict: bool) -> Numbers:
    """The part of the set that is less than (or equal to) the bound."""
    out = []
    for low, low_in, high, high_in in numbers:
        if high < bound or (high == bound and not (strict and high_in)):
            out.append((low, low_in, high, high_in))
        elif low < bound or (low == bound and low_in and not strict):
            out.append((low, low_in, bound, not strict))
    return tuple(out)


def above(numbers: Numbers, bound: Num, strict: bool) -> Numbers:
    """The part of the set that is greater than (or equal to) the bound."""
    out = []
    for low, low_in, high, high_in in numbers:
        if low > bound or (low == bound and not (strict and low_in)):
            out.append((low, low_in, high, high_in))
        elif high > bound or (high == bound and high_in and not strict):
            out.append((bound, not strict, high, high_in))
    return tuple(out)


def compare(numbers: Numbers, sign: str, bound: Num) -> Numbers:
    """The part of the set for which the comparison holds."""
    if sign[0] == "<":
        return below(numbers, bound, sign == "<")
    return above(numbers, bound, sign == ">")


def whole(numbers: Numbers) -> Numbers:
    """The whole numbers of the set, as closed intervals."""
    out = []
    for low, low_in, high, high_in in numbers:
        first: Bound = low if isinstance(low, float) else ceil(low) + (1 if low == ceil(low) and not low_in else 0)
        last: Bound = high if isinstance(high, float) else floor(high) - (1 if high == floor(high) and not high_in else 0)
        if first <= last:
            out.append((first, not isinstance(first, float), last, not isinstance(last, float)))
    return tuple(out)


def merged(intervals: Iterable[Interval]) -> Numbers:
    """The union, in order and disjoint."""
    out: list[Interval] = []
    for low, low_in, high, high_in in sorted(intervals, key=lambda i: (i[0], not i[1])):
        if out:
            last = out[-1]
            if low < last[2] or (low == last[2] and (low_in or last[3])):
                if high > last[2]:
                    out[-1] = (last[0], last[1], high, high_in)
                elif high == last[2]:
                    out[-1] = (last[0], last[1], high, high_in or last[3])
                continue
        out.append((low, low_in, high, high_in))
    return tuple(out)


def extent(coefficients: Iterable[tuple[int, Num]], doms: Sequence[object]) -> Interval:
    """Between which bounds the weighted sum of slots lies, each slot taken for itself."""
    low: Bound = 0
    high: Bound = 0
    low_in = high_in = True
    for slot, weight in coefficients:
        numbers: Numbers = doms[slot]  # type: ignore[assignment]
        first, first_in, last, last_in = numbers[0][0], numbers[0][1], numbers[-1][2], numbers[-1][3]
        if weight < 0:
            first, first_in, last, last_in = last, last_in, first, first_in
        low, low_in = low + weight * first, low_in and first_in
        high, high_in = high + weight * last, high_in and last_in
    return (low, low_in, high, high_in)


def feasible(constraints: Sequence[Constraint], doms: Sequence[object]) -> bool:
    """Is there a completion of the unknown numbers that meets every constraint?"""
    slots = sorted({slot for coefficients, _, _ in constraints for slot, _ in coefficients})
    choices: list[Numbers] = [doms[slot] for slot in slots]  # type: ignore[misc]
    for picked in itertools.product(*choices):
        rows = list(constraints)
        for slot, interval in zip(slots, picked, strict=True):
            rows += _bounds(slot, interval)
        if _solvable(rows, slots):
            return True
    return False


def eliminate(constraints: Sequence[Constraint], slot: int, interval: Interval) -> list[Constraint]:
    """What the constraints say of the other slots when this one may be anything in its interval."""
    rows = [*constraints, *_bounds(slot, interval)]
    out: list[Constraint] = []
    lower: list[tuple[dict[int, Num], bool, Num]] = []
    upper: list[tuple[dict[int, Num], bool, Num]] = []
    for coefficients, strict, bound in rows:
        weight: Num = next((w for s, w in coefficients if s == slot), 0)
        weights = {s: w for s, w in coefficients if s != slot}
        if weight == 0:
            out.append((coefficients, strict, bound))
            continue
        scale = 1 / Fraction(weight if weight > 0 else -weight)
        scaled: dict[int, Num] = {s: w * scale for s, w in weights.items()}
        (upper if weight > 0 else lower).append((scaled, strict, bound * scale))
    for low, low_strict, low_bound in lower:
        for high, high_strict, high_bound in upper:
            weights = dict(low)
            for s, w in high.items():
                weights[s] = weights.get(s, 0) + w
            kept = tuple(sorted((s, exact(w)) for s, w in weights.items() if w != 0))
            out.append((kept, low_strict or high_strict, exact(low_bound + high_bound)))
    return list(dict.fromkeys(out))


def _bounds(slot: int, interval: Interval) -> list[Constraint]:
    low, low_in, high, high_in = interval
    out: list[Constraint] = []
    if not isinstance(low, float):
        out.append((((slot, -1),), not low_in, -low))
    if not isinstance(high, float):
        out.append((((slot, 1),), not high_in, high))
    return out


def _solvable(rows: list[Constraint], slots: Sequence[int]) -> bool:
    for slot in slots:
        rows = eliminate(rows, slot, EVERYTHING)
        for coefficients, strict, bound in rows:
            if not coefficients and (bound < 0 or (bound == 0 and strict)):
                return False
    return True
