"""A compiled guideline: where every name is found and which operations follow one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.knowledge.conditions import Names
from assistant.knowledge.guideline import Guideline, Input, Table
from assistant.knowledge.operations import Operation
from assistant.knowledge.state import Domains


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """An input's place in the state."""

    name: str
    index: int
    input: Input
    seen: dict[Any, Any] = field(default_factory=dict)
    """Domains of values met before."""


@dataclass(slots=True)
class Program:
    """Everything that deciding needs, computed once."""

    id: str
    guideline: Guideline
    inputs: dict[str, Slot]
    lesion_inputs: dict[str, Slot]
    """Inputs of the members of the list; empty without one."""
    start: Domains
    """Domains before anything is known; inputs are None here and filled in by `known`."""
    before: tuple[Operation, ...]
    body: tuple[Operation, ...]
    """Once per member of the list; the last one keeps."""
    after: tuple[Operation, ...]
    integers: frozenset[int]
    lesion_from: int
    """Slots from here on belong to the member of the list at hand."""
    empty: tuple[tuple[int, int], ...]
    """Slots that an empty list sets."""
    top: tuple[int, int] | None
    """(slot, mask): once the worst has reached this, further members change nothing."""
    order: tuple[str, ...]
    """Categories from the least to the most severe."""
    tables: dict[str, Table]
    outcome_values: dict[str, tuple[Any, ...]]
    names: Names
    read: frozenset[int] = frozenset()
    """Slots that anything reads."""
