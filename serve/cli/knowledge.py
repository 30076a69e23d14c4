"""`radassist decide | guidelines | kb`: the tables without a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serve.cli.options import Exam, File, Indication, Lang, PlainFormat

if TYPE_CHECKING:
    from assistant.knowledge.signature import Signature


def decide(
    guideline: Annotated[str | None, typer.Argument(metavar="[GUIDELINE]", help="Id of a guideline; a dot names a part of it.")] = None,
    features: Annotated[str | None, typer.Option(metavar="JSON", help="Features as a JSON object, or @FILE that holds one.")] = None,
    source: Annotated[str | None, typer.Option("--input", metavar="IN.jsonl", help='Rows {"id", "guideline", "features"} instead.')] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT.jsonl", help="Where the answers go, with --input.")] = None,
    closed_world: Annotated[
        bool, typer.Option("--closed-world", help="A feature left out was assessed and is negative; else it is unknown.")
    ] = False,
) -> None:
    r"""Run a guideline's table on features: the category, or every category still possible and what is missing.

    \b
    Examples:
      radassist decide lirads_ctmri_v2018 --closed-world --features '{"size_mm": 23, "aphe": "nonrim", "risk_basis": "cirrhosis"}'
      radassist decide lungrads_v2022 --features '{"nodules": [{"type": "solid"}]}'
      radassist decide --input vectors.jsonl --closed-world -o out.jsonl
    """
    if (source is None) == (guideline is None):
        raise typer.BadParameter("Give either a GUIDELINE with --features, or --input with -o.")
    if source is not None:
        if output is None:
            raise typer.BadParameter("--input needs -o OUT.jsonl.")
        from serve.cli.progress import Meter
        from serve.deciding import run

        with Meter("decide") as meter:
            end = run(source, output, closed_world, meter.show, meter.log)
        typer.echo(meter.summary(end, output), err=True)
        return
    from serve.cli.show import emit_json
    from serve.deciding import decided, features_from

    row = {"guideline": guideline, "features": features_from(features or "{}")}
    emit_json(decided(row, closed_world=closed_world), output)


def guidelines(
    guideline: Annotated[str | None, typer.Argument(metavar="[ID]", help="Show this one; without it, list all.")] = None,
    language: Lang = None,
) -> None:
    r"""List the guidelines, or show one: what it asks, its table row by row, its categories and its source.

    \b
    Examples:
      radassist guidelines
      radassist guidelines lirads_ctmri_v2018
      radassist guidelines cnlc_2024 --language zh
    """
    from serve.render.shelf import show_all, show_one

    spoken = str(language) if language else "en"
    if guideline is None:
        show_all(spoken)
    else:
        show_one(guideline, spoken)


kb = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Prove the tables, see how a report is read, or sign a table as compared with the original.",
)


@kb.command("check")
def kb_check(
    guideline: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these; default: every guideline.")] = None,
    form: Annotated[PlainFormat, typer.Option("--format", "-f", help="How to show it.")] = PlainFormat.text,
) -> None:
    r"""Prove every table: no hole, no overlap, every row cited and hit by a case, no surviving mutant. Exit status 1 where one fails.

    \b
    Examples:
      radassist kb check
      radassist kb check lirads_ctmri_v2018
      radassist kb check --format json | jq '.[] | select(.problems != [])'
    """
    import dataclasses

    from assistant.knowledge.proof import prove
    from assistant.knowledge.shelf import guideline_ids
    from serve.cli.show import emit_json
    from serve.render.proof import line

    proofs = []
    for name in guideline or guideline_ids():
        proofs.append(prove(name))
        if form is PlainFormat.text:
            line(proofs[-1])
    if form is PlainFormat.json:
        emit_json([dataclasses.asdict(p) | {"ok": p.ok, "signature": _dumped(p.signature)} for p in proofs], None)
    if not all(proof.ok for proof in proofs):
        raise typer.Exit(1)


@kb.command("read")
def kb_read(
    file: File,
    guideline: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Also: whether this one is offered, and what it is given.")
    ] = None,
    exam: Exam = None,
    indication: Indication = None,
) -> None:
    r"""Show how a report is read: its words as concepts, what is said, the lesions; and why a guideline is offered or not.

    \b
    Examples:
      echo "Enhancing 2 cm nodule in segment 6." | radassist kb read -
      radassist kb read report.txt lirads_ctmri_v2018
    """
    from serve.cli.options import report_from
    from serve.render.reading import as_read

    for line in as_read(report_from(file, exam=exam, indication=indication), guideline):
        typer.echo(line)


@kb.command("sign")
def kb_sign(
    guideline: Annotated[str, typer.Argument(metavar="ID", help="The guideline that was compared with the original.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who compared it, row by row.")],
) -> None:
    r"""Record that a clinician has compared a guideline's file with the printed original. A later change of the file voids it.

    \b
    Example:
      radassist kb sign lirads_ctmri_v2018 --by "Dr A. Example"
    """
    from assistant.errors import SetupError
    from assistant.knowledge.signature import sign

    try:
        done = sign(guideline, by)
    except OSError as error:
        hint = "Sign in a checkout, or copy the knowledge base to a folder of yours and set RADASSIST_KNOWLEDGE_BASE to it."
        raise SetupError(f"The signature cannot be written: {error.strerror}.", hint=hint) from error
    typer.echo(f"{guideline}: signed by {done.by} on {done.on}")


def _dumped(signature: Signature | None) -> dict[str, Any] | None:
    return signature.model_dump(mode="json") if signature else None
