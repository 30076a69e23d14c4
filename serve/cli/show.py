"""Where results go: standard output or a file, as JSON, text or a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, InputError

if TYPE_CHECKING:
    from assistant.report.results import Review
    from assistant.report.text import Report
    from serve.render.guides import Guides


def emit(data: bytes, output: Path | None) -> None:
    """Writes bytes to a file, or to standard output with a line end.

    Raises:
        AssistantError: the file cannot be written.
    """
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data if data.endswith(b"\n") else data + b"\n")
    except OSError as error:
        raise AssistantError(f"{output} cannot be written: {error.strerror}.", hint="Give another path to -o.") from error


def emit_json(obj: Any, output: Path | None) -> None:
    """One JSON object: on one line, or indented where a person is looking."""
    from serve.rows import dump

    data = dump(obj)
    if output is None and sys.stdout.isatty():
        import json

        data = json.dumps(json.loads(data), ensure_ascii=False, indent=2).encode()
    emit(data, output)


def emit_review(
    report: Report,
    review: Review,
    form: str,
    output: Path | None,
    language: str | None = None,
    width: int | None = None,
    guides: Guides | None = None,
) -> None:
    """A review in the form asked for."""
    if form == "json":
        emit_json(review.as_dict(), output)
    elif form == "html":
        from serve.render.html import page

        emit(page(report, review, language, guides).encode(), output)
    else:
        from serve.render.text import show

        text = show(report, review, language, guides, width=width, to_file=output is not None)
        if text is not None:
            emit(text.encode("utf-8", "replace"), output)


def emit_error(report_id: str, error: InputError, form: str, output: Path | None) -> None:
    """The error object that stands in place of a review, where JSON was asked for."""
    if form == "json":
        emit_json({"id": report_id, "error": error.as_dict()}, output)
