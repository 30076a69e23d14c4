"""The steps of a guideline as operations on a state: tables, points, products, and what is kept of a list.

An operation looks at the domains and answers with a tuple whose first member says what happened: "ask" (an atom that must be
known first, and where to resume), "go" on with new domains, "open" (the source leaves it open: several ways to go on), "end" with
an answer, "dead" (no such patient), or "hole" (no row matches). Resuming matters: rows that have been ruled out stay ruled out, so
what only they read can be forgotten, and states that have become equal are explored once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.knowledge.conditions import Choice, Compiled
from assistant.knowledge.guideline import Row
from assistant.knowledge.intervals import Num, point
from assistant.knowledge.state import Domains

Outcome = tuple[Any, ...]
Rows = dict[tuple[int, str], Row]
"""Rows that were reached, by operation and id."""
Template = Callable[[Domains], Any]
"""The text of an answer, or the atom that must be known first."""


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """A row ready to run."""

    row: Row
    condition: Compiled
    masks: tuple[int, ...]
    """Outcome masks for `then`; empty for `decide`."""
    labels: tuple[tuple[str, Template], ...]
    """(category, label) for `decide`."""


@dataclass(slots=True)
class Operation:
    """What every operation has."""

    index: int
    reads: frozenset[int]
    live: frozenset[int] = frozenset()
    """Slots that are read after it."""
    fill: str | None = None
    """It only runs where this input is not given but follows from others."""

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        """Do it; `at` is where to resume, None at first."""
        raise NotImplementedError

    def needs(self, at: Any) -> frozenset[int]:
        """Slots read from there on, in this operation or later."""
        return self.live | self.reads


@dataclass(slots=True)
class TableOperation(Operation):
    """The first row that matches gives the outcome."""

    name: str = ""
    rows: tuple[CompiledRow, ...] = ()
    target: int = -1
    fills: Choice | None = None
    otherwise: int | None = None
    """Mask of the outcome when no row matches."""
    values: tuple[Any, ...] = ()
    unique: bool = False
    from_row: tuple[frozenset[int], ...] = ()
    """Slots read by a row or any after it."""

    def needs(self, at: Any) -> frozenset[int]:
        return self.live | (self.from_row[at] if at else self.reads)

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        for position in range(at or 0, len(self.rows)):
            compiled = self.rows[position]
            unknown = None
            for test in compiled.condition.tests:
                verdict = test(doms)
                if verdict is False:
                    break
                if verdict is not True and unknown is None:
                    unknown = verdict
            else:
                if unknown is None:
                    return self._hit(position, doms, rows)
                same = self._all_same(position, doms, rows)
                return ("ask", unknown, position) if same is None else self._go(doms, same)
        if self.otherwise is None:
            return ("hole", self.name)
        return self._go(doms, self.otherwise)

    def _hit(self, position: int, doms: Domains, rows: Rows) -> Outcome:
        compiled = self.rows[position]
        rows[self.index, compiled.row.id] = compiled.row
        if compiled.masks:
            if len(compiled.masks) == 1:
                return self._go(doms, compiled.masks[0])
            return ("open", tuple(self._go(doms, mask)[1] for mask in compiled.masks))
        ends = []
        for category, template in compiled.labels:
            label = template(doms)
            if isinstance(label, tuple):
                return ("ask", label, position)
            ends.append((category, label))
        return ("end", tuple(ends))

    def _go(self, doms: Domains, mask: int) -> Outcome:
        out = list(doms)
        out[self.target] = mask
        if self.fills is not None and self.fill is not None:
            position = self.fills.index(self.values[mask.bit_length() - 1])
            assert position is not None
            out[self.fills.slot] = 1 << position
        return ("go", tuple(out))

    def _all_same(self, start: int, doms: Domains, rows: Rows) -> int | None:
        """The outcome, if every row that could still match has the same one: then nothing needs to be known."""
        found: int | None = None
        live = []
        for compiled in self.rows[start:]:
            sure = True
            for test in compiled.condition.tests:
                verdict = test(doms)
                if verdict is False:
                    break
                sure = sure and verdict is True
            else:
                if len(compiled.masks) != 1 or (found is not None and compiled.masks[0] != found):
                    return None
                found = compiled.masks[0]
                live.append(compiled.row)
                if sure:
                    break
        else:
            if self.otherwise != found:
                return None
        for row in live:
            rows[self.index, row.id] = row
        return found


@dataclass(slots=True)
class PointsOperation(Operation):
    """The sum of the points of every item that holds."""

    items: tuple[tuple[Row, Compiled, Num], ...] = ()
    target: int = -1
    from_item: tuple[frozenset[int], ...] = ()

    def needs(self, at: Any) -> frozenset[int]:
        return self.live | (self.from_item[at[0]] if at else self.reads)

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        first, total = at or (0, 0)
        for position in range(first, len(self.items)):
            row, condition, add = self.items[position]
            unknown = None
            for test in condition.tests:
                verdict = test(doms)
                if verdict is False:
                    break
                if verdict is not True and unknown is None:
                    unknown = verdict
            else:
                if unknown is not None:
                    return ("ask", unknown, (position, total))
                total += add
                rows[self.index, row.id] = row
        return ("go", (*doms[: self.target], (point(total),), *doms[self.target + 1 :]))


@dataclass(slots=True)
class ProductOperation(Operation):
    """A grid over axes: one outcome per combination."""

    row: Row | None = None
    axes: tuple[Choice, ...] = ()
    cells: dict[tuple[int, ...], int] = field(default_factory=dict)
    target: int = -1
    name: str = ""

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        key = []
        for axis in self.axes:
            domain = doms[axis.slot]
            lowest = domain & -domain
            if domain != lowest:
                return ("ask", ("c", axis.slot, lowest), None)
            key.append(domain.bit_length() - 1)
        mask = self.cells.get(tuple(key))
        if mask is None:
            return ("hole", self.name)
        assert self.row is not None
        rows[self.index, self.row.id] = self.row
        return ("go", (*doms[: self.target], mask, *doms[self.target + 1 :]))


@dataclass(slots=True)
class ImpossibleOperation(Operation):
    """Leaves out combinations that no patient has."""

    combinations: tuple[Compiled, ...] = ()

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        for position in range(at or 0, len(self.combinations)):
            condition = self.combinations[position]
            unknown = None
            for test in condition.tests:
                verdict = test(doms)
                if verdict is False:
                    break
                if verdict is not True and unknown is None:
                    unknown = verdict
            else:
                return ("dead",) if unknown is None else ("ask", unknown, position)
        return ("go", doms)


@dataclass(slots=True)
class AssumeOperation(Operation):
    """Gives an input that is not known the value that silence has under some condition."""

    slot: int = -1
    options: tuple[tuple[Compiled, int], ...] = ()
    """Condition and the mask of the value."""

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        for position in range(at or 0, len(self.options)):
            condition, mask = self.options[position]
            unknown = None
            for test in condition.tests:
                verdict = test(doms)
                if verdict is False:
                    break
                if verdict is not True and unknown is None:
                    unknown = verdict
            else:
                return ("ask", unknown, position) if unknown is not None else put(doms, self.slot, mask)
        return ("go", doms)


@dataclass(slots=True)
class EndOperation(Operation):
    """Puts the answer together."""

    category: Template = str
    label: Template = str

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        category = self.category(doms)
        if isinstance(category, tuple):
            return ("ask", category, None)
        label = self.label(doms)
        return ("ask", label, None) if isinstance(label, tuple) else ("end", ((category, label),))


def put(doms: Domains, slot: int, value: Any) -> Outcome:
    """Go on with another domain in one slot."""
    return ("go", (*doms[:slot], value, *doms[slot + 1 :]))
