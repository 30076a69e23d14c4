"""Conditions of guideline.yaml compiled to tests over the domains of slots.

A test answers True, False, or the atom that must be known first. The language is closed: literals, lists, comparisons, and for
flags `any`, `none` and names joined by ` and `.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

from assistant.errors import KnowledgeError
from assistant.knowledge.guideline import Condition, Conditions, Derived
from assistant.knowledge.intervals import Num, comparisons, exact
from assistant.knowledge.state import Domains, Verdict, flags_any, flags_has, linear_verdict

Test = Callable[[Domains], Verdict]


@dataclass(frozen=True, slots=True)
class Choice:
    """A slot that holds one of a list of values (bool inputs and table outcomes too)."""

    slot: int
    values: tuple[Any, ...]

    def index(self, value: Any) -> int | None:
        """The place of a value; True is not 1."""
        return next((i for i, v in enumerate(self.values) if v == value and isinstance(v, bool) == isinstance(value, bool)), None)


@dataclass(frozen=True, slots=True)
class Flags:
    """A slot that holds a set of names."""

    slot: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of number slots and a constant."""

    weights: tuple[tuple[int, Num], ...]
    constant: Num = 0
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Rounded:
    """A linear value rounded half up to multiples of a step."""

    inner: Linear
    step: Num


@dataclass(frozen=True, slots=True)
class PercentChange:
    """(now - before) / before x 100."""

    now: Linear
    before: Linear


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or smallest of several."""

    of: tuple[Linear, ...]
    largest: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many tests hold."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values have been collected in a mask."""

    slot: int


Quantity = Linear | Rounded | PercentChange | Extreme | Count | Distinct
Ref = Choice | Flags | Quantity


@dataclass(frozen=True, slots=True)
class Compiled:
    """A conjunction: its tests and the slots they read."""

    tests: tuple[Test, ...]
    reads: frozenset[int]


class Names:
    """What names mean in one decision: where each input, derivation and outcome is found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.refs: dict[str, Ref] = {}
        self._reads: dict[str, frozenset[int]] = {}

    def add(self, name: str, ref: Ref, reads: Iterable[int]) -> None:
        """Give a name its meaning.

        Raises:
            KnowledgeError: the name has one already.
        """
        if name in self.refs:
            raise KnowledgeError(f"The name {name} is used for two things.", file=self.file)
        self.refs[name] = ref
        self._reads[name] = frozenset(reads)

    def ref(self, name: str) -> Ref:
        """What the name means."""
        if name not in self.refs:
            raise KnowledgeError(f"{name} is no input, derivation or earlier table here.", file=self.file)
        return self.refs[name]

    def reads(self, name: str) -> frozenset[int]:
        """The slots that a name's value rests on."""
        self.ref(name)
        return self._reads[name]

    def linear(self, name: str) -> Linear:
        """The name as a weighted sum."""
        ref = self.ref(name)
        if not isinstance(ref, Linear):
            raise KnowledgeError(f"{name} is not a plain number.", file=self.file)
        return ref

    def compile(self, conditions: Conditions) -> Compiled:
        """A conjunction of conditions as tests."""
        tests: list[Test] = []
        reads: set[int] = set()
        for name, condition in conditions.items():
            reads |= self.reads(name)
            try:
                tests += _tests(self.ref(name), condition)
            except ValueError as error:
                raise KnowledgeError(f"{name}: {condition!r}: {error}", file=self.file) from error
        return Compiled(tuple(tests), frozenset(reads))

    def derive(self, name: str, derived: Derived) -> None:
        """Add a named derivation."""
        used: set[str] = set()
        ref: Ref
        if derived.count:
            parts = [self.compile(conditions) for conditions in derived.count]
            ref = Count(tuple(_all(part.tests) for part in parts))
            self.add(name, ref, frozenset().union(*(part.reads for part in parts)))
            return
        if derived.mean:
            used |= set(derived.mean)
            ref = combine([(Fraction(1, len(derived.mean)), self.linear(n)) for n in derived.mean])
        elif derived.sum:
            used |= set(derived.sum)
            ref = combine([(1, self.linear(n)) for n in derived.sum])
        elif derived.difference:
            used |= set(derived.difference)
            ref = combine([(1, self.linear(derived.difference[0])), (-1, self.linear(derived.difference[1]))])
        elif derived.months_between:
            used |= set(derived.months_between)
            month = 12 / Fraction("365.2425")
            ref = combine([(month, self.linear(derived.months_between[0])), (-month, self.linear(derived.months_between[1]))])
        elif derived.scale:
            used.add(derived.scale[0])
            ref = combine([(exact(derived.scale[1]), self.linear(derived.scale[0]))])
        elif derived.percent_change:
            used |= set(derived.percent_change)
            ref = PercentChange(self.linear(derived.percent_change[0]), self.linear(derived.percent_change[1]))
        elif derived.round_half_up:
            spec = derived.round_half_up
            inner, step = (spec, 1.0) if isinstance(spec, str) else spec
            used.add(inner)
            ref = Rounded(self.linear(inner), exact(step))
        else:
            listed = derived.max or derived.min
            used |= set(listed)
            ref = Extreme(tuple(self.linear(n) for n in listed), largest=bool(derived.max))
        self.add(name, ref, frozenset().union(*(self.reads(n) for n in used)))


def combine(parts: Iterable[tuple[Num, Linear]]) -> Linear:
    """A weighted sum of weighted sums."""
    weights: dict[int, Num] = {}
    constant: Num = 0
    for factor, part in parts:
        constant += factor * part.constant
        for slot, weight in part.weights:
            weights[slot] = weights.get(slot, 0) + factor * weight
    return Linear(tuple((s, _tidy(w)) for s, w in weights.items() if w != 0), _tidy(constant))


def _tidy(value: Num) -> Num:
    number = Fraction(value)
    return number.numerator if number.denominator == 1 else number


def _all(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(doms: Domains) -> Verdict:
        unknown: Verdict = True
        for one in tests:
            verdict = one(doms)
            if verdict is False:
                return False
            if verdict is not True and unknown is True:
                unknown = verdict
        return unknown

    return test


def _any(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(doms: Domains) -> Verdict:
        unknown: Verdict = False
        for one in tests:
            verdict = one(doms)
            if verdict is True:
                return True
            if verdict is not False and unknown is False:
                unknown = verdict
        return unknown

    return test


def _not(inner: Test) -> Test:
    def test(doms: Domains) -> Verdict:
        verdict = inner(doms)
        return (not verdict) if isinstance(verdict, bool) else verdict

    return test


def _tests(ref: Ref, condition: Condition) -> list[Test]:
    values = condition if isinstance(condition, tuple) else (condition,)
    if isinstance(ref, Choice):
        return [_choice(ref, values)]
    if isinstance(ref, Flags):
        return [_any(tuple(_all(tuple(_flag(ref, v))) for v in values))]
    if len(values) > 1:
        return [_any(tuple(_all(tuple(_number(ref, v))) for v in values))]
    return _number(ref, values[0])


def _choice(ref: Choice, values: tuple[Any, ...]) -> Test:
    mask = 0
    for value in values:
        index = ref.index(value)
        if index is None:
            raise ValueError(f"{value!r} is none of {', '.join(map(repr, ref.values))}")
        mask |= 1 << index
    slot, atom = ref.slot, ("c", ref.slot, mask)

    def test(doms: Domains) -> Verdict:
        domain = doms[slot]
        if not domain & mask:
            return False
        return atom if domain & ~mask else True

    return test


def _flag(ref: Flags, value: Any) -> list[Test]:
    slot = ref.slot
    if value == "any":
        return [lambda doms: flags_any(doms[slot], slot)]
    if value == "none":
        return [_not(lambda doms: flags_any(doms[slot], slot))]
    out: list[Test] = []
    for name in str(value).split(" and "):
        if name not in ref.values:
            raise ValueError(f"{name!r} is none of {', '.join(ref.values)}")
        bit = 1 << ref.values.index(name)
        out.append(lambda doms, bit=bit: flags_has(doms[slot], slot, bit))  # type: ignore[misc]
    return out


def _number(ref: Quantity, value: Any) -> list[Test]:
    if isinstance(value, str):
        pairs = comparisons(value)
        if pairs is None:
            raise ValueError("a number, or <, <=, >, >= joined by ' and '")
        return [_compare(ref, sign, bound) for sign, bound in pairs]
    if isinstance(value, bool):
        raise ValueError("a number is neither true nor false")
    bound = exact(value)
    return [_compare(ref, ">=", bound), _compare(ref, "<=", bound)]


def _compare(ref: Quantity, sign: str, bound: Num) -> Test:
    if sign == ">":
        return _not(_compare(ref, "<=", bound))
    if sign == ">=":
        return _not(_compare(ref, "<", bound))
    strict = sign == "<"
    if isinstance(ref, Linear):
        return _below(ref, strict, bound)
    if isinstance(ref, Rounded):
        steps = Fraction(bound) / ref.step
        cut = (ceil(steps) if strict else floor(steps) + 1) * ref.step - Fraction(ref.step) / 2
        return _below(ref.inner, True, _tidy(cut))
    if isinstance(ref, PercentChange):
        # (now - before) / before < p  is  now < (1 + p) x before, since sizes are positive
        factor = 1 + Fraction(bound) / 100
        return _below(combine([(1, ref.now), (-factor, ref.before)]), strict, 0)
    if isinstance(ref, Extreme):
        parts = tuple(_below(part, strict, bound) for part in ref.of)
        return _all(parts) if ref.largest else _any(parts)
    if isinstance(ref, Distinct):
        slot = ref.slot
        return lambda doms: doms[slot].bit_count() < bound if strict else doms[slot].bit_count() <= bound
    return _count(ref, strict, bound)


def _below(ref: Linear, strict: bool, bound: Num) -> Test:
    limit = _tidy(bound - ref.constant)
    if len(ref.weights) != 1:
        return lambda doms: linear_verdict(ref.weights, strict, limit, doms)
    slot, weight = ref.weights[0]
    if weight < 0:
        return _not(_slot_below(slot, not strict, _tidy(Fraction(limit) / weight), ref.integer))
    return _slot_below(slot, strict, _tidy(Fraction(limit) / weight), ref.integer)


def _slot_below(slot: int, strict: bool, bound: Num, integer: bool) -> Test:
    if integer:  # one atom for "<3" and "<=2"
        strict, bound = False, ceil(bound) - 1 if strict else floor(bound)
    atom = ("n", slot, strict, bound)

    def test(doms: Domains) -> Verdict:
        numbers = doms[slot]
        _, _, high, high_in = numbers[-1]
        if high < bound or (high == bound and not (strict and high_in)):
            return True
        low, low_in, _, _ = numbers[0]
        if low > bound or (low == bound and (strict or not low_in)):
            return False
        return atom

    return test


def _count(ref: Count, strict: bool, bound: Num) -> Test:
    tests = ref.tests

    def test(doms: Domains) -> Verdict:
        sure = open_ = 0
        unknown: Verdict = False
        for one in tests:
            verdict = one(doms)
            if verdict is True:
                sure += 1
            elif verdict is not False:
                open_ += 1
                if unknown is False:
                    unknown = verdict
        most = sure + open_
        if most < bound or (most == bound and not strict):
            return True
        if sure > bound or (sure == bound and strict):
            return False
        return unknown

    return test
