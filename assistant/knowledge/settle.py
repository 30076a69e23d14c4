"""What is missing, and what one further statement would make of the answer.

Read off the diagram: an input matters if some statement about it leaves fewer answers, or if two completions that differ only
in it have different answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from assistant.knowledge.explore import DEAD, Diagram, Question, explore
from assistant.knowledge.intervals import Num, Numbers, above, below, exact, plain, single
from assistant.knowledge.known import Start
from assistant.knowledge.program import Program, Slot
from assistant.knowledge.state import flags_any, flags_has

_MOST_STATEMENTS = 12
_MOST_INPUTS = 40


@dataclass(frozen=True, slots=True)
class Settling:
    """One further statement and the answers that it leaves."""

    input: str
    value: Any
    category: str | None
    possible: tuple[str, ...]
    lesion: int | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What is missing, most useful first, and the statements that narrow the answer."""

    missing: tuple[tuple[int | None, str], ...]
    settling: tuple[Settling, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    value: Any
    part: Any
    """The domain that the statement leaves."""
    low: str = ""
    high: str = ""
    """For numbers: its two ends in words, so that neighbours can be joined."""


def settle(program: Program, begin: Start, diagram: Diagram) -> Hints:
    """Missing inputs and settling statements of an open decision."""
    whole = diagram.possible()
    rank = {name: i for i, name in enumerate(program.order)}
    asked = _asked(program, diagram)
    first = {member: index for index, member in reversed(list(enumerate(begin.members)))}
    missing: list[tuple[float, int, int | None, str]] = []
    statements: list[tuple[int, float, int, Settling]] = []
    for position, ((member, slot), questions) in enumerate(asked.items()):
        index = None if member < 0 else member
        domain = _domain(begin, member, slot.index)
        if index is not None and first[begin.members[index]] != index:
            continue  # the same as of one before it
        if position >= _MOST_INPUTS:  # a long list of open lesions: what is said of the first ones says enough
            missing += [(float(len(whole)), position, index, name) for name in _names(program, begin, member, slot)]
            continue
        told: list[tuple[_Statement, set[str]]] = []
        for statement in _statements(slot, domain, [q for q in questions if q[0] != "l"]):
            left = _left(program, begin, diagram, member, slot, statement.part, questions)
            if left:  # else no patient has this together with what is known
                told.append((statement, left))
        sizes = [len(left) for _, left in told]
        for statement, left in _joined(told):
            if len(left) < len(whole):
                found = tuple(sorted(left, key=lambda c: (rank.get(c, len(rank)), c)))
                settled = Settling(slot.name, statement.value, found[0] if len(found) == 1 else None, found, index)
                statements.append((len(left), position, len(statements), settled))
        narrows = any(size < len(whole) for size in sizes)
        if narrows or _differs(diagram, member, slot.index):
            mean = sum(sizes) / len(sizes) if sizes else float(len(whole))
            missing += [(mean, position, index, name) for name in _names(program, begin, member, slot)]
    # a statement about one input that leaves the same answers as another about it says nothing new
    kept: dict[tuple[str, int | None, tuple[str, ...]], Settling] = {}
    usefulness = {(i, n): m for m, _, i, n in missing}
    for _, _, _, one in sorted(statements, key=lambda s: (s[0], usefulness.get((s[3].lesion, s[3].input), 99.0), s[1], s[2])):
        kept.setdefault((one.input, one.lesion, one.possible), one)
    return Hints(tuple((i, n) for _, _, i, n in sorted(missing, key=lambda m: m[:2])), tuple(list(kept.values())[:_MOST_STATEMENTS]))


def _asked(program: Program, diagram: Diagram) -> dict[tuple[int, Slot], list[Any]]:
    """Inputs that the answer still rests on, with the questions about them, in the guideline's order."""
    slots = {slot.index: slot for slot in (*program.inputs.values(), *program.lesion_inputs.values())}
    found: dict[tuple[int, int], list[Any]] = {}
    for member, atom in diagram.reached():
        if atom[0] == "j":
            continue
        for index in [slot for slot, _ in atom[1]] if atom[0] == "l" else [atom[1]]:
            if index in slots:
                owner = member if index >= program.lesion_from else -1
                found.setdefault((owner, index), []).append(atom)
    return {(member, slots[index]): found[member, index] for member, index in sorted(found, key=lambda k: (k[0], k[1]))}


def _names(program: Program, begin: Start, member: int, slot: Slot) -> list[str]:
    """What is missing where an input is: itself, or the parts from which it would follow and which are not known either."""
    fills = begin.fills if member < 0 else begin.members[member][1]
    if slot.input.otherwise is None or slot.name not in fills:
        return [slot.name]
    slots = program.inputs if member < 0 else program.lesion_inputs
    parts = [slots[part] for part in slot.input.otherwise.mean]
    return [part.name for part in parts if single(_domain(begin, member, part.index)) is None] or [slot.name]


def _domain(begin: Start, member: int, slot: int) -> Any:
    return begin.state[0][slot] if member < 0 else begin.members[member][0][0][slot]


def _statements(slot: Slot, domain: Any, atoms: list[Any]) -> Iterable[_Statement]:
    """One statement for each class of values that the questions tell apart."""
    kind = slot.input.type
    if kind in ("choice", "bool"):
        values = (False, True) if kind == "bool" else slot.input.values
        seen: dict[tuple[bool, ...], None] = {}
        for position, value in enumerate(values):
            bit = 1 << position
            if domain & bit:
                signature = tuple(bool(atom[2] & bit) for atom in atoms)
                if signature not in seen:
                    seen[signature] = None
                    yield _Statement(value, bit)
    elif kind == "flags":
        bits = sorted({atom[2] for atom in atoms if atom[2] != -1})
        open_ = (
            [mask for mask in domain if mask]
            if isinstance(domain, frozenset)
            else [1 << i for i in range(len(slot.input.values)) if domain[1] >> i & 1]
        )
        if not isinstance(domain, frozenset) or 0 in domain:
            yield _Statement((), frozenset({0}))
        for mask in bits or sorted(open_)[:1]:
            yield _Statement(tuple(v for i, v in enumerate(slot.input.values) if mask >> i & 1), frozenset({mask}))
    else:
        yield from _numbers(domain, sorted({(atom[3], not atom[2]) for atom in atoms}), slot.input.step)


def _numbers(domain: Numbers, cuts: list[tuple[Num, bool]], step: float | None) -> Iterable[_Statement]:
    """Cuts are (bound, does the lower part include it). A cut between two steps (rounding) is told as the step above."""

    def told(bound: Num) -> int | float:
        size = None if step is None else Fraction(repr(step))
        return plain(exact(bound if size is None else ceil(bound / size) * size))

    low: tuple[Num, bool] | None = None
    for cut in [*cuts, None]:
        part = domain
        first = last = ""
        if low is not None:
            part = above(part, low[0], low[1])
            first = f"{'>' if low[1] else '>='}{told(low[0])}"
        if cut is not None:
            part = below(part, cut[0], not cut[1])
            last = f"{'<=' if cut[1] else '<'}{told(cut[0])}"
        low = cut
        if part:
            only = single(part)
            yield _Statement(_range(first, last) if only is None else plain(only), part, first, last)


def _range(low: str, high: str) -> str:
    return " and ".join(word for word in (low, high) if word)


def _joined(told: list[tuple[_Statement, set[str]]]) -> list[tuple[_Statement, set[str]]]:
    """Neighbouring ranges that leave the same answers, told as one."""
    out: list[tuple[_Statement, set[str]]] = []
    for statement, left in told:
        if out and (statement.low or statement.high) and out[-1][1] == left:
            before = out.pop()[0]
            statement = _Statement(_range(before.low, statement.high), None, before.low, statement.high)
        out.append((statement, left))
    return out


def _left(program: Program, begin: Start, diagram: Diagram, member: int, slot: Slot, part: Any, atoms: list[Any]) -> set[str]:
    constraints = begin.state[1] if member < 0 else begin.members[member][0][1]
    if any(atom[0] == "l" for atom in atoms) or any(s == slot.index for c in constraints for s, _ in c[0]):
        # numbers that hang together: only exploring again is exact
        return explore(program, _with(begin, member, slot.index, part)).possible()
    return diagram.possible(_follow(member, slot.index, part))


def _with(begin: Start, member: int, slot: int, part: Any) -> Start:
    if member < 0:
        doms, constraints = begin.state
        return Start(((*doms[:slot], part, *doms[slot + 1 :]), constraints), begin.fills, begin.members)
    (doms, constraints), fills = begin.members[member]
    changed = (((*doms[:slot], part, *doms[slot + 1 :]), constraints), fills)
    return Start(begin.state, begin.fills, (*begin.members[:member], changed, *begin.members[member + 1 :]))


def _follow(member: int, slot: int, part: Any) -> Callable[[Question], bool | None]:
    def follow(question: Question) -> bool | None:
        owner, atom = question
        if atom[0] in ("j", "l") or atom[1] != slot or owner != member:
            return None
        if atom[0] == "c":
            return True if not part & ~atom[2] else False if not part & atom[2] else None
        if atom[0] == "n":
            yes, no = below(part, atom[3], atom[2]), above(part, atom[3], not atom[2])
            return None if yes and no else bool(yes)
        verdict = flags_any(part, slot) if atom[2] == -1 else flags_has(part, slot, atom[2])
        return verdict if isinstance(verdict, bool) else None

    return follow


def _differs(diagram: Diagram, member: int, slot: int) -> bool:
    """Are there two completions that differ only in this input and have different answers?

    Only asked where no single statement narrows the answer. Where the search grows too long the input is called missing.
    """
    budget = [400]
    for (owner, atom), yes, no in diagram.nodes:
        if atom[0] == "l":
            if any(s == slot for s, _ in atom[1]):
                return True
        elif atom[0] != "j" and owner == member and atom[1] == slot and _apart(diagram, yes, no, {}, budget):
            return True
    return False


def _apart(diagram: Diagram, a: int, b: int, answers: dict[Question, bool], budget: list[int]) -> bool:
    """Can the same answers to all other questions lead from a and b to different leaves?"""
    if a in (b, DEAD) or b == DEAD:
        return False
    if a < 0 and b < 0:
        return True
    budget[0] -= 1
    if budget[0] < 0:
        return True
    node = a if a >= 0 else b
    question, yes, no = diagram.nodes[node]
    for answer, child in ((True, yes), (False, no)):
        if answers.get(question, answer) != answer:
            continue
        grown = {**answers, question: answer}
        if _apart(diagram, child if node == a else a, child if node == b else b, grown, budget):
            return True
    return False
