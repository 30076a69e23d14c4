"""cases.yaml: what a guideline must answer, in words that its reader uses, written from the source and not from the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from assistant.errors import AssistantError
from assistant.knowledge import shelf
from assistant.knowledge.decide import Decision, closed_world, decide, decide_closed_world, fill_silence
from assistant.knowledge.explore import DEAD, explore
from assistant.knowledge.guideline import Part
from assistant.knowledge.known import Start, start
from assistant.knowledge.program import Program
from assistant.knowledge.strict_yaml import load_model


class Expected(Part):
    """What the answer must be. `category` or `possible` is given; the rest is checked where it is given."""

    category: str | None = None
    possible: tuple[str, ...] = ()
    label: str | None = None
    missing: tuple[str, ...] | None = None
    """As a set: order is not part of a case."""
    rows: tuple[str, ...] = ()
    """Rows that must be among those that decide."""
    dominant: int | None = None

    @model_validator(mode="after")
    def _answer(self) -> Expected:
        if self.category is None and not self.possible:
            raise ValueError("a case expects a category or the possible ones")
        return self


class Case(Part):
    """One question with its answer."""

    name: str
    decision: str = ""
    """A sub-decision; empty: the guideline itself."""
    world: Literal["closed", "report"] = "closed"
    """closed: omitted means assessed and negative. report: omitted means that the report is silent."""
    given: dict[str, Any]
    expect: Expected


class Cases(Part):
    """A guideline's cases."""

    source: str
    """Where they come from and who checked them."""
    base: dict[str, Any] = Field(default_factory=dict)
    """What holds in every case of the guideline itself unless the case says otherwise; null there: not given."""
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Trial:
    """A case ready to run against a program, changed or not."""

    case: Case
    begin: Start

    def answer(self, program: Program) -> tuple[frozenset[str], tuple[str, ...]]:
        """Possible categories and their labels: what a change to the table would change."""
        diagram = explore(program, self.begin)
        if diagram.root == DEAD:
            diagram = explore(program, self.begin, possible_only=False)
        found = diagram.possible()
        return frozenset(found), tuple(sorted(label for name in found for label in diagram.labels[name]))


def load_cases(name: str) -> Cases:
    """The cases of a guideline.

    Raises:
        KnowledgeError: the file is missing or wrong.
    """
    loaded = load_model(shelf.folder() / name / "cases.yaml", Cases)
    cases = (case if case.decision else case.model_copy(update={"given": {**loaded.base, **case.given}}) for case in loaded.cases)
    return loaded.model_copy(update={"cases": tuple(cases)})


def known_in(program: Program, case: Case) -> Mapping[str, Any]:
    """What the case makes known."""
    return closed_world(program, case.given) if case.world == "closed" else fill_silence(program, case.given).known


def trial(program: Program, case: Case) -> Trial:
    """The case against a program."""
    return Trial(case, start(program, known_in(program, case)))


def failures(program: Program, case: Case) -> list[str]:
    """What is not as the case expects; empty where all is well."""
    try:
        got = decide_closed_world(program, case.given) if case.world == "closed" else decide(program, known_in(program, case))
    except AssistantError as error:
        return [error.message]
    return _compare(case.expect, got)


def _compare(expect: Expected, got: Decision) -> list[str]:
    out = []
    wanted = (expect.category,) if expect.category is not None else expect.possible
    if set(got.possible) != set(wanted):
        out.append(f"expected {' | '.join(map(str, wanted))}, got {' | '.join(got.possible)}")
    if expect.label is not None and got.label != expect.label:
        out.append(f"expected the label {expect.label}, got {got.label}")
    if expect.missing is not None and set(got.missing) != set(expect.missing):
        out.append(f"expected to miss {', '.join(expect.missing) or 'nothing'}, missed {', '.join(got.missing) or 'nothing'}")
    if not set(expect.rows) <= set(got.rows):
        out.append(f"expected rows {', '.join(expect.rows)}, got {', '.join(got.rows)}")
    if expect.dominant is not None and got.dominant != expect.dominant:
        out.append(f"expected member {expect.dominant} to decide, got {got.dominant}")
    return out
