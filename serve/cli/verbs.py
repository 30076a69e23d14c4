"""`radassist structure | categorise | check | explain`: one verb on one report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from serve.cli.options import Age, Clinical, Date, Exam, File, Indication, Lang, Output, PlainFormat, Sex, Width
from serve.cli.review import run

Form = Annotated[PlainFormat, typer.Option("--format", "-f", help="How to show it.")]


class FailOn(StrEnum):
    """From which severity on `check` fails."""

    error = "error"
    warning = "warning"


def structure(
    file: File, form: Form = PlainFormat.text, output: Output = None, exam: Exam = None, language: Lang = None, width: Width = None
) -> None:
    r"""Sections and findings of one report.

    \b
    Examples:
      radassist structure report.txt
      radassist structure report.txt --format json | jq '.structured.findings[] | select(.assertion == "present")'
    """
    run(file, form, output, ("structure",), None, language, width, exam=exam)


def categorise(
    file: File,
    form: Form = PlainFormat.text,
    output: Output = None,
    sex: Sex = None,
    age: Age = None,
    exam: Exam = None,
    indication: Indication = None,
    clinical: Clinical = None,
    date: Date = None,
    language: Lang = None,
    width: Width = None,
) -> None:
    r"""Guideline categories of one report, why, and what is missing.

    \b
    Examples:
      radassist categorise examples/liver_ct_en.txt
      radassist categorise report.txt --indication "Cirrhosis, surveillance" --format json
    """
    run(
        file,
        form,
        output,
        ("categorise",),
        None,
        language,
        width,
        sex=sex,
        age=age,
        exam=exam,
        indication=indication,
        clinical=clinical,
        date=date,
    )


def check(
    file: File,
    form: Form = PlainFormat.text,
    output: Output = None,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="Exit with status 1 where there is an issue this severe or more.")
    ] = None,
    sex: Sex = None,
    age: Age = None,
    exam: Exam = None,
    indication: Indication = None,
    clinical: Clinical = None,
    date: Date = None,
    language: Lang = None,
    width: Width = None,
) -> None:
    r"""Likely slips in one report: sides, sex, units, stated category against the features described, and more.

    \b
    Examples:
      radassist check report.txt --sex M
      radassist check report.txt --fail-on error || echo "look again before signing"
    """
    from assistant.report.results import Review

    result = run(
        file,
        form,
        output,
        ("check",),
        None,
        language,
        width,
        sex=sex,
        age=age,
        exam=exam,
        indication=indication,
        clinical=clinical,
        date=date,
    )
    grave = {"error"} if fail_on is FailOn.error else {"error", "warning"}
    if fail_on and isinstance(result, Review) and any(issue.severity in grave for issue in result.issues or ()):
        raise typer.Exit(1)


def explain(
    file: File,
    form: Form = PlainFormat.text,
    output: Output = None,
    sex: Sex = None,
    age: Age = None,
    exam: Exam = None,
    language: Lang = None,
    width: Width = None,
) -> None:
    r"""The report in plain words for the patient, every sentence traced to its source.

    \b
    Examples:
      radassist explain report.txt
      radassist explain report_zh.txt --language en
    """
    run(file, form, output, ("explain",), None, language, width, sex=sex, age=age, exam=exam)
