"""Small changes to a table, one at a time: a good set of cases notices every one of them.

A threshold nudged, a comparison flipped, an outcome swapped, a row dropped. A change that no input can tell from the original is
no mutant (found by walking both tables over every state).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from assistant.errors import AssistantError
from assistant.knowledge.cases import Trial
from assistant.knowledge.conditions import Compiled, PercentChange, Rounded
from assistant.knowledge.explore import Diagram, explore
from assistant.knowledge.guideline import Row
from assistant.knowledge.intervals import Num, exact, plain
from assistant.knowledge.keeping import KeepOperation
from assistant.knowledge.known import Start
from assistant.knowledge.operations import CompiledRow, PointsOperation, TableOperation
from assistant.knowledge.program import Program
from assistant.knowledge.state import State, split

PointItem = tuple[Row, Compiled, Num]

_COMPARISON = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
_FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change."""

    table: str
    row: str
    change: str
    rows: tuple[CompiledRow, ...]
    """All rows of the table, changed."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """What became of the mutants of a decision."""

    made: int
    survivors: tuple[Mutant, ...]


def tables(program: Program) -> list[TableOperation]:
    """Every table of a program, those inside folds included."""
    out = []
    for op in (*program.before, *program.body, *program.after):
        if isinstance(op, TableOperation):
            out.append(op)
        elif isinstance(op, KeepOperation):
            out += [keep.table for keep in op.keeps if keep.table is not None]
    return out


def hunt(program: Program, trials: list[Trial], full: State) -> Hunt:
    """Run the cases against every mutant; `full` is the state in which nothing is known."""
    answers = [trial.answer(program) for trial in trials]
    hits = [_rows_hit(program, trial) for trial in trials]
    made = 0
    survivors = []
    for table in tables(program):
        original = table.rows
        for mutant in _mutants(program, table):
            table.rows = mutant.rows
            order = sorted(range(len(trials)), key=lambda n: mutant.row not in hits[n])
            killed = any(_differs(program, trials[n], answers[n]) for n in order)
            table.rows = original
            if not killed and (_equivalent(program, table, mutant.rows, full) or _same_answers(program, table, mutant.rows, full)):
                continue
            made += 1
            if not killed:
                survivors.append(mutant)
    for points in (op for op in (*program.before, *program.body, *program.after) if isinstance(op, PointsOperation)):
        items = points.items
        for name, change, changed in _changed_points(program, points):
            points.items = changed
            order = sorted(range(len(trials)), key=lambda n: name not in hits[n])
            killed = any(_differs(program, trials[n], answers[n]) for n in order)
            points.items = items
            made += 1
            if not killed:
                survivors.append(Mutant("points", name, change, ()))
    return Hunt(made, tuple(survivors))


def _changed_points(program: Program, points: PointsOperation) -> Iterator[tuple[str, str, tuple[PointItem, ...]]]:
    for position, (row, condition, add) in enumerate(points.items):
        before, after = points.items[:position], points.items[position + 1 :]
        yield row.id, f"{plain(add):g} points become {plain(add + 1):g}", (*before, (row, condition, add + 1), *after)
        yield row.id, "item dropped", (*before, *after)
        for change, when in _conditions(program, row):
            yield row.id, change, (*before, (row, program.names.compile(when), add), *after)


def _rows_hit(program: Program, trial: Trial) -> set[str]:
    return {row for _, row in explore(program, trial.begin, possible_only=False).rows}


def _differs(program: Program, trial: Trial, answer: Any) -> bool:
    try:
        return bool(trial.answer(program) != answer)
    except AssistantError:  # a hole: noticed
        return True


def _mutants(program: Program, table: TableOperation) -> Iterator[Mutant]:
    for position, compiled in enumerate(table.rows):
        row = compiled.row
        before, after = table.rows[:position], table.rows[position + 1 :]
        for change, when in _conditions(program, row):
            condition = program.names.compile(when)
            changed = replace(compiled, condition=condition)
            yield Mutant(table.name, row.id, change, (*before, changed, *after))
        swapped = _swapped(program, table, compiled)
        if swapped is not None:
            yield Mutant(table.name, row.id, f"outcome {swapped[0]}", (*before, swapped[1], *after))
        yield Mutant(table.name, row.id, "row dropped", (*before, *after))


def _conditions(program: Program, row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, condition in row.when.items():
        if not isinstance(condition, str) or not _COMPARISON.match(condition):
            continue
        step = _step(program, name)
        for match in _COMPARISON.finditer(condition):
            sign, bound = match[1], exact(float(match[2]))
            for new_sign, new_bound in ((sign, bound + step), (sign, bound - step), (_FLIPPED[sign], bound)):
                text = f"{condition[: match.start()]}{new_sign}{plain(new_bound):g}{condition[match.end() :]}"
                yield f"{name}: {condition} becomes {text}", {**row.when, name: text}


def _step(program: Program, name: str) -> Num:
    """By how much a threshold is nudged: the smallest difference that the guideline's quantity shows."""
    ref = program.names.refs[name]
    if isinstance(ref, Rounded):
        return ref.step
    if isinstance(ref, PercentChange):
        return 1
    slot = program.inputs.get(name) or program.lesion_inputs.get(name)
    derived = program.guideline.derived.get(name)
    metric = (slot is not None and slot.input.unit in ("mm", "cm")) or (derived is not None and derived.difference is not None)
    return exact(0.1) if metric else 1


def _swapped(program: Program, table: TableOperation, compiled: CompiledRow) -> tuple[str, CompiledRow] | None:
    if compiled.masks:
        first = compiled.masks[0].bit_length() - 1
        others = [i for i in range(len(table.values)) if 1 << i not in compiled.masks]
        if not others:
            return None
        other = min(others, key=lambda i: abs(i - first))
        return f"becomes {table.values[other]}", replace(compiled, masks=(1 << other,))
    category = compiled.labels[0][0]
    others_named = [name for name in program.order if name not in {c for c, _ in compiled.labels}]
    rank = {name: i for i, name in enumerate(program.order)}
    nearest = min(others_named, key=lambda name: abs(rank[name] - rank[category]))
    return f"becomes {nearest}", replace(compiled, labels=((nearest, lambda doms: nearest),))


def _equivalent(program: Program, table: TableOperation, rows: tuple[CompiledRow, ...], full: State) -> bool:
    """Do the table and its changed copy agree on every state?"""
    other = replace(table, rows=rows, from_row=())
    other.from_row = tuple(frozenset() for _ in rows)
    budget = [20_000]

    def agree(state: State) -> bool:
        budget[0] -= 1
        if budget[0] < 0:
            return False
        ends = []
        for one in (table, other):
            result = one.run(state[0], {}, None)
            if result[0] == "ask":
                halves = [half for half in split(state, result[1], program.integers) if half is not None]
                return all(agree(half) for half in halves)
            ends.append(_end(one, result))
        return bool(ends[0] == ends[1])

    return agree(full)


def _same_answers(program: Program, table: TableOperation, rows: tuple[CompiledRow, ...], full: State) -> bool:
    """Does the whole decision answer as before, whatever the inputs, though the table by itself does not?"""
    original = table.rows
    for fills in (frozenset[str](), frozenset(op.fill for op in (*program.before, *program.body) if op.fill)):
        begin = _anything_goes(program, full, fills)
        before = _shape(explore(program, begin))
        table.rows = rows
        try:
            after = _shape(explore(program, begin))
        except AssistantError:
            return False
        finally:
            table.rows = original
        if before != after:
            return False
    return True


def _anything_goes(program: Program, full: State, fills: frozenset[str]) -> Start:
    doms = list(program.start)
    for slot in (*program.inputs.values(), *program.lesion_inputs.values()):
        doms[slot.index] = full[0][slot.index]
    state: State = (tuple(doms), ())
    return Start(state, fills, ((state, fills),) if program.lesion_inputs else ())


def _shape(diagram: Diagram) -> Any:
    """The diagram with its nodes numbered in the order in which they are met."""
    numbers: dict[int, int] = {}
    out = []
    stack = [diagram.root]
    while stack:
        node = stack.pop()
        if node < 0 or node in numbers:
            continue
        numbers[node] = len(numbers)
        question, yes, no = diagram.nodes[node]
        out.append((question, yes, no))
        stack += [no, yes]
    leaf = {-2 - i: name for i, name in enumerate(diagram.leaves)}

    def named(node: int) -> Any:
        return numbers[node] if node >= 0 else leaf.get(node, node)

    return named(diagram.root), tuple((question, named(yes), named(no)) for question, yes, no in out)


def _end(table: TableOperation, result: tuple[Any, ...]) -> Any:
    if result[0] == "go":
        return ("go", result[1][table.target])
    if result[0] == "open":
        return ("open", tuple(doms[table.target] for doms in result[1]))
    return result
