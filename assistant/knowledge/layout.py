"""Grids and answers as they are laid out in the file: the cells of a product, the text of an answer."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from assistant.errors import KnowledgeError
from assistant.knowledge.conditions import Choice, Linear, Names
from assistant.knowledge.intervals import plain, single
from assistant.knowledge.operations import Template
from assistant.knowledge.state import Domains


def cells_of(name: str, cells: Any, axes: list[Choice], file: str) -> dict[tuple[int, ...], Any]:
    """A grid's outcomes by the places of its axes' values; of two keys that fit the first holds.

    Raises:
        KnowledgeError: the grid is not as deep as it has axes, or a key is no value of its axis.
    """
    if not axes:
        return {(): cells}
    if not isinstance(cells, Mapping):
        raise KnowledgeError(f"{name}: the grid is not as deep as it has axes.", file=file)
    out: dict[tuple[int, ...], Any] = {}
    for key, below in cells.items():
        found: list[int] = []
        for text in key.split(" | "):
            if text == "*":
                found += range(len(axes[0].values))
                continue
            position = next((i for i, v in enumerate(axes[0].values) if str(v) == text), None)
            if position is None:
                raise KnowledgeError(f"{name}: {text} is no value of this axis.", file=file)
            found.append(position)
        for inner, value in cells_of(name, below, axes[1:], file).items():
            for position in found:
                out.setdefault((position, *inner), value)
    return out


def leaves(cells: Any) -> list[Any]:
    """Every outcome of a grid."""
    if isinstance(cells, Mapping):
        return [leaf for below in cells.values() for leaf in leaves(below)]
    return [cells]


def fields(text: str) -> list[str]:
    """The names in an answer's text: "{t} {n} {m}"."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def template(names: Names, text: str) -> Template:
    """What fills an answer's text in, or tells what must be known first; an outcome without words leaves no space behind."""
    refs = [(name, names.ref(name)) for name in fields(text)]
    if not refs:
        return lambda doms: text

    def render(doms: Domains) -> Any:
        values = {}
        for name, ref in refs:
            if isinstance(ref, Choice):
                domain = doms[ref.slot]
                lowest = domain & -domain
                if domain != lowest:
                    return ("c", ref.slot, lowest)
                values[name] = ref.values[domain.bit_length() - 1]
            elif isinstance(ref, Linear) and len(ref.weights) == 1:
                number = single(doms[ref.weights[0][0]])
                values[name] = "?" if number is None else plain(number)
        return " ".join(text.format(**values).split())

    return render
