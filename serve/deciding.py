"""The tables alone: features in, a guideline's answer out, without a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assistant.errors import InputError
from serve.rows import RowError
from serve.source import Line
from serve.sweep import Answer, Progress, answer_row, sweep


def decided(row: dict[str, Any], *, closed_world: bool) -> dict[str, Any]:
    """The answer to one row {"id", "guideline", "features"}.

    Raises:
        UnknownName: no such guideline.
        InputError: a feature that the guideline does not ask for, or a value that it cannot have.
    """
    from assistant.knowledge.rows import decide_row

    return decide_row(row, closed_world=closed_world)


def run(source: str, target: Path, closed_world: bool, on_progress: Callable[[Progress], None], log: Callable[[str], None]) -> Progress:
    """Decides every row of a JSONL file; what cannot be decided becomes an error object in its place."""

    def answers(lines: Iterator[Line]) -> Iterator[Answer]:
        return (answer_row(line, lambda row: decided(row, closed_world=closed_world)) for line in lines)

    return sweep(source, target, answers, on_progress=on_progress, log=log)


def features_from(text: str) -> dict[str, Any]:
    """The features of a command line: a JSON object, or @FILE that holds one.

    Raises:
        InputError: not a JSON object.
    """
    from serve.decode import decode, read_bytes
    from serve.rows import parse_row

    data = (
        decode(read_bytes(text[1:])).text.encode("utf-8", "surrogatepass")
        if text.startswith("@")
        else text.encode("utf-8", "surrogateescape")
    )
    try:
        row = parse_row(data, "")
    except RowError as error:
        hint = """Quote it for the shell: --features '{"size_mm": 23, "aphe": "nonrim"}'."""
        raise InputError(f"--features: {error.message}", code="bad_features", hint=hint) from error
    row.pop("id")
    return row
