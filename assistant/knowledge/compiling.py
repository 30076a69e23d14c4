"""A guideline, or one of its sub-decisions, made ready to run: names to slots, steps to operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assistant.errors import KnowledgeError, UnknownName
from assistant.knowledge.conditions import Choice, Compiled, Distinct, Flags, Linear, Names, Quantity
from assistant.knowledge.guideline import (
    Aggregate,
    Decidable,
    Derived,
    ForEach,
    Guideline,
    Input,
    Points,
    Product,
    Row,
    Step,
    SubDecision,
    Table,
)
from assistant.knowledge.intervals import exact, point
from assistant.knowledge.keeping import Keep, KeepOperation
from assistant.knowledge.layout import cells_of, fields, leaves, template
from assistant.knowledge.operations import (
    AssumeOperation,
    CompiledRow,
    EndOperation,
    ImpossibleOperation,
    Operation,
    PointsOperation,
    ProductOperation,
    TableOperation,
)
from assistant.knowledge.program import Program, Slot
from assistant.knowledge.state import NOTHING_SETTLED


def parts(guideline: Guideline) -> list[str]:
    """The dotted ids of a guideline: itself and its sub-decisions."""
    return [*([guideline.id] if guideline.decides else []), *(f"{guideline.id}.{name}" for name in guideline.decisions)]


def compile_program(guideline: Guideline, part: str = "") -> Program:
    """The program of a guideline, or of the sub-decision `part`.

    Raises:
        UnknownName: the guideline has no such sub-decision.
        KnowledgeError: the file contradicts itself.
    """
    return _Compiler(guideline, part).compile()


class _Compiler:
    def __init__(self, guideline: Guideline, part: str) -> None:
        self.guideline = guideline
        self.file = f"{guideline.id}/guideline.yaml"
        self.id = f"{guideline.id}.{part}" if part else guideline.id
        spec: Decidable = guideline
        if not part and not guideline.decides:
            hint = "Name one of them: " + ", ".join(f"{guideline.id}.{name}" for name in guideline.decisions)
            raise UnknownName(f"{guideline.id} has no answer of its own, only parts.", hint=hint, code="unknown_guideline")
        self.declared: dict[str, Input] = dict(guideline.inputs)
        self.derivations: dict[str, Derived] = dict(guideline.derived)
        self.steps: tuple[Step, ...] = guideline.steps
        self.listed = guideline.list_name is not None and not part
        if part:
            sub = guideline.decisions.get(part)
            if sub is None:
                raise UnknownName(f"{guideline.id} has no decision {part}.", hint="It has: " + ", ".join(guideline.decisions or ["none"]))
            spec = sub
            self._take_over(sub)
        self.spec = spec
        self.names = Names(self.file)
        self.start: list[Any] = []
        self.integers: set[int] = set()
        self.count = 0
        self.tables: dict[str, Table] = {}
        self.outcomes: dict[str, tuple[Any, ...]] = {}
        self.row_ids: set[str] = set()
        self.sections = guideline.source.sections

    def _take_over(self, sub: SubDecision) -> None:
        guideline = self.guideline
        self.declared = {name: guideline.inputs[name] for name in sub.share} | dict(sub.inputs)
        self.derivations = {name: guideline.derived[name] for name in sub.derive} | dict(sub.derived)
        flat = [inner for step in guideline.steps for inner in (step.steps if isinstance(step, ForEach) else (step,))]
        by_name = {_name(step): step for step in flat}
        self.steps = (*(by_name[name] for name in sub.run), *sub.steps)

    # -- slots ---------------------------------------------------------------------------------------------------------

    def _slot(self, value: Any = None) -> int:
        self.start.append(value)
        return len(self.start) - 1

    def _add_input(self, name: str, spec: Input) -> Slot:
        self._cite(spec.cite, name)
        index = self._slot()
        if spec.type == "flags":
            self.names.add(name, Flags(index, spec.values), (index,))
        elif spec.type in ("choice", "bool"):
            self.names.add(name, Choice(index, (False, True) if spec.type == "bool" else spec.values), (index,))
        else:
            if spec.type == "integer":
                self.integers.add(index)
            self.names.add(name, Linear(((index, 1),), 0, spec.type == "integer"), (index,))
        return Slot(name, index, spec)

    def _cite(self, cite: str, what: str) -> None:
        if cite not in self.sections:
            raise KnowledgeError(f"{what} cites {cite}, which is no section of the source.", file=self.file)

    # -- the whole -----------------------------------------------------------------------------------------------------

    def compile(self) -> Program:
        outer = {n: i for n, i in self.declared.items() if not (self.listed and i.scope == "lesion")}
        inner = {n: i for n, i in self.declared.items() if n not in outer}
        inputs = {name: self._add_input(name, spec) for name, spec in outer.items()}
        derivations = dict(self.derivations)
        self._derive(derivations)
        loop = next((step for step in self.steps if isinstance(step, ForEach)), None)
        place = self.steps.index(loop) if loop is not None else len(self.steps)
        before = self._operations(self.steps[:place], derivations)
        # slots of what is kept come before the member's own, so that a member's slots are the last ones
        keeps = [self._keep_slot(aggregate) for aggregate in loop.keep] if loop else []
        tail = [] if loop is None else list(self.steps[place + 1 :])
        after_targets = [self._target(step) for step in tail]
        lesion_from = len(self.start)
        lesion_inputs = {name: self._add_input(name, spec) for name, spec in inner.items()}
        body: list[Operation] = []
        empty: list[tuple[int, int]] = []
        top = None
        if loop is not None:
            if loop.for_each != self.guideline.list_name:
                raise KnowledgeError(f"for_each: {loop.for_each} is not the guideline's list_name.", file=self.file)
            self._derive(derivations)
            body = self._operations(loop.steps, derivations)
            body.append(self._keep(loop.keep, keeps, derivations, empty))
            if len(loop.keep) == 1 and loop.keep[0].worst:
                ref = self.names.refs[loop.keep[0].into]
                assert isinstance(ref, Choice)
                top = (ref.slot, 1 << (len(ref.values) - 1))
        after = self._operations(tail, derivations, after_targets)
        if derivations:
            raise KnowledgeError(f"{next(iter(derivations))} rests on something that is not there.", file=self.file)
        after.append(self._end())
        self._impossible(before, body, bool(loop))
        self._assume(before, inputs)
        self._assume(body, lesion_inputs)
        self._live(before, body, after, [slot for slot, _ in keeps])
        order = tuple(self.guideline.categories)
        if self.spec is not self.guideline:
            order = tuple(dict.fromkeys(str(v) for values in self.outcomes.values() for v in values))
        return Program(
            id=self.id, guideline=self.guideline, inputs=inputs, lesion_inputs=lesion_inputs, start=(*self.start, NOTHING_SETTLED),
            before=tuple(before), body=tuple(body), after=tuple(after), integers=frozenset(self.integers), lesion_from=lesion_from,
            empty=tuple(empty), top=top, order=order, tables=self.tables, outcome_values=self.outcomes, names=self.names,
            read=frozenset(s for op in (*before, *body, *after) for s in op.reads),
        )  # fmt: skip

    def _derive(self, pending: dict[str, Derived]) -> None:
        """Add every derivation whose names are all known by now."""
        progress = True
        while progress:
            progress = False
            for name, derived in list(pending.items()):
                if _used(derived) <= self.names.refs.keys():
                    self.names.derive(name, derived)
                    del pending[name]
                    progress = True

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _target(self, step: Step) -> int:
        name = _name(step)
        if isinstance(step, ForEach):
            raise KnowledgeError("There is one for_each in a guideline, and none inside it.", file=self.file)
        slot = self._slot()
        if isinstance(step, Points):
            self.names.add(name, Linear(((slot, 1),)), (slot,))
            return slot
        if isinstance(step, Table):
            found = [v for row in step.rows if row.then is not None for v in (row.then if isinstance(row.then, tuple) else (row.then,))]
            found += [step.otherwise] if step.otherwise is not None else []
        else:
            found = leaves(step.cells)
        values: list[Any] = []
        for value in found:
            if not any(v == value and isinstance(v, bool) == isinstance(value, bool) for v in values):
                values.append(value)
        self.outcomes[name] = tuple(values)
        self.names.add(name, Choice(slot, tuple(values)), (slot,))
        return slot

    def _operations(self, steps: Iterable[Step], derivations: dict[str, Derived], targets: list[int] | None = None) -> list[Operation]:
        out: list[Operation] = []
        for position, step in enumerate(steps):
            if isinstance(step, Table):
                compiled = self._table(step, targets[position] if targets else None)
                out.append(compiled)
            elif isinstance(step, Points):
                out.append(self._points(step, targets[position] if targets else None))
            elif isinstance(step, Product):
                out.append(self._product(step, targets[position] if targets else None))
            self._derive(derivations)
        return out

    def _table(self, step: Table, target: int | None) -> TableOperation:
        rows = [(row, self.names.compile(row.when)) for row in step.rows]
        target = self._target(step) if target is None else target
        outcome = self.names.refs[step.table]
        assert isinstance(outcome, Choice)
        self.tables[step.table] = step
        compiled = tuple(self._row(row, condition, outcome) for row, condition in rows)
        reads = frozenset().union(*(c.condition.reads for c in compiled), *(self._label_reads(row) for row, _ in rows))
        index = self._next()
        op = TableOperation(index, reads, name=step.table, rows=compiled, target=target, values=outcome.values, unique=step.hit == "unique")
        op.from_row = _suffixes([c.condition.reads | self._label_reads(c.row) for c in compiled])
        if step.otherwise is not None:
            op.otherwise = _mask(outcome, step.otherwise)
        if step.fills is not None and step.fills in self.names.refs:  # a sub-decision may run the table for its own sake
            filled = self.names.refs[step.fills]
            if not isinstance(filled, Choice):
                raise KnowledgeError(f"{step.table} fills {step.fills}, which is no choice.", file=self.file)
            op.fills = filled
            op.fill = step.fills
        return op

    def _next(self) -> int:
        self.count += 1
        return self.count - 1

    def _row(self, row: Row, condition: Any, outcome: Choice) -> CompiledRow:
        self._cite(row.cite, row.id)
        if row.id in self.row_ids:
            raise KnowledgeError(f"Two rows are called {row.id}.", file=self.file)
        self.row_ids.add(row.id)
        listed = row.outcome if isinstance(row.outcome, tuple) else (row.outcome,)
        if row.then is not None:
            return CompiledRow(row, condition, tuple(_mask(outcome, value) for value in listed), ())
        known = self.guideline.categories
        for value in listed:
            if self.spec is self.guideline and value not in known:
                raise KnowledgeError(f"{row.id} decides {value}, which is no category.", file=self.file)
        labels = tuple((str(value), template(self.names, row.label if row.label and len(listed) == 1 else str(value))) for value in listed)
        return CompiledRow(row, condition, (), labels)

    def _points(self, step: Points, target: int | None) -> PointsOperation:
        target = self._target(step) if target is None else target
        items = []
        for item in step.items:
            self._cite(item.cite, item.id)
            row = Row(id=item.id, when=item.when, then=item.add, cite=item.cite, mark=item.mark)
            items.append((row, self.names.compile(item.when), exact(item.add)))
        reads = frozenset().union(*(condition.reads for _, condition, _ in items))
        suffixes = _suffixes([condition.reads for _, condition, _ in items])
        return PointsOperation(self._next(), reads, items=tuple(items), target=target, from_item=suffixes)

    def _product(self, step: Product, target: int | None) -> ProductOperation:
        self._cite(step.cite, step.product)
        target = self._target(step) if target is None else target
        outcome = self.names.refs[step.product]
        assert isinstance(outcome, Choice)
        axes = []
        for name in step.axes:
            ref = self.names.ref(name)
            if not isinstance(ref, Choice):
                raise KnowledgeError(f"{step.product}: {name} is no choice and cannot be an axis.", file=self.file)
            axes.append(ref)
        cells = {key: _mask(outcome, value) for key, value in cells_of(step.product, step.cells, axes, self.file).items()}
        row = Row(id=step.product, then=step.product, cite=step.cite, mark=step.mark)
        reads = frozenset(axis.slot for axis in axes)
        return ProductOperation(self._next(), reads, row=row, axes=tuple(axes), cells=cells, target=target, name=step.product)

    # -- lists ---------------------------------------------------------------------------------------------------------

    def _keep_slot(self, aggregate: Aggregate) -> tuple[int, Aggregate]:
        slot = self._slot()
        ref: Choice | Quantity
        if aggregate.worst:
            order = aggregate.order or tuple(self.guideline.categories)
            ref = Choice(slot, order)
            self.start[slot] = 1
        elif aggregate.fold:
            values = dict.fromkeys([aggregate.fold.start])
            for row in aggregate.fold.rows:
                values |= dict.fromkeys(str(v) for v in (row.outcome if isinstance(row.outcome, tuple) else (row.outcome,)))
            ref = Choice(slot, tuple(values))
            self.start[slot] = 1
        elif aggregate.distinct:
            ref = Distinct(slot)
            self.start[slot] = 0
        else:
            ref = Linear(((slot, 1),))
            self.start[slot] = (point(0),)
        self.names.add(aggregate.into, ref, (slot,))
        return slot, aggregate

    def _keep(
        self,
        aggregates: Iterable[Aggregate],
        slots: list[tuple[int, Aggregate]],
        derivations: dict[str, Derived],
        empty: list[tuple[int, int]],
    ) -> KeepOperation:
        self._derive(derivations)
        keeps = []
        reads: set[int] = set()
        for (slot, aggregate), _ in zip(slots, aggregates, strict=True):
            kept = self.names.refs[aggregate.into]
            reads.add(slot)
            if aggregate.worst:
                source = self.names.ref(aggregate.worst)
                if not isinstance(source, Choice) or not isinstance(kept, Choice):
                    raise KnowledgeError(f"{aggregate.worst} has no order of severity.", file=self.file)
                missing = [str(v) for v in source.values if str(v) not in kept.values]
                if missing:
                    raise KnowledgeError(f"{missing[0]} has no place in the order of {aggregate.into}.", file=self.file)
                ranks = tuple(kept.values.index(str(v)) for v in source.values)
                keeps.append(Keep("worst", slot, source, ranks))
                reads.add(source.slot)
                if aggregate.empty is not None:
                    empty.append((slot, _mask(kept, aggregate.empty)))
            elif aggregate.fold:
                assert isinstance(kept, Choice)
                rows = tuple(self._row(row, self.names.compile(row.when), kept) for row in aggregate.fold.rows)
                fold_reads = frozenset().union(*(row.condition.reads for row in rows))
                table = TableOperation(self._next(), fold_reads, name=aggregate.into, rows=rows, target=slot, values=kept.values)
                keeps.append(Keep("fold", slot, table=table))
                reads |= fold_reads
            elif aggregate.count is not None:
                condition = self.names.compile(aggregate.count)
                keeps.append(Keep("count", slot, condition=condition))
                reads |= condition.reads
            else:
                kind = "distinct" if aggregate.distinct else "sum" if aggregate.sum else "max"
                name = aggregate.distinct or aggregate.sum or aggregate.max or ""
                keeps.append(Keep(kind, slot, self.names.ref(name) if kind == "distinct" else self.names.linear(name)))
                reads |= self.names.reads(name)
        return KeepOperation(self._next(), frozenset(reads), keeps=tuple(keeps))

    # -- answers -------------------------------------------------------------------------------------------------------

    def _label_reads(self, row: Row) -> frozenset[int]:
        used = fields(row.label or "") if row.decide is not None else []
        return frozenset().union(*(self.names.reads(name) for name in used))

    def _end(self) -> EndOperation:
        assert self.spec.result is not None
        category, label = self.spec.result.category, self.spec.result.label or self.spec.result.category
        reads = frozenset().union(*(self.names.reads(name) for name in fields(category + label)))
        return EndOperation(self._next(), reads, category=template(self.names, category), label=template(self.names, label))

    # -- order of things -----------------------------------------------------------------------------------------------

    def _impossible(self, before: list[Operation], body: list[Operation], listed: bool) -> None:
        inner: list[Compiled] = []
        outer: list[Compiled] = []
        lesion_names = {n for n, i in self.declared.items() if i.scope == "lesion"} if listed else set()
        for conditions in self.spec.impossible:
            (inner if lesion_names & conditions.keys() else outer).append(self.names.compile(conditions))
        for where, found in ((before, outer), (body, inner)):
            if found:
                reads = frozenset().union(*(c.reads for c in found))
                place = max((i + 1 for i, op in enumerate(where) if op.fill), default=0)
                where.insert(place, ImpossibleOperation(self._next(), reads, combinations=tuple(found)))

    def _assume(self, where: list[Operation], slots: Mapping[str, Slot]) -> None:
        """What silence means under conditions: after what follows from others and what cannot be."""
        for name, slot in slots.items():
            if not slot.input.assume:
                continue
            ref = self.names.refs[name]
            if not isinstance(ref, Choice):
                raise KnowledgeError(f"{name} assumes a value but is no choice.", file=self.file)
            options = tuple((self.names.compile(one.when), _mask(ref, one.value)) for one in slot.input.assume)
            # the whole of the input's domain goes on where nothing is assumed, so it counts as read
            reads = frozenset().union(*(condition.reads for condition, _ in options)) | {slot.index}
            place = max((i + 1 for i, op in enumerate(where) if op.fill or isinstance(op, ImpossibleOperation)), default=0)
            where.insert(place, AssumeOperation(self._next(), reads, fill=name, slot=slot.index, options=options))

    def _live(self, before: list[Operation], body: list[Operation], after: list[Operation], kept: list[int]) -> None:
        """What is read after each operation; members of the list may follow one another."""
        live: frozenset[int] = frozenset()
        for op in reversed(after):
            op.live = live
            live |= op.reads
        if body:
            # what any member reads is read again by the next one, its own slots excepted (they are loaded afresh)
            again = frozenset(s for op in body for s in op.reads if s < self._first_lesion_slot()) | frozenset(kept) | live
            live = again
            for op in reversed(body):
                op.live = live
                live |= op.reads
            live = again
        for op in reversed(before):
            op.live = live
            live |= op.reads

    def _first_lesion_slot(self) -> int:
        slots = [r for n, i in self.declared.items() if i.scope == "lesion" for r in self.names.reads(n)]
        return min(slots, default=len(self.start))


def _name(step: Step) -> str:
    if isinstance(step, Table):
        return step.table
    if isinstance(step, Points):
        return step.points
    if isinstance(step, Product):
        return step.product
    return step.for_each


def _used(derived: Derived) -> set[str]:
    out: set[str] = set(derived.mean) | set(derived.sum) | set(derived.max) | set(derived.min)
    for pair in (derived.difference, derived.percent_change, derived.months_between):
        out |= set(pair or ())
    if derived.round_half_up:
        out.add(derived.round_half_up if isinstance(derived.round_half_up, str) else derived.round_half_up[0])
    if derived.scale:
        out.add(derived.scale[0])
    for conditions in derived.count:
        out |= conditions.keys()
    return out


def _suffixes(reads: list[frozenset[int]]) -> tuple[frozenset[int], ...]:
    """For each place, what is read there or later."""
    out: list[frozenset[int]] = []
    rest: frozenset[int] = frozenset()
    for one in reversed(reads):
        rest |= one
        out.append(rest)
    return tuple(reversed(out))


def _mask(choice: Choice, value: Any) -> int:
    position = choice.index(value)
    assert position is not None
    return 1 << position
