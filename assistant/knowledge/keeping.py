"""What is kept of a list: the worst, a sum, the largest, a count, how many different ones, a state carried along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.knowledge.conditions import Choice, Compiled, Linear, Ref
from assistant.knowledge.intervals import Interval, Num, Numbers, merged, point
from assistant.knowledge.operations import Operation, Outcome, Rows, TableOperation, put
from assistant.knowledge.state import Domains


@dataclass(frozen=True, slots=True)
class Keep:
    """One aggregate: how a member of the list changes what is kept."""

    kind: str
    target: int
    source: Ref | None = None
    ranks: tuple[int, ...] = ()
    """For worst: the rank of each of the source's values."""
    condition: Compiled | None = None
    table: TableOperation | None = None


@dataclass(slots=True)
class KeepOperation(Operation):
    """What is kept of a member of the list, once it has been decided."""

    keeps: tuple[Keep, ...] = ()

    def run(self, doms: Domains, rows: Rows, at: Any = None) -> Outcome:
        for keep in self.keeps:
            result = _KEEPERS[keep.kind](keep, doms, rows)
            if result[0] == "ask":
                return ("ask", result[1], None)
            if result[0] != "go":
                return result
            doms = result[1]
        return ("go", doms)


def _worst(keep: Keep, doms: Domains, rows: Rows) -> Outcome:
    assert isinstance(keep.source, Choice)
    domain = doms[keep.source.slot]
    lowest = domain & -domain
    if domain != lowest:
        return ("ask", ("c", keep.source.slot, lowest), None)
    return put(doms, keep.target, max(doms[keep.target], 1 << keep.ranks[domain.bit_length() - 1]))


def _distinct(keep: Keep, doms: Domains, rows: Rows) -> Outcome:
    assert isinstance(keep.source, Choice)
    domain = doms[keep.source.slot]
    lowest = domain & -domain
    if domain != lowest:
        return ("ask", ("c", keep.source.slot, lowest), None)
    return put(doms, keep.target, doms[keep.target] | domain)


def _count(keep: Keep, doms: Domains, rows: Rows) -> Outcome:
    assert keep.condition is not None
    unknown = None
    for test in keep.condition.tests:
        verdict = test(doms)
        if verdict is False:
            return ("go", doms)
        if verdict is not True and unknown is None:
            unknown = verdict
    if unknown is not None:
        return ("ask", unknown, None)
    return put(doms, keep.target, _plus(doms[keep.target], (point(1),)))


def _sum(keep: Keep, doms: Domains, rows: Rows) -> Outcome:
    return put(doms, keep.target, _plus(doms[keep.target], _value(keep, doms)))


def _max(keep: Keep, doms: Domains, rows: Rows) -> Outcome:
    numbers = merged(_higher(a, b) for a in doms[keep.target] for b in _value(keep, doms))
    return put(doms, keep.target, numbers)


def _fold(keep: Keep, doms: Domains, rows: Rows) -> Outcome:
    assert keep.table is not None
    return keep.table.run(doms, rows)


_KEEPERS = {"worst": _worst, "distinct": _distinct, "count": _count, "sum": _sum, "max": _max, "fold": _fold}


def _value(keep: Keep, doms: Domains) -> Numbers:
    """All values that the kept number of this member can have."""
    assert isinstance(keep.source, Linear)
    total: Numbers = (point(keep.source.constant),)
    for slot, weight in keep.source.weights:
        total = _plus(total, tuple(_scaled(interval, weight) for interval in doms[slot]))
    return total


def _scaled(interval: Interval, weight: Num) -> Interval:
    low, low_in, high, high_in = interval
    if weight < 0:
        low, low_in, high, high_in = high, high_in, low, low_in
    return (weight * low, low_in, weight * high, high_in)


def _plus(left: Numbers, right: Numbers) -> Numbers:
    return merged((a[0] + b[0], a[1] and b[1], a[2] + b[2], a[3] and b[3]) for a in left for b in right)


def _higher(a: Interval, b: Interval) -> Interval:
    low, low_in = (a[0], a[1]) if a[0] > b[0] or (a[0] == b[0] and not a[1]) else (b[0], b[1])
    high, high_in = (a[2], a[3]) if a[2] > b[2] or (a[2] == b[2] and a[3]) else (b[2], b[3])
    return (low, low_in, high, high_in)
