"""Guidelines for reading on a terminal: the list, and one with its questions, tables, categories and source."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from assistant.knowledge.guideline import CONFIDENCE, Fold, ForEach, Guideline, Input, Points, Product, Row, Step, Words
from assistant.knowledge.guideline import Table as Rows
from assistant.knowledge.shelf import guideline, guideline_ids
from serve.render.words import Say, words


def show_all(language: str) -> None:
    """Prints a line per guideline."""
    say = words(language)
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1))
    for head in ("guideline", "title_of", "per", "categories"):
        table.add_column(say(head), overflow="fold")
    for name in guideline_ids():
        one = guideline(name)
        parts = "".join(f"\n  .{part}" for part in one.decisions)
        table.add_row(
            Text(name, style="bold").append(parts, style="not bold dim"),
            _in(one.title, language),
            say(f"per_{one.applies.per}"),
            _span(one),
        )
    _console().print(table)


def show_one(name: str, language: str) -> None:
    """Prints a guideline as it is encoded.

    Raises:
        UnknownName: there is none of that id.
    """
    one = guideline(name.partition(".")[0])
    console = _console()
    for block in _blocks(one, language, words(language)):
        console.print(block)


def _blocks(one: Guideline, language: str, say: Say) -> Iterator[RenderableType]:
    yield Text(_in(one.title, language), style="bold").append(f"  {one.id}", style="not bold dim")
    source = one.source
    where = f"{source.publisher}, {source.edition} ({source.year}){f' · {source.url}' if source.url else ''}"
    yield Text(f"{where}\n{source.read}", style="dim")
    yield _rule(say("input"))
    yield _inputs(one.inputs, language, say)
    for step in one.steps:
        yield from _step(step, language, say)
    for name, part in one.decisions.items():
        yield _rule(f"{one.id}.{name}: {_in(part.title, language)}")
        if part.inputs:
            yield _inputs(part.inputs, language, say)
        for step in part.steps:
            yield from _step(step, language, say)
    yield _rule(say("categories"))
    table = _table()
    for name, text in one.categories.items():
        table.add_row(
            Text(name, style="bold"),
            _in(text.title, language),
            Text(_in(text.management, language) if text.management else "", style="dim"),
        )
    yield table


def _inputs(inputs: Mapping[str, Input], language: str, say: Say) -> RenderableType:
    table = _table(say("input"), say("title_of"), say("value"), say("silence"))
    for name, one in inputs.items():
        values = " | ".join(one.values) if one.values else f"{one.type}{f' ({one.unit})' if one.unit else ''}"
        silence = f"{say('assumed_value')} {_plain(one.default)}" if one.silence == "absent" else say("unknown")
        table.add_row(Text(name, style="bold"), _in(one.title, language), values, Text(silence, style="dim"))
    return table


def _step(step: Step, language: str, say: Say) -> Iterator[RenderableType]:
    if isinstance(step, Rows):
        yield _title(step.table, say(f"hit_{step.hit}"))
        yield _rows(step.rows, say, step.otherwise)
    elif isinstance(step, Points):
        table = _table(say("rows"), say("if"), say("points"), say("confidence"))
        for item in step.items:
            table.add_row(item.id, _when(item.when, say), f"{item.add:+g}", say(CONFIDENCE[item.mark]))
        yield _title(step.points, say("points"))
        yield table
    elif isinstance(step, Product):
        table = _table(" × ".join(step.axes), say("then"))
        for key, outcome in _cells(step.cells):
            table.add_row(key, Text(_plain(outcome), style="bold"))
        yield _title(step.product, " × ".join(step.axes))
        yield table
    elif isinstance(step, ForEach):
        yield _title(say("for_each", step.for_each), "")
        for inner in step.steps:
            yield from _step(inner, language, say)
        for kept in step.keep:
            how = ", ".join(
                f"{key} {_plain(value)}" for key, value in kept.model_dump(exclude_none=True, exclude={"fold", "into"}).items() if value
            )
            yield _title(kept.into, how)
            if isinstance(kept.fold, Fold):
                yield _rows(kept.fold.rows, say, None)


def _rows(rows: tuple[Row, ...], say: Say, otherwise: Any) -> RenderableType:
    table = _table(say("rows"), say("if"), say("then"), say("citation"), say("confidence"))
    for row in rows:
        outcome = Text(_plain(row.outcome), style="bold" if row.decide is not None else "")
        table.add_row(row.id, _when(row.when, say), outcome, Text(row.cite, style="dim"), Text(say(CONFIDENCE[row.mark]), style="dim"))
    if otherwise is not None:
        table.add_row("", say("otherwise"), Text(_plain(otherwise)), "", "")
    return table


def _when(conditions: Mapping[str, Any], say: Say) -> str:
    said = []
    for name, wanted in conditions.items():
        text = _plain(wanted)
        said.append(f"{name} {text}" if text[:1] in "<>" else f"{name} = {text}")
    return f" {say('and')} ".join(said) or say("always")


def _cells(cells: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in cells.items():
        name = f"{before} × {key}" if before else key
        if isinstance(value, dict):
            yield from _cells(value, name)
        else:
            yield name, value


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " | ".join(_plain(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _span(one: Guideline) -> str:
    names = list(one.categories)
    return ", ".join(names) if len(names) <= 10 else f"{', '.join(names[:4])} … {names[-1]}"


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1), show_header=bool(heads))
    for head in heads or ("", "", ""):
        table.add_column(head, overflow="fold")
    return table


def _title(name: str, note: str) -> RenderableType:
    return Padding(Text(name, style="bold cyan").append(f"  {note}", style="not bold dim"), (1, 0, 0, 1))


def _rule(title: str) -> Rule:
    return Rule(Text(title, style="bold"), align="left", style="dim")


def _in(text: Words, language: str) -> str:
    return text.zh if language == "zh" else text.en


def _console() -> Console:
    return Console(highlight=False, emoji=False, markup=False, width=None if sys.stdout.isatty() else 120)
