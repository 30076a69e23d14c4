"""`radassist review`: everything about one report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import InputError
from serve.cli.options import Age, Clinical, Date, Exam, File, Format, Indication, Lang, Output, Sex, Width

if TYPE_CHECKING:
    from serve.render.guides import Guides


def review(
    file: File,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to show it; html is one self-contained page.")] = Format.text,
    output: Output = None,
    tasks: Annotated[
        str, typer.Option(metavar="NAMES", help="Which of structure,categorise,check,explain.")
    ] = "structure,categorise,check,explain",
    reader: Annotated[str | None, typer.Option(metavar="NAME", help="Who reads guideline inputs from the text: rules.")] = None,
    sex: Sex = None,
    age: Age = None,
    exam: Exam = None,
    indication: Indication = None,
    clinical: Clinical = None,
    date: Date = None,
    language: Lang = None,
    width: Width = None,
) -> None:
    r"""Review one report: structure, categories with proof, likely slips, plain explanation.

    \b
    Examples:
      radassist review examples/liver_ct_en.txt
      radassist review report.txt --format html -o report.html
      pbpaste | radassist review - --sex F --age 58 --indication "Hepatitis B cirrhosis"
      radassist review report.txt --format json | jq '.categories[].category'
    """
    run(
        file,
        form,
        output,
        names(tasks),
        reader,
        language,
        width,
        sex=sex,
        age=age,
        exam=exam,
        indication=indication,
        clinical=clinical,
        date=date,
    )


def run(
    file: str,
    form: str,
    output: Output,
    tasks: tuple[str, ...],
    reader: str | None,
    language: Lang,
    width: int | None,
    **given: str | None,
) -> object:
    """Reads, reviews and shows one report; hands the review back."""
    from assistant.assistant import Assistant, checked_names
    from assistant.settings import Settings
    from serve.cli.options import report_from, report_id
    from serve.cli.show import emit_error, emit_review

    settings = Settings.load()
    spoken = str(language) if language else settings.language
    checked_names(tasks, reader or settings.reader, spoken)
    try:
        report = report_from(file, **given)
        result = Assistant(settings).review(report, tasks, reader, spoken)
    except InputError as error:
        emit_error(getattr(error, "row_id", "") or report_id(file), error, form, output)
        raise
    emit_review(report, result, form, output, spoken, width, _guides(form))
    return result


def _guides(form: str) -> Guides | None:
    if form == "json":
        return None
    from serve.render.guides import Guides, from_shelf

    return Guides(from_shelf)


def names(text: str) -> tuple[str, ...]:
    """The names of a comma-separated list."""
    return tuple(part for part in text.replace(",", " ").split())
