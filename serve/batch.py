"""Many reports: JSONL in, one JSON object per row out, in input order, resumable, and no bad row stops it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.assistant import TASKS, Assistant, checked_names, versions
from assistant.settings import Settings
from serve.journal import Journal, OutputError
from serve.rows import RowError, RowId, known_id, parse_row, report_of, sound
from serve.source import Line, read_lines
from serve.sweep import Answer, Progress, answer_row, sweep

_PARTS = {"structure": "structured", "categorise": "categories", "check": "issues", "explain": "explanation"}


@dataclass(frozen=True, slots=True)
class Job:
    """What every row of a batch is asked for."""

    tasks: tuple[str, ...] = TASKS
    reader: str = "rules"
    language: str | None = None
    settings: Settings = field(default_factory=Settings)


def run(
    source: str,
    target: Path,
    job: Job,
    *,
    resume: bool = False,
    workers: int = 1,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    log: Callable[[str], None] = lambda line: None,
) -> Progress:
    """Reviews every row of a JSONL file and writes the answers in the same order.

    Args:
        source: Path of the input, "-" for standard input.
        target: Path of the output.
        job: What to ask of each row.
        resume: Keep the rows that the target already has, if they are of this input and job.
        workers: Processes to use; 1 works in this one.
        on_progress: Told after every row.
        log: Told, in a line without report text, what went wrong inside and what was kept.

    Raises:
        UnknownName: the job names a task, reader or language that there is not.
        InputError: the input cannot be opened or is not text.
        OutputError: the output cannot be written, is in use, or is of another batch.
    """
    checked_names(job.tasks, job.reader, job.language)

    def begin(journal: Journal, lines: Iterator[Line]) -> int:
        return _begun(journal, source, lines, job, resume, log)

    return sweep(source, target, lambda lines: answers(lines, job, workers), begin=begin, on_progress=on_progress, log=log)


def answers(lines: Iterator[Line], job: Job, workers: int = 1) -> Iterator[Answer]:
    """The answer to each line, in order."""
    if workers <= 1:
        assistant = Assistant(job.settings)
        return (answer_line(line, assistant, job) for line in lines)
    from serve.pool import answers_in_parallel

    return answers_in_parallel(lines, job, workers)


def answer_line(line: Line, assistant: Assistant, job: Job) -> Answer:
    """The review of one line, or the error object that stands in its place."""
    return answer_row(line, lambda row: assistant.review(report_of(row), job.tasks, job.reader, job.language).as_dict())


def _begun(journal: Journal, source: str, lines: Iterator[Line], job: Job, resume: bool, log: Callable[[str], None]) -> int:
    """How many rows of an earlier run stand; those input lines are consumed."""
    if resume:
        older: list[int] = []
        kept = journal.kept_rows(_matcher(lines, job, older))
        if kept:
            log(f"{kept:,} rows were there already and stay")
        if older:
            log(f"{len(older):,} of them were made by another version of the program or its knowledge base; each row says which")
        return kept
    if not journal.is_empty() and source != "-" and _is_unfinished(journal, source, job):
        log(f"an unfinished run of this batch was there; it is now {journal.set_aside().name} (--resume would have continued it)")
    else:
        journal.start_afresh()
    return 0


def _is_unfinished(journal: Journal, source: str, job: Job) -> bool:
    rest = read_lines(source)
    try:
        kept = journal.kept_rows(_matcher(rest, job, []))
    except OutputError:
        return False
    return kept > 0 and next(rest, None) is not None


def _matcher(lines: Iterator[Line], job: Job, older: list[int]) -> Callable[[int, dict[str, Any]], str | None]:
    """Says of each output row why it does not answer the next input row, or None; notes rows made by other versions in `older`."""
    current = versions()
    parts = {_PARTS[t] for t in job.tasks}

    def reason(number: int, row: dict[str, Any]) -> str | None:
        line = next(lines, None)
        if line is None:
            return f"it has more rows than the input ({number:,})."
        wanted_id, wanted_sha = _expected(line)
        if row.get("id") != wanted_id:
            return f"row {number + 1} has id {str(row.get('id'))[:40]!r}, the input has {str(wanted_id)[:40]!r}."
        if "error" in row:
            return None
        provenance = row.get("provenance") or {}
        if provenance.get("text_sha256") != wanted_sha:
            return f"row {number + 1} (id {str(wanted_id)[:40]!r}) answers another text."
        if set(_PARTS.values()) & set(row) != parts:
            return f"row {number + 1} was made with other --tasks."
        if provenance.get("reader") != job.reader:
            return f"row {number + 1} was made with --reader {provenance.get('reader')}."
        if provenance.get("versions") != current:
            older.append(number)
        return None

    return reason


def _expected(line: Line) -> tuple[RowId, str]:
    """Id and text hash that the answer to a line carries."""
    fallback = f"line-{line.number}"
    if line.is_cut:
        return sound(known_id(line.data, fallback)), ""
    try:
        row = parse_row(line.data, fallback)
    except RowError as error:
        return sound(error.row_id or fallback), ""
    text = row.get("text")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if isinstance(text, str) else ""
    return sound(row["id"]), digest
