"""Every line of an input answered by one line of an output, in order: what batch, assertion and decide share."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from assistant.errors import AssistantError, SetupError
from serve.journal import Journal, OutputError
from serve.rows import RowError, RowId, dump, known_id, parse_row
from serve.source import Line, count_lines, read_lines


class Answer(NamedTuple):
    """One output line, whether it is an error object, and what to log about it (never report text)."""

    line: bytes
    is_error: bool = False
    log: str = ""


class Progress(NamedTuple):
    """How far a sweep is."""

    done: int
    errors: int
    total: int | None


Begin = Callable[[Journal, Iterator[Line]], int]
"""Makes the output ready and says how many rows in it stand; their input lines are consumed."""


def sweep(
    source: str,
    target: Path,
    answers: Callable[[Iterator[Line]], Iterator[Answer]],
    *,
    begin: Begin | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    log: Callable[[str], None] = lambda line: None,
) -> Progress:
    """Writes the answer to every line of the source to the target.

    Raises:
        InputError: the input cannot be opened or is not text.
        OutputError: the output cannot be written, is in use, or is of another batch.
    """
    # The first line is read before the output is touched: a wrong input path must not empty a good output.
    lines = read_lines(source)
    first = next(lines, None)
    lines = chain(() if first is None else (first,), lines)
    if source != "-" and target.exists() and target.samefile(source):
        raise OutputError("Input and output are the same file.", hint="Give another path to -o.")
    total = count_lines(source)
    journal = Journal(target)
    try:
        done, errors = (begin or _afresh)(journal, lines), 0
        on_progress(Progress(done, errors, total))
        for answer in answers(lines):
            if answer.log:
                log(answer.log)
            journal.write(answer.line)
            done, errors = done + 1, errors + answer.is_error
            on_progress(Progress(done, errors, total))
        return Progress(done, errors, total)
    finally:
        journal.close()


def answer_row(line: Line, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """What a function makes of a line's JSON object, or the error object that stands in its place."""
    fallback = f"line-{line.number}"
    row_id: RowId = fallback
    try:
        if line.is_cut:
            raise RowError("The line is too long.", known_id(line.data, fallback), code="too_long", hint="One line holds one report.")
        row = parse_row(line.data, fallback)
        row_id = row["id"]
        return Answer(dump({"id": row_id} | answer(row) | {"id": row_id}))
    except SetupError:
        # Not this row's fault: every row would end like this.
        raise
    except RowError as error:
        return Answer(error_line(error.row_id or row_id, error.as_dict()), True)
    except AssistantError as error:
        return Answer(error_line(row_id, error.as_dict()), True)
    except Exception as error:
        # A fault of ours in one row must not cost the others. The message may quote the report, so only the place is logged.
        digest = hashlib.sha256(line.data).hexdigest()[:16]
        place = traceback.extract_tb(error.__traceback__)[-1]
        log = f"line {line.number} (id {row_id}, sha256 {digest}): {type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        return Answer(internal_error(row_id, type(error).__name__), True, log)


def internal_error(row_id: RowId, kind: str) -> bytes:
    """The error object for a fault of ours."""
    hint = "This is a fault in radassist, not in the report. Please send the log line (it holds no report text) to its makers."
    return error_line(row_id, {"code": "internal", "message": f"Reading this report failed inside ({kind}).", "hint": hint})


def error_line(row_id: RowId, error: dict[str, str]) -> bytes:
    """The output line for a row that has no answer."""
    return dump({"id": row_id, "error": error})


def _afresh(journal: Journal, lines: Iterator[Line]) -> int:
    journal.start_afresh()
    return 0
