"""A second, slow engine for the tests: it only knows complete patients, and tries every completion of an incomplete one.

It reads the same guideline.yaml but shares no code with the engine: no domains, no splitting, no diagram.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from assistant.knowledge.guideline import Aggregate, Decidable, Derived, ForEach, Guideline, Input, Points, Product, Table

Values = dict[str, Any]


class Stop(Exception):
    """A row has decided."""

    def __init__(self, answers: list[str]) -> None:
        super().__init__()
        self.answers = answers


def number(value: Any) -> Decimal:
    return Decimal(str(value))


def holds(spec: Mapping[str, Any], name: str, values: Values, condition: Any) -> bool:
    have = values[name]
    options = condition if isinstance(condition, tuple) else (condition,)
    if isinstance(have, frozenset):
        return any(_flag(have, option) for option in options)
    return any(_one(have, option) for option in options)


def _flag(have: frozenset[str], option: str) -> bool:
    if option == "any":
        return bool(have)
    if option == "none":
        return not have
    return set(option.split(" and ")) <= have


def _one(have: Any, option: Any) -> bool:
    if isinstance(have, bool) or isinstance(option, bool):
        return isinstance(have, bool) and isinstance(option, bool) and have == option
    if isinstance(have, (Decimal, int, float)):
        if isinstance(option, str):
            for part in option.split(" and "):
                sign, bound = re.fullmatch(r"\s*(<=|>=|<|>)\s*(-?[\d.]+)\s*", part).groups()  # type: ignore[union-attr]
                right = number(bound)
                left = number(have)
                if not {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]:
                    return False
            return True
        return number(have) == number(option)
    return bool(have == option)


def derive(derived: Derived, v: Values) -> Any:
    if derived.mean:
        return sum(number(v[n]) for n in derived.mean) / len(derived.mean)
    if derived.sum:
        return sum(number(v[n]) for n in derived.sum)
    if derived.difference:
        return number(v[derived.difference[0]]) - number(v[derived.difference[1]])
    if derived.percent_change:
        now, before = (number(v[n]) for n in derived.percent_change)
        if before == 0:
            return Decimal("Infinity") if now > 0 else Decimal(0)
        return (now - before) / before * 100
    if derived.months_between:
        later, earlier = (number(v[n]) for n in derived.months_between)
        return (later - earlier) * 12 / Decimal("365.2425")
    if derived.round_half_up:
        name, step = (derived.round_half_up, 1.0) if isinstance(derived.round_half_up, str) else derived.round_half_up
        size = number(step)
        return (number(v[name]) / size + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * size
    if derived.scale:
        return number(v[derived.scale[0]]) * number(derived.scale[1])
    if derived.max:
        return max(number(v[n]) for n in derived.max)
    if derived.min:
        return min(number(v[n]) for n in derived.min)
    return sum(all(holds({}, n, v, c) for n, c in conditions.items()) for conditions in derived.count)


def _rests_on(derived: Derived) -> set[str]:
    parts = [derived.mean, derived.sum, derived.difference, derived.percent_change, derived.months_between, derived.max, derived.min]
    out = {name for part in parts for name in part or ()}
    out |= {
        n for n in (derived.round_half_up if isinstance(derived.round_half_up, tuple) else (derived.round_half_up,)) if isinstance(n, str)
    }
    out |= {derived.scale[0]} if derived.scale else set()
    return out | {name for conditions in derived.count for name in conditions}


class Patient:
    """A decision for complete values."""

    def __init__(self, guideline: Guideline, part: str, given: set[str], member_given: list[set[str]]) -> None:
        self.guideline = guideline
        self.part = part
        self.spec: Decidable = guideline.decisions[part] if part else guideline
        self.given, self.member_given = given, member_given
        self.derived = dict(guideline.derived)
        self.steps: list[Any] = list(guideline.steps)
        self.inputs = dict(guideline.inputs)
        if part:
            sub = guideline.decisions[part]
            self.derived = {n: guideline.derived[n] for n in sub.derive} | dict(sub.derived)
            flat = [s for step in guideline.steps for s in (step.steps if isinstance(step, ForEach) else (step,))]
            named = {getattr(s, "table", None): s for s in flat}
            self.steps = [named[n] for n in sub.run] + list(sub.steps)
            self.inputs = {n: guideline.inputs[n] for n in sub.share} | dict(sub.inputs)
        self.rests_on = {name: _rests_on(derived) for name, derived in self.derived.items()}

    def answers(self, values: Values, members: list[Values], check: bool = True) -> list[str] | None:
        """Possible answers (several where a row leaves it open); None where there is no such patient."""
        try:
            worlds = [dict(values)]
            worlds = self._prepare(worlds, self.given, [s for s in self.steps if isinstance(s, Table)], check, False)
            for step in self.steps:
                if isinstance(step, ForEach):
                    worlds = [w2 for w in worlds for w2 in self._members(step, w, members, check)]
                else:
                    worlds = [w2 for w in worlds for w2 in self._step(step, w, self.given)]
            return [self._text(self.spec.result.category, w) for w in worlds] or None
        except Stop as stop:
            return stop.answers

    def _names(self, world: Values) -> Values:
        out = dict(world)
        pending = True
        while pending:
            pending = False
            for name, derived in self.derived.items():
                if name not in out and self.rests_on[name] <= out.keys():
                    out[name] = derive(derived, out)
                    pending = True
        return out

    def _prepare(self, worlds: list[Values], given: set[str], tables: list[Table], check: bool, lesion: bool) -> list[Values]:
        out = []
        for world in worlds:
            for table in tables:
                if table.fills and table.fills in self.inputs and table.fills not in given and set(table.given) <= given:
                    world[table.fills] = self._first(table, world)[0]
            if check and self._impossible(world, lesion):
                continue
            for name, spec in self.inputs.items():
                if name in world and name not in given and (spec.scope == "lesion") == lesion:
                    for one in spec.assume:
                        seen = self._names(world)
                        if all(holds({}, n, seen, c) for n, c in one.when.items()):
                            world[name] = one.value
                            break
            out.append(world)
        return out

    def _impossible(self, world: Values, lesion: bool) -> bool:
        seen = self._names(world)
        for conditions in self.spec.impossible:
            about = any(self.inputs[n].scope == "lesion" for n in conditions if n in self.inputs)
            if about == lesion and all(holds({}, n, seen, c) for n, c in conditions.items()):
                return True
        return False

    def _first(self, table: Table, world: Values) -> list[Any]:
        seen = self._names(world)
        for row in table.rows:
            if all(holds({}, n, seen, c) for n, c in row.when.items()):
                if row.decide is not None:
                    raise Stop([str(d) for d in (row.decide if isinstance(row.decide, tuple) else (row.decide,))])
                return list(row.then) if isinstance(row.then, tuple) else [row.then]
        assert table.otherwise is not None, f"hole in {table.table}: {world}"
        return [table.otherwise]

    def _step(self, step: Any, world: Values, given: set[str]) -> list[Values]:
        if isinstance(step, Table):
            if step.fills and step.fills in self.inputs and not (step.fills not in given and set(step.given) <= given):
                return [world]
            return [{**world, step.table: outcome} for outcome in self._first(step, world)]
        seen = self._names(world)
        if isinstance(step, Points):
            total = sum(number(i.add) for i in step.items if all(holds({}, n, seen, c) for n, c in i.when.items()))
            return [{**world, step.points: total}]
        assert isinstance(step, Product)

        def cell(below: Any, axes: tuple[str, ...]) -> Any:
            """The first cell that fits; a key whose own grid lacks it does not."""
            if not axes:
                return below
            fits = (inner for key, inner in below.items() if key == "*" or str(seen[axes[0]]) in key.split(" | "))
            return next((found for inner in fits if (found := cell(inner, axes[1:])) is not None), None)

        return [{**world, step.product: cell(step.cells, step.axes)}]

    def _members(self, loop: ForEach, world: Values, members: list[Values], check: bool) -> list[Values]:
        worlds: list[tuple[Values, list[Values]]] = [(world, [])]
        for index, member in enumerate(members):
            grown = []
            for outer, done in worlds:
                given = self.given | self.member_given[index]
                inner = self._prepare([{**outer, **member}], given, [s for s in loop.steps if isinstance(s, Table)], check, True)
                for step in loop.steps:
                    inner = [w2 for w in inner for w2 in self._step(step, w, given)]
                grown += [(outer, [*done, one]) for one in inner]
            worlds = grown
        return [{**outer, **{k.into: self._keep(k, [self._names(d) for d in done], outer) for k in loop.keep}} for outer, done in worlds]

    def _keep(self, keep: Aggregate, done: list[Values], outer: Values) -> Any:
        if keep.worst:
            order = list(keep.order or self.guideline.categories)
            return max((str(d[keep.worst]) for d in done), key=order.index) if done else (keep.empty or order[0])
        if keep.count is not None:
            return sum(all(holds({}, n, d, c) for n, c in keep.count.items()) for d in done)
        if keep.sum:
            return sum((number(d[keep.sum]) for d in done), Decimal(0))
        if keep.max:
            return max((number(d[keep.max]) for d in done), default=Decimal(0))
        if keep.distinct:
            return len({d[keep.distinct] for d in done})
        assert keep.fold is not None
        state = keep.fold.start
        for d in done:
            seen = {**d, keep.into: state}
            state = next(str(r.then) for r in keep.fold.rows if all(holds({}, n, seen, c) for n, c in r.when.items()))
        return state

    def _text(self, template: str, world: Values) -> str:
        return " ".join(template.format(**world).split())


def representatives(name: str, spec: Input, thresholds: Mapping[str, set[Decimal]], extra: set[Decimal]) -> list[Any]:
    """Values of an unknown input that between them behave in every way in which any value does."""
    if spec.type == "bool":
        return [False, True]
    if spec.type == "choice":
        return [v for v in spec.values if v not in spec.only_if_said]
    if spec.type == "flags":
        # rows look for any, one, or a pair of flags; long lists are only asked whether there is any
        size = len(spec.values) if len(spec.values) <= 3 else 2 if len(spec.values) <= 6 else 0
        some = [frozenset(c) for n in range(1, size + 1) for c in itertools.combinations(spec.values, n)]
        return [frozenset(), *(some or [frozenset(spec.values[:1])])]
    near = Decimal("0.01") if spec.type == "number" else Decimal(1)
    points = {t + d for t in thresholds.get(name, set()) | extra for d in (-near, Decimal(0), near)}
    points |= {Decimal(1), Decimal(500)}
    low = number(spec.min) if spec.min is not None else Decimal(-1000)
    high = number(spec.max) if spec.max is not None else Decimal(10**6)
    kept = [p for p in sorted(points) if low <= p <= high]
    if isinstance(spec.only_if_said, str):
        kept = [p for p in kept if not _one(p, spec.only_if_said)]
    if spec.type == "integer":
        kept = sorted({p.to_integral_value() for p in kept})
    return kept


def thresholds_of(guideline: Guideline, part: str) -> dict[str, set[Decimal]]:
    """Every printed number, given to each input that the condition's name rests on."""
    patient = Patient(guideline, part, set(), [])
    found: dict[str, set[Decimal]] = {}

    def note(name: str, condition: Any) -> None:
        for text in condition if isinstance(condition, tuple) else (condition,):
            if isinstance(text, (int, float)) and not isinstance(text, bool):  # a number that stands alone: exactly this one
                text = f"<={text}"
            if not isinstance(text, str):
                continue
            for bound in re.findall(r"[<>]=?\s*(-?[\d.]+)", text):
                for source, shift in _sources(name):
                    found.setdefault(source, set()).update({number(bound), number(bound) - shift})

    def _sources(name: str) -> Iterator[tuple[str, Decimal]]:
        derived = patient.derived.get(name)
        if derived is None:
            yield name, Decimal(0)
        elif derived.round_half_up:
            inner, step = (derived.round_half_up, 1.0) if isinstance(derived.round_half_up, str) else derived.round_half_up
            yield inner, number(step) / 2

    def walk(steps: Any) -> None:
        for step in steps:
            if isinstance(step, Table):
                for row in step.rows:
                    for name, condition in row.when.items():
                        note(name, condition)
            elif isinstance(step, Points):
                for item in step.items:
                    for name, condition in item.when.items():
                        note(name, condition)
            elif isinstance(step, ForEach):
                walk(step.steps)

    walk(patient.steps)
    for spec in patient.inputs.values():
        for one in spec.assume:
            for name, condition in one.when.items():
                note(name, condition)
    return found


def brute_force(
    guideline: Guideline,
    part: str,
    known: Values,
    members: list[Values],
    extra: Mapping[str, set[Decimal]],
    limit: int,
    idle: tuple[str, ...] = (),
) -> set[str] | None:
    """Every answer over every completion; none where no patient is like that; None where there are more than
    `limit` completions. `idle` inputs are not varied."""
    patient = Patient(guideline, part, set(known), [set(m) for m in members])
    listed = guideline.list_name is not None and not part
    outer = {n: s for n, s in patient.inputs.items() if not (listed and s.scope == "lesion")}
    inner = {n: s for n, s in patient.inputs.items() if n not in outer}
    found = thresholds_of(guideline, part)
    axes: list[tuple[int, str, list[Any]]] = []
    total = 1
    for index, (have, slots) in enumerate([(known, outer), *((m, inner) for m in members)]):
        for name, spec in slots.items():
            if name not in have:
                options = [1] if name in idle else representatives(name, spec, found, extra.get(name, set()))
                axes.append((index, name, options))
                total *= len(options)
                if total > limit:
                    return None
    out: set[str] = set()
    for chosen in itertools.product(*(options for _, _, options in axes)):
        worlds: list[Values] = [dict(known), *(dict(m) for m in members)]
        for (index, name, _), value in zip(axes, chosen, strict=True):
            worlds[index][name] = value
        if all(
            _consistent(w, have, slots) for w, have, slots in zip(worlds, [known, *members], [outer, *[inner] * len(members)], strict=True)
        ):
            out |= set(patient.answers(worlds[0], worlds[1:]) or ())
    return out


def _consistent(world: Values, have: Values, slots: Mapping[str, Input]) -> bool:
    for name, spec in slots.items():
        mean = spec.otherwise
        follows = mean is not None and mean.mean and name not in have and all(g in have for g in mean.given)
        if mean is not None and follows and number(world[name]) != sum(number(world[n]) for n in mean.mean) / len(mean.mean):
            return False
        other = spec.at_most
        if other is not None and not (name in have and other in have) and number(world[name]) > number(world[other]):
            return False
    return True
