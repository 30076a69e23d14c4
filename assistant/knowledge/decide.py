"""Deciding: from what is known to the exact set of answers still possible, what would settle it, and by which rows.

Open world (`decide`): an input that is not given is unknown. Closed world (`decide_closed_world`): an omitted feature means
"assessed, and negative or default"; only there labels such as INSUFFICIENT:<input> and CONDITIONAL:<category> exist.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.knowledge import shelf
from assistant.knowledge.explore import DEAD, Diagram, explore
from assistant.knowledge.guideline import CONFIDENCE, CONFIDENCE_ORDER, NOT_APPLICABLE, Guideline, Row, Words
from assistant.knowledge.known import Known, Start, start
from assistant.knowledge.program import Program
from assistant.knowledge.settle import Settling, settle

_CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class LesionDecision:
    """One member of the list, decided by itself."""

    index: int
    category: str | None
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A guideline's answer. `category` is None exactly when more than one is possible."""

    guideline: str
    category: str | None
    label: str | None
    possible: tuple[str, ...]
    """From the least to the most severe; NOT_APPLICABLE last."""
    missing: tuple[str, ...] = ()
    """Inputs that could still change the answer (or, where the category stands, its label), most useful first."""
    missing_at: tuple[tuple[int | None, str], ...] = ()
    """The same with the place in the list (None: examination or patient)."""
    if_reported: tuple[Settling, ...] = ()
    """What one further statement would make of it, the shortest way to an answer first."""
    rows: tuple[str, ...] = ()
    """Ids of the rows that decide, in order; all that still could, while the answer is open."""
    cites: tuple[str, ...] = ()
    """Sections of the source that those rows cite."""
    confidence: str = "verified"
    """The weakest mark of the rows: verified, verified_secondary, known, unsure."""
    reason: Words | None = None
    lesions: tuple[LesionDecision, ...] = ()
    dominant: int | None = None
    """Which member of the list decides; the most severe, the larger of equals."""
    open_label: str | None = None
    """The closed-world label of a row that leaves it open."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What is known once silence has been given its declared meaning."""

    known: dict[str, Any]
    assumed: tuple[str, ...]
    """Inputs of the examination or the patient whose silence counts as their default."""
    assumed_at: tuple[tuple[int | None, str], ...] = ()
    """The same with members of the list."""
    why: Mapping[tuple[int | None, str], Words] = field(default_factory=dict)
    """For conditional assumptions: why."""


_cache: OrderedDict[tuple[int, Start], tuple[Program, Decision]] = OrderedDict()


def decide(guideline: str | Program, known: Known) -> Decision:
    """What the guideline says, given what is known.

    Args:
        guideline: an id; a dot names a sub-decision ("lungrads_v2022.growth"). Or a compiled program.
        known: input to value, to several values (any of them), to a `Range` or a condition such as "<10"; for flags a list is one
            value, a set of lists several. An input that is missing is unknown. Guidelines with a list take it under its name.

    Raises:
        UnknownName: no such guideline or input.
        InputError: a value that the input cannot have.
    """
    program = shelf.program(guideline) if isinstance(guideline, str) else guideline
    begin = start(program, known)
    key = (id(program), begin)
    hit = _cache.get(key)
    if hit is not None and hit[0] is program:
        _cache.move_to_end(key)
        return hit[1]
    decision = _decide(program, begin)
    _cache[key] = (program, decision)
    if len(_cache) > _CACHE_SIZE:
        _cache.popitem(last=False)
    return decision


def possible(program: Program, known: Known) -> set[str]:
    """Only the categories that are possible, without saying why; for searching and for checks."""
    return _explored(program, start(program, known)).possible()


def _explored(program: Program, begin: Start) -> Diagram:
    diagram = explore(program, begin)
    if diagram.root == DEAD:  # what is known contradicts itself: read it as it stands
        diagram = explore(program, begin, possible_only=False)
    return diagram


def _decide(program: Program, begin: Start) -> Decision:
    diagram = _explored(program, begin)
    found = _ordered(program, diagram.possible())
    category = found[0] if len(found) == 1 else None
    rows = [row for _, row in sorted(diagram.rows.items(), key=lambda item: item[0][0])]
    labels = [NOT_APPLICABLE] if category == NOT_APPLICABLE else [label for name in found for label in diagram.labels[name]]
    hints = settle(program, begin, diagram) if category is None else None
    if category is not None and len(labels) > 1:  # the category stands, what is tied to it does not
        labelled = explore(program, begin, by_label=True)
        hints = replace(settle(program, begin, labelled), settling=())
    lesions = _lesions(program, begin, found)
    return Decision(
        guideline=program.id,
        category=category,
        label=labels[0] if category is not None and len(labels) == 1 else category,
        possible=found,
        missing=tuple(dict.fromkeys(name for _, name in hints.missing)) if hints else (),
        missing_at=hints.missing if hints else (),
        if_reported=hints.settling if hints else (),
        rows=tuple(dict.fromkeys(row.id for row in rows)),
        cites=tuple(dict.fromkeys(row.cite for row in rows)),
        confidence=max((CONFIDENCE[row.mark] for row in rows), key=CONFIDENCE_ORDER.index, default="verified"),
        reason=_reason(rows, category),
        lesions=lesions,
        dominant=_dominant(program, begin, lesions),
        open_label=next((row.label for row in rows if row.label and isinstance(row.outcome, tuple)), None),
    )


def _reason(rows: Sequence[Row], category: str | None) -> Words | None:
    return next((row.reason for row in rows if row.reason and row.decide == category), None) if category is not None else None


def _ordered(program: Program, categories: set[str]) -> tuple[str, ...]:
    rank = {name: i for i, name in enumerate(program.order)}
    return tuple(sorted(categories, key=lambda c: (c == NOT_APPLICABLE, rank.get(c, len(rank)), c)))


def _lesions(program: Program, begin: Start, whole: tuple[str, ...]) -> tuple[LesionDecision, ...]:
    alone = [replace(begin, members=(member,)) for member in begin.members]
    known: dict[Start, tuple[str, ...]] = {begin: whole}
    out = []
    for index, one in enumerate(alone):
        if one not in known:
            known[one] = _ordered(program, _explored(program, one).possible())
        found = known[one]
        out.append(LesionDecision(index, found[0] if len(found) == 1 else None, found))
    return tuple(out)


def _dominant(program: Program, begin: Start, lesions: tuple[LesionDecision, ...]) -> int | None:
    if not lesions:
        return None
    rank = {name: i for i, name in enumerate(program.order)}
    sizes = [slot.index for slot in program.lesion_inputs.values() if slot.input.unit in ("mm", "cm")]

    def severity(lesion: LesionDecision) -> tuple[int, int, float]:
        ranks = [rank.get(c, -1) for c in lesion.possible if c != NOT_APPLICABLE]
        doms = begin.members[lesion.index][0][0]
        size = next((float(doms[slot][-1][2]) for slot in sizes if doms[slot] and doms[slot][-1][2] != float("inf")), -1.0)
        return (max(ranks, default=-1), min(ranks, default=-1), size)

    return max(lesions, key=lambda lesion: (*severity(lesion), -lesion.index)).index


def fill_silence(guideline: str | Program, known: Known) -> Filled:
    """Give silence its declared meaning: inputs with `silence: absent` get their default, conditional assumptions are made."""
    program = shelf.program(guideline) if isinstance(guideline, str) else guideline
    out = dict(known)
    assumed: dict[tuple[int | None, str], None] = {}
    why: dict[tuple[int | None, str], Words] = {}
    listed = program.guideline.list_name if program.lesion_inputs else None
    members = [dict(member) for member in known.get(listed, ())] if listed else []
    filled = _defaults(program, program.inputs, out)
    assumed |= {(None, name): None for name in filled}
    for index, member in enumerate(members):
        assumed |= {(index, name): None for name in _defaults(program, program.lesion_inputs, member)}
    if listed:
        out[listed] = members
    for where, target, slots in [(None, out, program.inputs), *((i, m, program.lesion_inputs) for i, m in enumerate(members))]:
        for name, slot in slots.items():
            for assumption in slot.input.assume:
                if target.get(name) is None and _holds(program, out, where, members, assumption.when):
                    target[name] = assumption.value
                    assumed[where, name] = None
                    why[where, name] = assumption.why
                    break
    return Filled(out, tuple(name for where, name in assumed if where is None), tuple(assumed), why)


def _defaults(program: Program, slots: Mapping[str, Any], known: dict[str, Any]) -> list[str]:
    followed = {table.fills for table in program.tables.values() if table.fills and all(known.get(g) is not None for g in table.given)}
    out = []
    for name, slot in slots.items():
        if known.get(name) is None and slot.input.silence == "absent" and name not in followed:
            known[name] = slot.input.default
            out.append(name)
    return out


def _holds(program: Program, known: Mapping[str, Any], where: int | None, members: Sequence[Known], when: Mapping[str, Any]) -> bool:
    """Do the conditions hold whatever the unknown turns out to be?"""
    given = dict(known)
    listed = program.guideline.list_name
    if listed and program.lesion_inputs:
        given[listed] = [] if where is None else [members[where]]
    begin = start(program, given)
    doms = begin.state[0]
    if where is not None:
        doms = (*doms[: program.lesion_from], *begin.members[0][0][0][program.lesion_from :])
    condition = program.names.compile(dict(when))
    return all(test(doms) is True for test in condition.tests)


def decide_closed_world(guideline: str | Program, features: Mapping[str, Any]) -> Decision:
    """The decision where an omitted feature means "assessed, and negative or default"; its `label` is the vectors' form.

    The value "unknown" (where it is no value of the input) and null leave the input open, unless the input says what null means.
    """
    program = shelf.program(guideline) if isinstance(guideline, str) else guideline
    known = closed_world(program, features)
    decision = decide(program, known)
    if decision.category is not None:
        tied = f"INSUFFICIENT:{_called(program, _first_missing(program, decision))}" if decision.missing else None
        return replace(decision, label=tied or _closed_label(program, decision))
    label = decision.open_label
    rest = [name for name in decision.possible if name != NOT_APPLICABLE]
    if len(rest) < len(decision.possible) and len(rest) == 1:
        label = f"CONDITIONAL:{rest[0]}"
    elif label is None and decision.missing:
        label = f"INSUFFICIENT:{_called(program, _first_missing(program, decision))}"
    return replace(decision, label=label or "INSUFFICIENT:review")


def _first_missing(program: Program, decision: Decision) -> str:
    """The missing input that the guideline names first."""
    declared = [*program.inputs, *program.lesion_inputs]
    return min(decision.missing, key=declared.index)


def _called(program: Program, name: str) -> str:
    slot = program.inputs.get(name) or program.lesion_inputs[name]
    return slot.input.insufficient or name


def _closed_label(program: Program, decision: Decision) -> str | None:
    if decision.category != NOT_APPLICABLE:
        return decision.label
    for table in program.tables.values():
        for row in table.rows:
            if row.id in decision.rows and row.decide == NOT_APPLICABLE and row.label:
                return row.label
    return NOT_APPLICABLE


def closed_world(program: Program, features: Mapping[str, Any]) -> dict[str, Any]:
    """Features with every omission turned into the input's default, where it has one."""
    listed = program.guideline.list_name if program.lesion_inputs else None
    out = {name: value for name, value in features.items() if name != listed}
    _omissions(program, program.inputs, out, features)
    if listed:
        members = features.get(listed) or []
        if isinstance(members, Sequence) and all(isinstance(m, Mapping) for m in members):
            members = [dict(member) for member in members]
            for member in members:
                _omissions(program, program.lesion_inputs, member, dict(member))
        out[listed] = members
    return out


def _omissions(program: Program, slots: Mapping[str, Any], known: dict[str, Any], features: Mapping[str, Any]) -> None:
    followed = {table.fills for table in program.tables.values() if table.fills and all(known.get(g) is not None for g in table.given)}
    for name, slot in slots.items():
        value = features.get(name)
        if slot.input.several and isinstance(value, (list, tuple)):
            known[name] = (max if slot.input.several == "max" else min)(value) if value else slot.input.default
        elif name in features:
            if value is None:
                known[name] = slot.input.if_null
            elif value == "unknown" and "unknown" not in slot.input.values:
                known[name] = None
            elif isinstance(value, (list, tuple)) and slot.input.type == "flags":
                known[name] = tuple(value)
        elif name not in followed and slot.input.default is not None:
            known[name] = slot.input.default


def adjusted(guideline: str | Program, known: Known) -> Decision | None:
    """The decision if features that are only described were applied; None where that changes nothing."""
    program = shelf.program(guideline) if isinstance(guideline, str) else guideline
    changed = dict(known)
    for applied, described in program.guideline.adjusted_by.items():
        more = known.get(described)
        if more and not isinstance(more, (set, frozenset)):
            changed[applied] = tuple(dict.fromkeys([*(known.get(applied) or ()), *more]))
    if changed == dict(known):
        return None
    before, after = decide(program, known), decide(program, changed)
    return after if after.possible != before.possible else None


def management(guideline: Guideline, category: str | None) -> Words | None:
    """What the guideline suggests for a category, in our own words."""
    text = guideline.categories.get(category or "")
    return text.management if text else None
