"""Every way in which the unknown inputs can be completed, explored once each.

The operations run on a state; where one needs an atom that is not known the state is split and both halves go on. Between
operations a state forgets what nobody reads again, so halves that have become equal are explored once (this is what keeps
sums, lists and long tables small). The result is a decision diagram: its leaves are exactly the possible answers.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import KnowledgeError
from assistant.knowledge.known import Start
from assistant.knowledge.operations import ImpossibleOperation, Operation, Rows
from assistant.knowledge.program import Program
from assistant.knowledge.state import Atom, Domains, State, project, split

DEAD = -1
"""The leaf of combinations that no patient has."""

_MANY = 8
_FRAMES_PER_MEMBER = 200

Question = tuple[int, Atom]
"""Member of the list (-1: none) and atom."""


@dataclass(slots=True)
class Diagram:
    """The answer as a function of what is still unknown."""

    root: int = DEAD
    nodes: list[tuple[Question, int, int]] = field(default_factory=list)
    """Question, and where yes and no lead. Ids of leaves are -2, -3, ... in `leaves`."""
    leaves: list[str] = field(default_factory=list)
    labels: dict[str, dict[str, None]] = field(default_factory=dict)
    """Category to its labels."""
    rows: Rows = field(default_factory=dict)

    def leaf(self, category: str) -> int:
        """The leaf of a category."""
        if category not in self.leaves:
            self.leaves.append(category)
        return -2 - self.leaves.index(category)

    def possible(self, follow: Callable[[Question], bool | None] | None = None) -> set[str]:
        """Categories that can be reached; `follow` answers questions that are settled, None where it cannot."""
        seen: set[int] = set()
        out: set[str] = set()
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node < 0:
                if node != DEAD:
                    out.add(self.leaves[-2 - node])
                continue
            if node in seen:
                continue
            seen.add(node)
            question, yes, no = self.nodes[node]
            answer = follow(question) if follow else None
            if answer is not False:
                stack.append(yes)
            if answer is not True:
                stack.append(no)
        return out

    def reached(self) -> list[Question]:
        """The questions that matter, each once."""
        seen: set[int] = set()
        out: dict[Question, None] = {}
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node >= 0 and node not in seen:
                seen.add(node)
                question, yes, no = self.nodes[node]
                out[question] = None
                stack += [no, yes]
        return list(out)


@dataclass(slots=True)
class _Load(Operation):
    """Puts a member of the list in the place of the one before."""

    state: State = ((), ())
    place: int = 0
    skip_to: int = -1


def explore(program: Program, start: Start, *, possible_only: bool = True, by_label: bool = False) -> Diagram:
    """The diagram of a decision. `possible_only` False: combinations that no patient has are completed to all the same.

    `by_label`: the leaves are the labels, where one category has several (TR4 with its actions).

    Raises:
        KnowledgeError: no row of a table matches; `kb check` finds such holes before anybody meets one.
    """
    if len(start.members) <= _MANY:
        return _Explorer(program, start, possible_only, by_label).run()
    before = sys.getrecursionlimit()
    # a long list is a deep walk; calls between Python functions take no C stack
    sys.setrecursionlimit(max(before, _FRAMES_PER_MEMBER * len(start.members)))
    try:
        return _Explorer(program, start, possible_only, by_label).run()
    finally:
        sys.setrecursionlimit(before)


class _Explorer:
    def __init__(self, program: Program, start: Start, possible_only: bool, by_label: bool) -> None:
        self.program = program
        self.by_label = by_label
        self.diagram = Diagram()
        self.start = start
        self.branched = False
        self.memo: dict[tuple[int, Any, State], int] = {}
        self.unique: dict[tuple[Question, int, int], int] = {}
        self.operations, self.member_of = _sequence(program, start, possible_only)

    def run(self) -> Diagram:
        self.diagram.root = self._from(0, self.start.state)
        return self.diagram

    def _from(self, place: int, state: State, at: Any = None, resumed: bool = False) -> int:
        operations, rows = self.operations, self.diagram.rows
        keys: list[tuple[int, Any, State]] = []
        while True:
            op = operations[place]
            if isinstance(op, _Load):
                place, state = self._load(op, place, state)
                continue
            if self.branched:
                state = project(state, op.needs(at), within=at is not None or resumed)
                key = (place, at, state)
                known = self.memo.get(key)
                if known is not None:
                    return self._remember(keys, known)
                keys.append(key)
            result = op.run(state[0], rows, at)
            what = result[0]
            if what == "go":
                state = (result[1], state[1])
                place += 1
                at, resumed = None, False
            elif what == "ask":
                return self._remember(keys, self._branch(place, state, result[1], result[2]))
            elif what == "open":
                self.branched = True
                nodes = [self._from(place + 1, (doms, state[1])) for doms in result[1]]
                return self._remember(keys, self._choose(nodes, place))
            elif what == "end":
                nodes = []
                for category, label in result[1]:
                    self.diagram.labels.setdefault(category, {})[label] = None
                    nodes.append(self.diagram.leaf(label if self.by_label else category))
                return self._remember(keys, self._choose(nodes, place))
            elif what == "dead":
                return self._remember(keys, DEAD)
            else:
                raise KnowledgeError(f"No row of {result[1]} matches.", file=f"{self.program.guideline.id}/guideline.yaml")

    def _branch(self, place: int, state: State, atom: Atom, at: Any) -> int:
        self.branched = True
        member = self.member_of[place]
        first = atom[1][0][0] if atom[0] == "l" else atom[1]
        yes, no = split(state, atom, self.program.integers)
        if yes is None or no is None:
            only = no if yes is None else yes
            return DEAD if only is None else self._from(place, only, at, True)
        owner = member if first >= self.program.lesion_from else -1
        return self._node((owner, atom), self._from(place, yes, at, True), self._from(place, no, at, True))

    def _choose(self, nodes: list[int], place: int) -> int:
        node = nodes[-1]
        for position in range(len(nodes) - 2, -1, -1):
            node = self._node((-1, ("j", place, position)), nodes[position], node)
        return node

    def _node(self, question: Question, yes: int, no: int) -> int:
        if yes == no:
            return yes
        key = (question, yes, no)
        node = self.unique.get(key)
        if node is None:
            node = self.unique[key] = len(self.diagram.nodes)
            self.diagram.nodes.append(key)
        return node

    def _remember(self, keys: list[tuple[int, Any, State]], node: int) -> int:
        for key in keys:
            self.memo[key] = node
        return node

    def _load(self, op: _Load, place: int, state: State) -> tuple[int, State]:
        doms, constraints = state
        top = self.program.top
        if top is not None and doms[top[0]] == top[1]:
            return op.skip_to, state
        member_doms, member_constraints = op.state
        kept: Domains = doms[: op.place]
        return place + 1, ((*kept, *member_doms[op.place :]), (*constraints, *member_constraints))


def _sequence(program: Program, start: Start, possible_only: bool) -> tuple[list[Operation], list[int]]:
    """The operations of this decision in order, and whose member of the list each is about."""
    operations: list[Operation] = []
    members: list[int] = []

    def add(ops: tuple[Operation, ...], fills: frozenset[str], member: int) -> None:
        for op in ops:
            if (op.fill is None or op.fill in fills) and (possible_only or not isinstance(op, ImpossibleOperation)):
                operations.append(op)
                members.append(member)

    add(program.before, start.fills, -1)
    loads: list[_Load] = []
    met: Counter[object] = Counter()
    for member, (state, fills) in enumerate(start.members):
        if program.top is not None:
            # the worst of many alike can be what the worst of two can be (two: a statement about one leaves another open)
            met[state, fills] += 1
            if met[state, fills] > 2:
                continue
        loads.append(_Load(index=-1, reads=frozenset(), state=state, place=program.lesion_from))
        operations.append(loads[-1])
        members.append(member)
        add(program.body, fills, member)
    for load in loads:
        load.skip_to = len(operations)
    add(program.after, start.fills, -1)
    return operations, members
