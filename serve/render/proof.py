"""What was proven of a guideline, in a line, and each problem in one of its own."""

from __future__ import annotations

import typer

from assistant.knowledge.proof import Proof

_SHOWN = 20


def line(proof: Proof) -> None:
    """Prints one guideline's proof."""
    mark, colour = ("ok", "green") if proof.ok else ("!!", "red")
    typer.secho(f"  {mark}  ", nl=False, fg=colour, bold=True)
    counts = f"{proof.tables} tables, {proof.rows} rows, {proof.inputs} inputs, {proof.cases} cases"
    counts += f", {proof.killed}/{proof.mutants} mutants killed"
    typer.echo(f"{proof.guideline:<26} {counts}; {_signed(proof)}  ({proof.seconds:.1f} s)")
    for problem in proof.problems[:_SHOWN]:
        typer.secho(f"      {problem.kind:<12} ", nl=False, fg="red")
        typer.echo(f"{problem.where}: {problem.message}")
    if len(proof.problems) > _SHOWN:
        typer.echo(f"      and {len(proof.problems) - _SHOWN} more; --format json has all")


def _signed(proof: Proof) -> str:
    found = proof.signature
    if found is None:
        return "not signed by a clinician"
    return f"signed by {found.by} on {found.on}" if found.valid else f"changed since {found.by} signed on {found.on}"
