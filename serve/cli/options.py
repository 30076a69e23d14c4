"""Options and arguments that several commands share, and how a single report is built from them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.errors import InputError

if TYPE_CHECKING:
    from assistant.report.text import Report


class Format(StrEnum):
    """How results are shown."""

    text = "text"
    json = "json"
    html = "html"


class PlainFormat(StrEnum):
    """How one verb's results are shown."""

    text = "text"
    json = "json"


class Language(StrEnum):
    """Languages of the explanation and of the labels."""

    en = "en"
    zh = "zh"


File = Annotated[str, typer.Argument(metavar="FILE", help="A report as plain text or as one JSON row; - reads standard input.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="PATH", help="Write here instead of standard output.")]
Sex = Annotated[str | None, typer.Option(metavar="M|F", help="Patient's sex.")]
Age = Annotated[str | None, typer.Option(metavar="YEARS", help="Patient's age.")]
Exam = Annotated[str | None, typer.Option(metavar="TEXT", help="What was performed, in words; read together with the report.")]
Indication = Annotated[str | None, typer.Option(metavar="TEXT", help="Why; read together with the report.")]
Clinical = Annotated[str | None, typer.Option(metavar="TEXT", help='What else is known: "PS 1; Child-Pugh B; PSA 8.3 ng/mL".')]
Date = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Date of the examination.")]
Lang = Annotated[Language | None, typer.Option("--language", help="Language of the explanation and of the labels; default: the report's.")]
Width = Annotated[int | None, typer.Option(metavar="COLUMNS", min=40, max=400, help="Width of the text view.")]


def report_from(source: str, **given: Any) -> Report:
    """The report of a file or of standard input, with what the command line adds to it.

    Raises:
        InputError: not readable, not text, or a value of the command line is wrong.
    """
    from serve.decode import decode, read_bytes
    from serve.rows import report_of

    text = decode(read_bytes(source)).text
    row: dict[str, Any] = _as_row(text) or {"text": text}
    row["id"] = str(row.get("id") or report_id(source))
    row.update({name: value for name, value in given.items() if value is not None})
    report = report_of(row)
    for name in ("sex", "age"):
        if given.get(name) and getattr(report, name) is None:
            hint = {"sex": "Write M or F.", "age": "Write years from 0 to 130."}[name]
            raise InputError(f"--{name} {given[name]} is not understood.", code="bad_option", hint=hint)
    return report


def report_id(source: str) -> str:
    """What a report without an id of its own is called."""
    return "stdin" if source == "-" else Path(source).stem


def _as_row(text: str) -> dict[str, Any] | None:
    """The row, where the text is JSON; None where it is a report in words, even one that opens with a bracket.

    Raises:
        RowError: JSON that is no row: cut short, a list, several rows, or without "text". Read as words it would be silently wrong.
    """
    shape = "".join(text.lstrip("\ufeff \t\r\n")[:200].split())[:3]
    if not shape.startswith(('{"', '[{"', "{}")):
        return None
    from serve.rows import RowError, parse_row

    lines = [line for line in text.split("\n") if line.strip()]
    if shape.startswith("[") or (len(lines) > 1 and all(line.lstrip("\ufeff ").startswith("{") for line in lines)):
        hint = "For many reports write one JSON object per line and use `radassist batch`."
        raise RowError("This is JSON of several reports.", "", hint=hint)
    return parse_row(text.encode("utf-8", "surrogatepass"), "")
