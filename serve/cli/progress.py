"""How far a long run is: a bar on a terminal, a plain line now and then anywhere else. Always on stderr."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from serve.sweep import Progress

_LINE_SECONDS = 10.0
_BAR_SECONDS = 0.1


class Meter:
    """Shows the progress that it is told."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start = self._last = time.monotonic()
        self._first: int | None = None
        self._bar = _bar() if sys.stderr.isatty() else None
        self._task = self._bar.add_task(name, total=None, errors="") if self._bar else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Tells how far it is; most calls show nothing, so it may be called for every row."""
        if self._first is None:
            self._first = progress.done
        now = time.monotonic()
        last = progress.total is not None and progress.done >= progress.total
        if now - self._last < (_BAR_SECONDS if self._bar else _LINE_SECONDS) and not (last and self._bar):
            return
        self._last = now
        if self._bar and self._task is not None:
            errors = f"{progress.errors:,} unreadable" if progress.errors else ""
            self._bar.update(self._task, completed=progress.done, total=progress.total, errors=errors)
        else:
            self.log(self._line(progress, now))

    def log(self, line: str) -> None:
        """A line beside the bar."""
        text = f"{self._name}: {line}"
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def summary(self, end: Progress, output: Path) -> str:
        """What was done, in a line."""
        seconds = max(time.monotonic() - self._start, 1e-9)
        fresh = end.done - (self._first or 0)
        errors = f", {end.errors:,} of them error objects" if end.errors else ""
        line = f"{self._name}: {fresh:,} rows{errors} in {_clock(seconds)} ({fresh / seconds:,.1f} rows/s) -> {output}"
        if not end.done:
            return f"{line}\n  The input has no rows."
        if end.errors == end.done:
            hint = "Is the input JSONL, one object per line? `jq -c . FILE` writes JSON so, `jq -c '.[]' FILE` a list."
            return f"{line}\n  No row has an answer; each error object says why. {hint}"
        return line

    def _line(self, progress: Progress, now: float) -> str:
        rate = (progress.done - (self._first or 0)) / max(now - self._start, 1e-9)
        line = f"{progress.done:,}" + (f" of {progress.total:,}" if progress.total else "") + f" rows, {rate:,.1f} rows/s"
        if progress.errors:
            line += f", {progress.errors:,} unreadable"
        if progress.total and rate > 0:
            line += f", about {_clock((progress.total - progress.done) / rate)} left"
        return line


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


if TYPE_CHECKING:
    from rich.progress import Progress as Bar


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import Task as Row
    from rich.text import Text

    class Rate(TextColumn):
        """Rows per second."""

        def render(self, task: Row) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.1f} rows/s" if speed else "", style="cyan")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        Rate(""),
        TimeRemainingColumn(),
        TextColumn("{task.fields[errors]}", style="yellow"),
    )
    return Progress(*columns, console=Console(stderr=True))
