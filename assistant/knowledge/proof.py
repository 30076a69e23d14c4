"""`radassist kb check`: that a guideline's tables have no hole, no overlap and no dead row, and that its cases would notice a slip."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from assistant.errors import AssistantError, KnowledgeError
from assistant.knowledge import shelf
from assistant.knowledge.cases import Case, Trial, failures, known_in, load_cases, trial
from assistant.knowledge.compiling import compile_program
from assistant.knowledge.conditions import Choice, Count, Distinct, Linear
from assistant.knowledge.decide import decide
from assistant.knowledge.guideline import CONFIDENCE, Guideline, Input
from assistant.knowledge.intervals import EVERYTHING, Num, comparisons, plain, whole
from assistant.knowledge.known import Start, limits
from assistant.knowledge.mutants import hunt, tables
from assistant.knowledge.operations import TableOperation
from assistant.knowledge.program import Program
from assistant.knowledge.reading_rules import drift
from assistant.knowledge.signature import Signature, signature
from assistant.knowledge.state import NOTHING_SETTLED, State, project, split

_HEADING = re.compile(r"^## +([a-z0-9_]+)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `kind` is stable, `where` names the row, input or case."""

    kind: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven of one guideline."""

    guideline: str
    edition: str
    tables: int = 0
    rows: int = 0
    inputs: int = 0
    cases: int = 0
    mutants: int = 0
    killed: int = 0
    marks: tuple[tuple[str, int], ...] = ()
    """Rows per confidence."""
    problems: tuple[Problem, ...] = ()
    signature: Signature | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Nothing is wrong. A missing signature is no error; it is shown."""
        return not self.problems


def prove_all() -> list[Proof]:
    """Every guideline on the shelf."""
    return [prove(name) for name in shelf.guideline_ids()]


def prove(name: str) -> Proof:
    """One guideline with its sub-decisions. A file that cannot be loaded is a problem, not an exception.

    Raises:
        UnknownName: no such guideline.
    """
    began = time.perf_counter()
    if name not in shelf.guideline_ids():
        raise shelf.unknown_guideline(name)
    try:
        guideline = shelf.guideline(name)
        cases = load_cases(name).cases
        programs = {part: compile_program(guideline, part) for part in (*([""] if guideline.decides else []), *guideline.decisions)}
        drifted = list(drift(guideline))
    except AssistantError as error:
        faults = [error, *error.others] if isinstance(error, KnowledgeError) else [error]
        told = tuple(Problem("load", name, f"{fault.message} {fault.hint}".strip()) for fault in faults)
        return Proof(name, "", problems=told, seconds=time.perf_counter() - began)
    problems: list[Problem] = [*_passages(guideline), *(Problem("reading", f"{name}.{at}", text) for at, text in drifted)]
    made = killed = 0
    hit: set[str] = set()
    for part, program in programs.items():
        mine = [case for case in cases if case.decision == part]
        problems += _tables(program)
        failed = [(case, text) for case in mine for text in failures(program, case)]
        problems += [Problem("case", case.name, text) for case, text in failed]
        if failed:
            continue
        trials = [trial(program, case) for case in mine]
        hit |= _hit(program, mine)
        problems += _sides(program, trials)
        problems += _silences(program, mine)
        found = hunt(program, trials, full_state(program))
        made += found.made
        killed += found.made - len(found.survivors)
        problems += [Problem("mutant", f"{m.table}.{m.row}", f"no case notices: {m.change}") for m in found.survivors]
    rows = {row.row.id: row.row for program in programs.values() for table in tables(program) for row in table.rows}
    rows |= {row.id: row for program in programs.values() for row in _point_rows(program)}
    if not any(p.kind == "case" for p in problems):
        problems += [Problem("row_not_hit", name, "no case reaches this row") for name in rows if name not in hit]
    problems += [Problem("decision", case.name, f"there is no decision {case.decision}") for case in cases if case.decision not in programs]
    marks: dict[str, int] = {}
    for row in rows.values():
        marks[CONFIDENCE[row.mark]] = marks.get(CONFIDENCE[row.mark], 0) + 1
    return Proof(
        guideline=name,
        edition=guideline.edition,
        tables=len({table.name for program in programs.values() for table in tables(program)}),
        rows=len(rows),
        inputs=len({n for program in programs.values() for n in (*program.inputs, *program.lesion_inputs)}),
        cases=len(cases),
        mutants=made,
        killed=killed,
        marks=tuple(marks.items()),
        problems=tuple(problems),
        signature=signature(name),
        seconds=time.perf_counter() - began,
    )


def full_state(program: Program) -> State:
    """The state in which every slot may be anything at all, outcomes of tables too."""
    doms: list[Any] = [None] * (len(program.start) - 1)
    for name, ref in program.names.refs.items():
        slot = program.inputs.get(name) or program.lesion_inputs.get(name)
        if slot is not None:
            doms[slot.index] = _anything(slot.input)
        elif isinstance(ref, Choice):
            doms[ref.slot] = (1 << len(ref.values)) - 1
        elif isinstance(ref, Distinct):
            doms[ref.slot] = 0
        elif isinstance(ref, Linear) and len(ref.weights) == 1 and doms[ref.weights[0][0]] is None:
            doms[ref.weights[0][0]] = (EVERYTHING,)
    return ((*doms, NOTHING_SETTLED), ())


def _anything(spec: Input) -> Any:
    if spec.type == "bool":
        return 3
    if spec.type == "choice":
        return (1 << len(spec.values)) - 1
    if spec.type == "flags":
        return (0, (1 << len(spec.values)) - 1, 0, len(spec.values))
    return whole(limits(spec)) if spec.type == "integer" else limits(spec)


def _tables(program: Program) -> Iterator[Problem]:
    """Holes, overlaps and rows that can never be reached, over every state."""
    full = full_state(program)
    for table in tables(program):
        seen: set[str] = set()
        holes = [state for result, state in _walk(program, table, full, seen) if result == "hole"]
        if holes:
            where = _in_words(program, table, holes[0])
            yield Problem("hole", f"{program.id}.{table.name}", f"{len(holes)} combinations match no row, among them {where}")
        for compiled in table.rows:
            if compiled.row.id not in seen:
                yield Problem("dead_row", compiled.row.id, "earlier rows always match first")
        if table.unique:
            for pair in sorted(_overlaps(program, table, full)):
                yield Problem("overlap", f"{program.id}.{table.name}", f"rows {pair[0]} and {pair[1]} can both match")


def _in_words(program: Program, table: TableOperation, state: State) -> str:
    """A state as its reader would write it, what the table reads of it."""
    out = []
    for name, ref in program.names.refs.items():
        slot = ref.weights[0][0] if isinstance(ref, Linear) and len(ref.weights) == 1 else getattr(ref, "slot", None)
        if slot not in table.reads or (isinstance(ref, Linear) and ref.weights != ((slot, 1),)):
            continue
        domain = state[0][slot]
        if domain is None:
            continue
        if isinstance(ref, Choice):
            values = [v for i, v in enumerate(ref.values) if domain >> i & 1]
            if len(values) < len(ref.values):
                out.append(f"{name}: {' or '.join(str(v).lower() if isinstance(v, bool) else str(v) for v in values)}")
        elif isinstance(ref, Linear) and ref.constant == 0:
            out.append(f"{name}: {' or '.join(_interval(one) for one in domain)}")
    return ", ".join(out) or "all that no row names"


def _interval(one: Any) -> str:
    low, low_in, high, high_in = one
    if low == high:
        return f"{plain(low):g}"
    parts = [f"{'>=' if low_in else '>'}{plain(low):g}"] if abs(low) != inf else []
    parts += [f"{'<=' if high_in else '<'}{plain(high):g}"] if abs(high) != inf else []
    return " and ".join(parts) or "anything"


def _walk(program: Program, table: TableOperation, full: State, seen: set[str]) -> Iterator[tuple[str, State]]:
    done: set[tuple[Any, State]] = set()
    stack: list[tuple[Any, State]] = [(None, full)]
    while stack:
        at, state = stack.pop()
        state = project(state, table.from_row[at] if at else table.reads, within=True)
        if (at, state) in done:
            continue
        done.add((at, state))
        rows: dict[tuple[int, str], Any] = {}
        result = table.run(state[0], rows, at)
        seen |= {row for _, row in rows}
        if result[0] == "ask":
            stack += [(result[2], half) for half in split(state, result[1], program.integers) if half is not None]
        else:
            yield str(result[0]), state


def _overlaps(program: Program, table: TableOperation, full: State) -> set[tuple[str, str]]:
    out: set[tuple[str, str]] = set()
    done: set[State] = set()
    stack = [project(full, table.reads)]
    while stack:
        state = stack.pop()
        if state in done:
            continue
        done.add(state)
        sure = []
        ask = None
        for compiled in table.rows:
            verdicts = [test(state[0]) for test in compiled.condition.tests]
            if any(v is False for v in verdicts):
                continue
            unknown = next((v for v in verdicts if v is not True), None)
            ask = ask or unknown
            if unknown is None:
                sure.append(compiled.row.id)
        if ask is not None:
            stack += [half for half in split(state, ask, program.integers) if half is not None]  # type: ignore[arg-type]
        out |= {(a, b) for i, a in enumerate(sure) for b in sure[i + 1 :]}
    return out


def _hit(program: Program, cases: list[Case]) -> set[str]:
    """Rows that some case with one answer reaches; rows that leave it open may be reached by an open one."""
    out: set[str] = set()
    listed = {row.row.id for table in tables(program) for row in table.rows if isinstance(row.row.outcome, tuple)}
    for case in cases:
        got = decide(program, known_in(program, case))
        out |= set(got.rows) if got.category is not None else set(got.rows) & listed
    return out


def _point_rows(program: Program) -> Iterator[Any]:
    from assistant.knowledge.operations import PointsOperation

    for op in (*program.before, *program.body, *program.after):
        if isinstance(op, PointsOperation):
            yield from (row for row, _, _ in op.items)


def _sides(program: Program, trials: list[Trial]) -> Iterator[Problem]:
    """Both sides of every printed threshold, and the threshold itself, are tried by some case."""
    for name, bound in sorted(set(_thresholds(program)), key=lambda t: (t[0], t[1])):
        below = program.names.compile({name: f"<{plain(bound):g}"}).tests[0]
        above = program.names.compile({name: f">{plain(bound):g}"}).tests[0]
        found = set()
        for one in trials:
            for doms in _views(program, one.begin):
                if below(doms) is True:
                    found.add("below")
                elif above(doms) is True:
                    found.add("above")
                elif below(doms) is False and above(doms) is False:
                    found.add("at")
        lacking = [side for side in ("below", "at", "above") if side not in found | _beyond(program, name, bound)]
        if lacking:
            yield Problem("threshold", f"{program.id}.{name}", f"no case {' or '.join(lacking)} {plain(bound):g}")


def _beyond(program: Program, name: str, bound: Num) -> set[str]:
    """Sides of a threshold that no value of the input lies on: nothing is below 0 degrees."""
    slot = program.inputs.get(name) or program.lesion_inputs.get(name)
    least, most = (slot.input.min, slot.input.max) if slot else (None, None)
    below = {"below"} if least is not None and plain(bound) <= least else set()
    return below | ({"above"} if most is not None and plain(bound) >= most else set())


def _thresholds(program: Program) -> Iterator[tuple[str, Num]]:
    for table in tables(program):
        for compiled in table.rows:
            for name, condition in compiled.row.when.items():
                ref = program.names.refs[name]
                known = name in program.inputs or name in program.lesion_inputs or name in program.guideline.derived
                if not isinstance(condition, str) or isinstance(ref, (Choice, Count, Distinct)) or not known:
                    continue
                yield from ((name, bound) for _, bound in comparisons(condition) or ())


def _views(program: Program, begin: Start) -> Iterator[Any]:
    doms = begin.state[0]
    if not begin.members:
        filler = full_state(program)[0]
        yield (*doms[: program.lesion_from], *filler[program.lesion_from :])
    for (member, _), _ in begin.members:
        yield (*doms[: program.lesion_from], *member[program.lesion_from :])


def _silences(program: Program, cases: list[Case]) -> Iterator[Problem]:
    """For every input that matters some case leaves it out and says what that does."""
    reports = [case for case in cases if case.world == "report"]
    missed = {name for case in reports for name in case.expect.missing or ()}
    for slots in (program.inputs, program.lesion_inputs):
        for name, slot in slots.items():
            if slot.index not in program.read or slot.input.silence == "absent":
                continue
            if isinstance(slot.input.only_if_said, str) or not _matters(program, name):
                continue
            if name not in missed:
                yield Problem(
                    "not_stated", f"{program.id}.{name}", f"no case leaves it out: add one of world: report that expects missing: [{name}]"
                )


def _matters(program: Program, name: str) -> bool:
    """Is it read by a table other than one that only runs when it is given?"""
    slot = program.inputs.get(name) or program.lesion_inputs[name]
    readers = [op for op in (*program.before, *program.body, *program.after) if slot.index in op.reads]
    return any(op.fill is None or (isinstance(op, TableOperation) and name not in program.tables[op.name].given) for op in readers)


def _passages(guideline: Guideline) -> Iterator[Problem]:
    """Every section that is cited has a passage in our own words."""
    path = shelf.folder() / guideline.id / "passages.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    there = set(_HEADING.findall(text))
    for section in guideline.source.sections:
        if section not in there:
            yield Problem(
                "passage",
                f"{guideline.id}.{section}",
                f"passages.md has no passage for this section, under a heading such as: ## {section}: title",
            )
