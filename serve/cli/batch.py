"""`radassist batch` and `radassist assertion`: files of many rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Input = Annotated[str, typer.Argument(metavar="IN.jsonl", help="One JSON object per line; - reads standard input.")]
Target = Annotated[Path, typer.Option("--output", "-o", metavar="OUT.jsonl", help="One JSON object per input row, in the same order.")]


def batch(
    source: Input,
    output: Target,
    tasks: Annotated[
        str, typer.Option(metavar="NAMES", help="Which of structure,categorise,check,explain.")
    ] = "structure,categorise,check,explain",
    reader: Annotated[str | None, typer.Option(metavar="NAME", help="Who reads guideline inputs from the text: rules.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an earlier run of this batch stopped.")] = False,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, max=256, help="Processes to use.")] = 1,
    language: Annotated[str | None, typer.Option(metavar="en|zh", help="Language of the explanations; default: each report's.")] = None,
) -> None:
    r"""Review every row of a JSONL file ({"id", "text"} and, when known, language, date, exam, sex, age, indication, prior).

    A row that cannot be read becomes an error object in its place; the exit status is 0 when every row has an answer or an error object.

    \b
    Examples:
      radassist batch month.jsonl -o reviewed.jsonl
      radassist batch month.jsonl -o reviewed.jsonl --resume          after a power cut
      radassist batch month.jsonl -o cats.jsonl --tasks categorise --workers 4
      jq -c 'select(.error)' reviewed.jsonl                           rows that could not be read
    """
    from assistant.settings import Settings
    from serve.batch import Job, run
    from serve.cli.progress import Meter
    from serve.cli.review import names

    settings = Settings.load()
    job = Job(names(tasks), reader or settings.reader, language or settings.language, settings)
    with Meter("batch") as meter:
        try:
            end = run(source, output, job, resume=resume, workers=workers, on_progress=meter.show, log=meter.log)
        except KeyboardInterrupt:
            meter.log(f"stopped; every row so far is in {output}. Go on with the same command and --resume.")
            raise typer.Exit(130) from None
    typer.echo(meter.summary(end, output), err=True)


def assertion(source: Input, output: Target) -> None:
    r"""Judge whether a concept is present, absent, possible or historical in a sentence, and of whom.

    Rows are {"id", "sentence", "concept"}; answers are {"id", "assertion", "experiencer"}.

    \b
    Example:
      radassist assertion sentences.jsonl -o judged.jsonl
    """
    from serve.assertion import run
    from serve.cli.progress import Meter

    with Meter("assertion") as meter:
        end = run(source, output, meter.show, meter.log)
    typer.echo(meter.summary(end, output), err=True)
