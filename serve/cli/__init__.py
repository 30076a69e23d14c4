"""The command line: one file per group of commands; each imports what it needs only when it runs."""

from serve.cli.app import main

__all__ = ["main"]
