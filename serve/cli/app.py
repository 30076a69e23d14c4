"""The `radassist` program: its commands, and the one place where errors become sentences and exit codes.

Exit codes: 0 done, 1 the report or the machine is at fault, 2 the command line is, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from assistant import __version__
from assistant.errors import AssistantError, UnknownName
from serve.cli import batch, knowledge, machine, review, verbs

app = typer.Typer(
    name="radassist",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: drawing it with rich would more than double the time to the first line.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Each command has examples: radassist review --help. Nothing leaves this machine.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"radassist {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the full trace when something fails.")] = False,
) -> None:
    """A free-text radiology report in, an assessed report out: structure, guideline categories with proof, likely slips and a plain
    explanation. English and Chinese. No model, no network.

    Try: radassist review examples/liver_ct_en.txt
    """
    if debug:
        os.environ["RADASSIST_DEBUG"] = "1"


app.command("review")(review.review)
app.command("batch")(batch.batch)
app.command("structure")(verbs.structure)
app.command("categorise")(verbs.categorise)
app.command("check")(verbs.check)
app.command("explain")(verbs.explain)
app.command("decide")(knowledge.decide)
app.command("guidelines")(knowledge.guidelines)
app.add_typer(knowledge.kb, name="kb")
app.command("assertion")(batch.assertion)
app.command("doctor")(machine.doctor)


def main() -> None:
    """Runs the program; errors end as one sentence and a hint on stderr, never as a traceback."""
    # Started with standard streams closed, Python has None for them; a file opened later must not take their place either.
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Chinese shows "?" for it rather than ending the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")
    try:
        app()
    except AssistantError as error:
        _fail(error, error.message, error.hint, 2 if isinstance(error, UnknownName) else 1)
    except BrokenPipeError:
        # The reader of our output left (`| head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        what = f"{error.filename} cannot be used" if error.filename else "The output cannot be written"
        _fail(error, f"{what}: {error.strerror or error}.", "Make room on the disk, or send the output elsewhere with -o.", 1)
    except RecursionError as error:
        _fail(error, "The input is nested too deeply.", "Is this one report?", 1)
    except MemoryError as error:
        _fail(error, "There is not enough memory.", "Close other programs, or give less at a time.", 1)
    except Exception as error:
        hint = "This is a fault in radassist. `radassist --debug ...` shows the trace; send it, without patient text, to the makers."
        _fail(error, f"Something failed inside ({type(error).__name__}).", hint, 1)


def _fail(error: BaseException, message: str, hint: str, code: int) -> None:
    if os.environ.get("RADASSIST_DEBUG"):
        raise error
    typer.secho("radassist: ", err=True, nl=False, fg="red", bold=True)
    typer.echo(message, err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)
    sys.exit(code)
