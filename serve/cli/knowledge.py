"""`radassist decide | guidelines | kb`: the tables without a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serve.cli.options import Lang


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

    row = {"id": None, "guideline": guideline, "features": features_from(features or "{}")}
    answer = decided(row, closed_world=closed_world)
    answer.pop("id")
    emit_json(answer, output)


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


kb = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Prove the tables, or sign one as compared with the original.")
