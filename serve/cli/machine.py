"""`radassist doctor`: is everything here that is needed, and what is optional."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

import typer


class Finding(NamedTuple):
    """One thing looked at: what, whether it is well, and what to say of it."""

    name: str
    is_well: bool
    says: str
    is_optional: bool = False


def doctor() -> None:
    r"""Look this installation over: packages, knowledge base, a trial review. Exit status 1 where something is wrong.

    \b
    Example:
      radassist doctor
    """
    unwell = False
    for finding in examine():
        unwell |= not finding.is_well and not finding.is_optional
        mark, colour = ("ok", "green") if finding.is_well else ("--", "bright_black") if finding.is_optional else ("!!", "red")
        typer.secho(f"  {mark}  ", nl=False, fg=colour, bold=True)
        typer.echo(f"{finding.name:<16} {finding.says}")
    raise typer.Exit(1 if unwell else 0)


def examine() -> Iterator[Finding]:
    """Everything that doctor looks at, in order."""
    from assistant import __version__

    yield Finding("radassist", True, f"{__version__}, Python {sys.version.split()[0]}, {sys.platform}")
    yield _owners()
    yield from _packages()
    yield _knowledge()
    yield _trial()
    yield from _extras()
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    said = "UTF-8" if encoding == "utf8" else f"{sys.stdout.encoding}: Chinese may show as ?; set PYTHONUTF8=1"
    yield Finding("terminal", encoding == "utf8", said, is_optional=True)


def _owners() -> Finding:
    """Whether another distribution also ships a package called assistant, serve or eval: then a stranger's code might run."""
    from importlib.metadata import packages_distributions

    owners = packages_distributions()
    shared = {name: sorted(set(owners[name])) for name in ("assistant", "serve", "eval") if len(set(owners.get(name, ()))) > 1}
    if not shared:
        return Finding("package names", True, "assistant, serve and eval are ours alone")
    said = "; ".join(f"{name} is shipped by {' and '.join(names)}" for name, names in shared.items())
    return Finding("package names", False, f"{said}. Install radassist in an environment of its own.")


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, requires, version

    try:
        needed = [r.split(";")[0] for r in requires("radassist") or () if "extra ==" not in r]
    except PackageNotFoundError:
        yield Finding("packages", False, "radassist runs from its folder without being installed; run `make setup`", is_optional=True)
        return
    missing = []
    for requirement in needed:
        name = requirement.split(">")[0].split("=")[0].split("<")[0].split("[")[0].strip()
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    said = f"missing: {', '.join(missing)}; install radassist again" if missing else f"all {len(needed)} there"
    yield Finding("packages", not missing, said)


def _knowledge() -> Finding:
    from assistant.assistant import Assistant
    from assistant.errors import AssistantError
    from assistant.knowledge.shelf import guideline_ids
    from assistant.rooms import room

    try:
        folder = room("knowledge_base")
        helper = Assistant()
        words, tables = len(helper.lexicon.phrases()), len(guideline_ids())
    except AssistantError as error:
        return Finding("knowledge base", False, f"{error.message} {error.hint}")
    return Finding("knowledge base", True, f"{folder}: {tables} guidelines, {words:,} phrases")


def _trial() -> Finding:
    from time import perf_counter

    from assistant.assistant import Assistant
    from assistant.report.text import Report

    helper = Assistant()
    text = "CT CHEST. FINDINGS: 6 mm solid nodule in the right upper lobe. No pleural effusion. IMPRESSION: Right upper lobe nodule."
    try:
        helper.review(Report(id="trial", text=text))
        start = perf_counter()
        result = helper.review(Report(id="trial", text=text))
    except Exception as error:
        return Finding("trial review", False, f"failed ({type(error).__name__}); `radassist --debug review FILE` shows the trace")
    found = len(result.structured.findings) if result.structured else 0
    return Finding("trial review", found > 0, f"{found} findings in {(perf_counter() - start) * 1000:.0f} ms")


def _extras() -> Iterator[Finding]:
    from importlib.util import find_spec

    for name, module, use in (("extra llm", "transformers", "a language model in this process"), ("extra api", "fastapi", "the web page")):
        there = find_spec(module) is not None
        yield Finding(name, there, f"{use}: {'there' if there else 'not installed, not needed'}", is_optional=True)
