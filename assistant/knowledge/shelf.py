"""The guidelines on the shelf: one folder each, loaded and compiled once when first asked for."""

from __future__ import annotations

import functools
from difflib import get_close_matches
from pathlib import Path

from assistant.errors import KnowledgeError, UnknownName
from assistant.knowledge.compiling import compile_program
from assistant.knowledge.guideline import Guideline
from assistant.knowledge.program import Program
from assistant.knowledge.strict_yaml import load_model
from assistant.rooms import room


def folder() -> Path:
    """Where the guidelines are."""
    return room("knowledge_base") / "guidelines"


@functools.cache
def guideline_ids() -> tuple[str, ...]:
    """Ids of every guideline there is, in order."""
    return tuple(sorted(path.parent.name for path in folder().glob("*/guideline.yaml")))


@functools.cache
def guideline(name: str) -> Guideline:
    """A guideline by its id.

    Raises:
        UnknownName: there is none of that id; the nearest ones are in the hint.
        KnowledgeError: its file is wrong.
    """
    if name not in guideline_ids():
        raise unknown_guideline(name)
    path = folder() / name / "guideline.yaml"
    loaded = load_model(path, Guideline)
    if loaded.id != name:
        raise KnowledgeError(f"The id {loaded.id} is not the folder's name.", file=str(path), line=1)
    return loaded


@functools.cache
def program(name: str) -> Program:
    """The compiled decision of an id; a dot names a sub-decision ("lungrads_v2022.growth").

    Raises:
        UnknownName: there is no such guideline or sub-decision.
        KnowledgeError: its file is wrong.
    """
    whole, _, part = name.partition(".")
    return compile_program(guideline(whole), part)


def forget() -> None:
    """Read the files again when next asked; for tests and for editing a guideline."""
    for cached in (guideline_ids, guideline, program):
        cached.cache_clear()


def unknown_guideline(name: str) -> UnknownName:
    """The error for an id that nobody has."""
    near = [known for known in guideline_ids() if name and known.startswith(name)] or get_close_matches(name, guideline_ids(), 3, 0.4)
    hint = f"Did you mean {', '.join(near)}?" if near else f"There are: {', '.join(guideline_ids())}."
    return UnknownName(f"There is no guideline {name}.", hint=hint, code="unknown_guideline")
