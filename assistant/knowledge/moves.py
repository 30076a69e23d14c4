"""What would change an answer: the shortest lists of inputs that would move it, and to what.

An open answer: for each category still possible, the fewest statements that lead there. A settled one is borderline where it rests on
hedged words or on a number within a measurement's scatter of a threshold: each of these alone, and where it would lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assistant.knowledge import shelf
from assistant.knowledge.decide import Decision, decide
from assistant.knowledge.intervals import Range
from assistant.knowledge.known import Known
from assistant.knowledge.program import Program

Why = Literal["not_stated", "hedged", "close"]
Place = tuple[int | None, str]
"""An input: the member of the list (None: the examination or patient), and its name."""
Statements = tuple[tuple[Place, Any], ...]

SCATTER_MM = 1.5
"""How far two careful measurements of one lesion differ. Source: the amount that Lung-RADS v2022 asks for before it calls growth."""
_DEEPEST = 4
_WIDEST = 6
_MOST_TRIALS = 24
_MOST_MOVES = 8


@dataclass(frozen=True, slots=True)
class Move:
    """What would have to be said, and the category that it would make."""

    inputs: tuple[tuple[str, Any], ...]
    category: str
    why: Why


def moves(guideline: str, known: Known, decision: Decision, hedged: Iterable[Place]) -> tuple[Move, ...]:
    """The shortest ways to another answer, fewest statements first.

    Args:
        guideline: id of the guideline or sub-decision.
        known: what was decided on, silence filled in.
        decision: the answer to it.
        hedged: the inputs that the report speaks of in doubt, and which were decided on all the same.
    """
    program = shelf.program(guideline)
    if decision.category is None:
        return tuple(_settling(program, known, decision))
    return tuple(list(_unsettling(program, known, decision, hedged))[:_MOST_MOVES])


def _settling(program: Program, known: Known, decision: Decision) -> Iterator[Move]:
    """For each possible category the fewest statements that settle on it, breadth first."""
    wanted = set(decision.possible)
    states: list[tuple[Known, Statements, Decision]] = [(known, (), decision)]
    trials = 0
    for depth in range(_DEEPEST):
        further: list[tuple[Known, Statements, int]] = []
        for here, said, found in states:
            for one in found.if_reported:
                place = (one.lesion, one.input)
                if any(p == place for p, _ in said):
                    continue
                told = (*said, (place, _narrowed(_at(program, here, place), one.value)))
                if one.category is not None:
                    if one.category in wanted:
                        wanted.discard(one.category)
                        needed = _needed(program, known, told, one.category)
                        yield Move(tuple((name, value) for (_, name), value in needed), one.category, "not_stated")
                else:
                    further.append((_with(program, here, *told[-1]), told, len(one.possible)))
        if not wanted or depth + 1 == _DEEPEST:
            return
        states = []
        for after, told, _ in sorted(further, key=lambda f: f[2])[:_WIDEST]:
            trials += 1
            if trials > _MOST_TRIALS:
                return
            states.append((after, told, decide(program, after)))


def _needed(program: Program, known: Known, told: Statements, category: str) -> Statements:
    """The statements without those that others make idle."""
    for one in told[:-1]:
        fewer = tuple(other for other in told if other is not one)
        after = known
        for place, value in fewer:
            after = _with(program, after, place, value)
        if decide(program, after).category == category:
            told = fewer
    return told


def _unsettling(program: Program, known: Known, decision: Decision, hedged: Iterable[Place]) -> Iterator[Move]:
    """Numbers close to a threshold, then what was said in doubt: each alone, and where it would lead."""
    seen: set[tuple[str, str]] = set()
    doubts: list[tuple[Place, Any, Why]] = [(place, around, "close") for place, around in _close(program, known, decision.dominant)]
    doubts += [(place, None, "hedged") for place in hedged if place[0] in (None, decision.dominant)]
    for place, value, why in doubts:
        open_again = decide(program, _with(program, known, place, value))
        for one in open_again.if_reported:
            key = (one.input, str(one.category))
            if (one.lesion, one.input) == place and one.category not in (None, decision.category) and key not in seen:
                seen.add(key)
                yield Move(((one.input, one.value),), str(one.category), why)


def _close(program: Program, known: Known, dominant: int | None) -> Iterator[tuple[Place, Range]]:
    for member, slots in ((None, program.inputs), (dominant, program.lesion_inputs)):
        values = known if member is None else _members(program, known)[member] if slots and member is not None else {}
        for name, slot in slots.items():
            value, scatter = values.get(name), {"mm": SCATTER_MM, "cm": SCATTER_MM / 10}.get(slot.input.unit or "")
            if scatter is not None and isinstance(value, int | float) and not isinstance(value, bool):
                low = max(float(value) - scatter, slot.input.min or 0.0)
                yield (member, name), Range(round(low, 3), round(float(value) + scatter, 3))


def _members(program: Program, known: Known) -> list[Mapping[str, Any]]:
    return list(known.get(program.guideline.list_name or "", ()))


def _at(program: Program, known: Known, place: Place) -> Any:
    member, name = place
    return known.get(name) if member is None else _members(program, known)[member].get(name)


def _narrowed(known: Any, said: Any) -> Any:
    """A statement together with the bounds that are known already: ">=2" and "<=3" are ">=2 and <=3"."""
    bounded = isinstance(known, str) and known[:1] in "<>" and isinstance(said, str) and said[:1] in "<>"
    return f"{known} and {said}" if bounded else said


def _with(program: Program, known: Known, place: Place, value: Any) -> dict[str, Any]:
    """What is known with one input said otherwise; None: unknown."""
    member, name = place
    if member is None:
        return {**known, name: value}
    members = _members(program, known)
    members[member] = {**members[member], name: value}
    return {**known, str(program.guideline.list_name): members}
