"""Rows {"id", "sentence", "concept"} -> {"id", "assertion", "experiencer"}."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from serve.rows import RowError
from serve.sweep import Progress, answer_row, sweep


def run(source: str, target: Path, on_progress: Callable[[Progress], None], log: Callable[[str], None]) -> Progress:
    """Judges every row of a JSONL file."""
    return sweep(source, target, lambda lines: (answer_row(line, _judged) for line in lines), on_progress=on_progress, log=log)


def _judged(row: dict[str, Any]) -> dict[str, Any]:
    from assistant.reading.assertion import judge_sentence

    sentence, concept = row.get("sentence"), row.get("concept")
    if not isinstance(sentence, str) or not isinstance(concept, str):
        raise RowError('"sentence" and "concept" must both be strings.', row["id"], hint='A row is {"id", "sentence", "concept"}.')
    if not sentence.strip() or not concept.strip():
        raise RowError('"sentence" or "concept" is empty.', row["id"], hint='A row is {"id", "sentence", "concept"}.')
    assertion, experiencer = judge_sentence(sentence, concept)
    return {"assertion": assertion, "experiencer": experiencer}
