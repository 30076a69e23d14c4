"""`radassist decide | guidelines | kb`: the tables without a report."""

from __future__ import annotations

import typer

kb = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Prove the tables, or sign one as compared with the original.")


def decide() -> None:
    """X"""


def guidelines() -> None:
    """X"""
