"""What is known, as domains: values, sets of values, ranges, and what silence leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from math import ceil, floor
from typing import Any

from assistant.errors import InputError, UnknownName
from assistant.knowledge.guideline import Input
from assistant.knowledge.intervals import (
    EVERYTHING,
    Constraint,
    Num,
    Numbers,
    Range,
    above,
    below,
    compare,
    comparisons,
    exact,
    merged,
    point,
    whole,
)
from assistant.knowledge.program import Program, Slot
from assistant.knowledge.state import State, constrain

Known = Mapping[str, Any]
"""Input name to a value, several values, a Range or a condition such as "<10"; a name that is not there is unknown."""


_MOST_SEEN = 1024


@dataclass(frozen=True, slots=True)
class Start:
    """Where a decision starts: the state, the members of the list, and which inputs follow from others."""

    state: State
    fills: frozenset[str]
    members: tuple[tuple[State, frozenset[str]], ...] = ()
    """Per member: its own slots' domains with constraints, and its fills."""


def start(program: Program, known: Known) -> Start:
    """The state that `known` describes.

    Raises:
        UnknownName: an input that the guideline does not have.
        InputError: a value that the input cannot have.
    """
    listed = program.guideline.list_name if program.lesion_inputs else None
    members: Any = known.get(listed, ()) if listed else ()
    outer = {name: value for name, value in known.items() if name != listed}
    if listed and (not isinstance(members, Sequence) or isinstance(members, str) or not all(isinstance(m, Mapping) for m in members)):
        raise InputError(f"{listed} must be a list of objects.", code="bad_value", hint="Give one object of features per lesion.")
    doms = list(program.start)
    if not members:
        for slot, mask in program.empty:
            doms[slot] = mask
    state = _fill(program, program.inputs, outer, tuple(doms), program.lesion_inputs)
    loaded = tuple(
        (_fill(program, program.lesion_inputs, member, program.start, program.inputs), _fills(program.lesion_inputs, program, member))
        for member in members
    )
    return Start(state, _fills(program.inputs, program, outer), loaded)


def _domain(slot: Slot, value: Any) -> Any:
    """The domain of a value, or of silence, computed once for each value met."""
    key = (type(value), tuple(value)) if type(value) is list else (type(value), value)
    try:
        return slot.seen[key]
    except KeyError:
        found = everything(slot.input) if value is None else domain(slot, value)
        if len(slot.seen) < _MOST_SEEN:
            slot.seen[key] = found
        return found
    except TypeError:  # a value that cannot be a key: computed each time
        return domain(slot, value)


def domain(slot: Slot, value: Any) -> Any:
    """The domain of a known value, or of several."""
    spec = slot.input
    if spec.type == "flags":
        return _flags(slot.name, spec, value)
    values = value if isinstance(value, (set, frozenset, tuple, list)) else (value,)
    if not values:
        raise _bad(slot.name, value, spec)
    if spec.type in ("choice", "bool"):
        mask = 0
        for one in values:
            if spec.type == "bool":
                if not isinstance(one, bool):
                    raise _bad(slot.name, one, spec)
                mask |= 2 if one else 1
            else:
                if str(one) not in spec.values:
                    raise _bad(slot.name, one, spec)
                mask |= 1 << spec.values.index(str(one))
        return mask
    numbers = merged(interval for one in values for interval in _numbers(slot.name, spec, one))
    if spec.type == "integer":
        numbers = whole(numbers)
    if not numbers:
        raise _bad(slot.name, value, spec)
    return numbers


def everything(spec: Input) -> Any:
    """Every value that silence leaves possible."""
    if spec.type == "bool":
        return 3
    if spec.type == "choice":
        return sum(1 << i for i, value in enumerate(spec.values) if value not in spec.only_if_said)
    if spec.type == "flags":
        may = sum(1 << i for i, value in enumerate(spec.values) if value not in spec.only_if_said)
        return (0, may, 0, may.bit_count())
    numbers = limits(spec)
    if isinstance(spec.only_if_said, str):
        rest = [
            part for sign, bound in comparisons(spec.only_if_said) or ()
            for part in ((above if sign[0] == "<" else below)(numbers, bound, len(sign) == 2))
        ]  # fmt: skip
        numbers = merged(rest)
    return whole(numbers) if spec.type == "integer" else numbers


def limits(spec: Input) -> Numbers:
    """Every number that the input can be."""
    numbers: Numbers = (EVERYTHING,)
    if spec.min is not None:
        numbers = above(numbers, exact(spec.min), False)
    if spec.max is not None:
        numbers = below(numbers, exact(spec.max), False)
    return numbers


def _numbers(name: str, spec: Input, value: Any) -> Numbers:
    if isinstance(value, Range):
        numbers = limits(spec)
        if value.low is not None:
            numbers = _cut(spec, numbers, ">=" if value.low_closed else ">", exact(value.low))
        if value.high is not None:
            numbers = _cut(spec, numbers, "<=" if value.high_closed else "<", exact(value.high))
        return numbers
    if isinstance(value, str):
        pairs = comparisons(value)
        if pairs is None:
            raise _bad(name, value, spec)
        numbers = limits(spec)
        for sign, bound in pairs:
            numbers = _cut(spec, numbers, sign, bound)
        return numbers
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, Fraction)):
        raise _bad(name, value, spec)
    try:
        number = exact(value)
    except ValueError:
        raise _bad(name, value, spec) from None
    if (spec.min is not None and number < spec.min) or (spec.max is not None and number > spec.max):
        raise _bad(name, value, spec)
    return (point(number),)


def _cut(spec: Input, numbers: Numbers, sign: str, bound: Num) -> Numbers:
    if spec.step is None or len(sign) == 2:
        return compare(numbers, sign, bound)
    step = exact(spec.step)
    steps = Fraction(bound) / step
    last = (ceil(steps) - 1 if sign == "<" else floor(steps) + 1) * step
    return compare(numbers, sign + "=", exact(Fraction(last)))


def _flags(name: str, spec: Input, value: Any) -> Any:
    if isinstance(value, str) or not isinstance(value, (set, frozenset, tuple, list)):
        raise _bad(name, value, spec)
    alternatives = [value] if all(isinstance(v, str) for v in value) else list(value)
    masks = set()
    for names in alternatives:
        if isinstance(names, str) or not isinstance(names, (set, frozenset, tuple, list)):
            raise _bad(name, value, spec)
        mask = 0
        for one in names:
            if one not in spec.values:
                raise _bad(name, one, spec)
            mask |= 1 << spec.values.index(one)
        masks.add(mask)
    return frozenset(masks)


def _bad(name: str, value: Any, spec: Input) -> InputError:
    allowed = (
        "true or false" if spec.type == "bool" else ", ".join(spec.values) or f"a {spec.type}" + (f" in {spec.unit}" if spec.unit else "")
    )
    return InputError(f"{name} cannot be {value!r}.", code="bad_value", hint=f"It can be: {allowed}.")


def _fill(program: Program, slots: Mapping[str, Slot], known: Known, doms: tuple[Any, ...], elsewhere: Mapping[str, Slot]) -> State:
    out = list(doms)
    for name in known:
        if name not in slots:
            if name in elsewhere:
                list_name = program.guideline.list_name
                raise UnknownName(
                    f"{name} stands in the wrong place.", hint=f"Members of {list_name} have their own inputs, the examination has its."
                )
            near = get_close_matches(name, slots, 3)
            raise UnknownName(
                f"{program.id} has no input {name}.", hint=f"Did you mean {', '.join(near)}?" if near else f"It has: {', '.join(slots)}."
            )
    for name, slot in slots.items():
        out[slot.index] = _domain(slot, known.get(name))
    state: State = (tuple(out), ())
    for constraint in _constraints(program, slots, known):
        # a report that contradicts itself (a solid part larger than its nodule) is read as it stands
        state = constrain(state, constraint) or state
    return state


def _constraints(program: Program, slots: Mapping[str, Slot], known: Known) -> Iterable[Constraint]:
    used = set(program.read)
    for name, slot in slots.items():
        spec = slot.input
        if spec.otherwise is not None and spec.otherwise.mean and _follows(name, spec, known):
            used |= {slots[other].index for other in spec.otherwise.mean}
            parts = [slots[other].index for other in spec.otherwise.mean]
            weights = [(slot.index, len(parts)), *((part, -1) for part in parts)]
            yield (tuple(weights), False, 0)
            yield (tuple((s, -w) for s, w in weights), False, 0)
        if spec.at_most is not None and slot.index in used:
            yield (((slot.index, 1), (slots[spec.at_most].index, -1)), False, 0)


def _follows(name: str, spec: Input, known: Known) -> bool:
    return spec.otherwise is not None and known.get(name) is None and all(known.get(given) is not None for given in spec.otherwise.given)


def _fills(slots: Mapping[str, Slot], program: Program, known: Known) -> frozenset[str]:
    out = {name for name, slot in slots.items() if slot.input.assume and known.get(name) is None}
    out |= {name for name, slot in slots.items() if _follows(name, slot.input, known)}
    for table in program.tables.values():
        if table.fills in slots and known.get(table.fills or "") is None and all(known.get(given) is not None for given in table.given):
            out.add(table.fills or "")
    return frozenset(out)
