"""Measures speed, start-up and memory; speed as a ratio to a bare spaCy tokenizer and sentencizer on the same texts in the same run.

Absolute times say more about the machine than about the code; the ratio travels. Run by `make bench`.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from assistant import __version__
from assistant.assistant import TASKS, Assistant
from assistant.errors import AssistantError
from assistant.report.text import Report

RESULTS = Path("bench-results")
REAL_REPORTS = "ct_rate_chest_labels.jsonl"
CLI = (sys.executable, "-m", "serve")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a figure may be at most."""

    most: float
    unit: str = ""


BUDGETS = {
    "ratio": Budget(45, "x"),
    "cold_review_s": Budget(2.5, "s"),
    "help_s": Budget(0.4, "s"),
    "peak_rss_mb": Budget(400, "MB"),
    "growth_ratio": Budget(1.15, "x"),
}


def texts(limit: int) -> tuple[str, list[str]]:
    """Where the texts come from, and the texts: real chest CT reports where the site has them, else our examples again and again."""
    folder = os.environ.get("RADASSIST_DATA")
    path = Path(folder) / REAL_REPORTS if folder else None
    if path is not None and path.is_file():
        found = [orjson.loads(line)["text"] for line in path.read_bytes().splitlines() if line.strip()]
        name = f"{REAL_REPORTS} ({len(found)} reports)"
    else:
        found = [p.read_text(encoding="utf-8") for p in sorted(Path("examples").glob("*.txt"))]
        name = f"examples/ ({len(found)} reports)"
    if not found:
        raise SystemExit("Nothing to read: run this in the checkout, or set RADASSIST_DATA to the data folder.")
    return name, [found[i % len(found)] for i in range(limit)]


def spacy_seconds(reports: Sequence[str], passes: int = 4) -> float:
    """CPU seconds that a blank English pipeline with a sentencizer takes: the mean of several passes, since one is over in a moment.

    Each pass has a pipeline of its own: spaCy remembers the words that it has split, and texts are new to it once only.
    """
    import spacy

    seconds = 0.0
    sentences = 0
    for _ in range(passes):
        pipeline = spacy.blank("en")
        pipeline.add_pipe("sentencizer")
        for _doc in pipeline.pipe(reports[: len(reports) // 10 + 1]):
            pass
        start = process_time()
        sentences += sum(1 for doc in pipeline.pipe(reports) for _ in doc.sents)
        seconds += process_time() - start
    if not sentences:
        raise RuntimeError("spaCy found no sentence; the yardstick is broken")
    return seconds / passes


def review_seconds(assistant: Assistant, reports: Sequence[str]) -> tuple[list[float], int]:
    """CPU seconds for each report, all four verbs; and how many were refused as unreadable.

    Both sides of the ratio work in one thread, so CPU time is wall time on an idle machine, and steadier on a busy one.
    """
    seconds, refused = [], 0
    for number, text in enumerate(reports):
        report = Report(id=str(number), text=text)
        start = process_time()
        try:
            assistant.review(report, tasks=TASKS)
        except AssistantError:
            refused += 1
        seconds.append(process_time() - start)
    return seconds, refused


_LAUNCHER = """
import os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""Starts the command from a small process: the system counts a child's memory from what its parent had when it forked."""


class Cost(NamedTuple):
    """What a process of its own took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def timed_child(command: Sequence[str]) -> Cost:
    """What a command costs.

    Raises:
        SystemExit: it failed; a figure of a failing command is worth nothing.
    """
    done = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *command], capture_output=True, text=True, check=True)
    wall, cpu, peak, code = done.stdout.split()
    if code != "0":
        raise SystemExit(f"{' '.join(command)} ended with {code}:\n{done.stderr}")
    return Cost(float(wall), float(cpu), float(peak) / (1024 if sys.platform != "darwin" else 1024 * 1024))


def best_of(times: int, command: Sequence[str]) -> float:
    """The quickest of several runs in seconds: the machine's other work only ever adds."""
    return min(timed_child(command).wall_s for _ in range(times))


def batch_run(reports: Sequence[str]) -> Cost:
    """What `radassist batch` over the reports costs, start-up included."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.jsonl"
        source.write_bytes(
            b"".join(orjson.dumps({"id": str(i), "text": t}, option=orjson.OPT_APPEND_NEWLINE) for i, t in enumerate(reports))
        )
        target = Path(folder) / "out.jsonl"
        cost = timed_child([*CLI, "batch", str(source), "-o", str(target)])
        written = target.read_bytes().count(b"\n")
        if written != len(reports):
            raise SystemExit(f"batch wrote {written} rows for {len(reports)}")
    return cost


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(limit: int, rounds: int, long: bool) -> dict[str, Any]:
    """Every figure, in one run on one machine."""
    source, reports = texts(limit)
    assistant = Assistant()
    start = perf_counter()
    review_seconds(assistant, reports[:1])
    first = perf_counter() - start
    review_seconds(assistant, reports[: limit // 10 + 1])
    assistant.seconds.clear()
    # In turns, so that a busy moment of the machine falls on both; the ratio is the middle one.
    rated: list[tuple[float, float]] = []
    each: list[float] = []
    refused = 0
    for _ in range(rounds):
        bare = spacy_seconds(reports)
        seconds, refused = review_seconds(assistant, reports)
        each += seconds
        rated.append((bare, sum(seconds)))
    stages = dict(assistant.seconds)
    peak = batch_run(reports).peak_mb
    example = str(next(iter(sorted(Path("examples").glob("*.txt"))), "examples"))
    figures: dict[str, Any] = {
        "version": __version__,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "texts": source,
        "reports": len(reports),
        "mean_characters": round(statistics.mean(map(len, reports))),
        "refused": refused,
        "reports_per_s": len(reports) / min(ours for _, ours in rated),
        "spacy_per_s": len(reports) / min(bare for bare, _ in rated),
        "ratio": statistics.median(ours / bare for bare, ours in rated),
        "p50_ms": 1000 * percentile(each, 0.5),
        "p95_ms": 1000 * percentile(each, 0.95),
        "max_ms": 1000 * max(each),
        "stage_ms": {name: 1000 * total / (rounds * len(reports)) for name, total in stages.items()},
        "first_review_s": first,
        "cold_review_s": best_of(5, [*CLI, "review", example, "--format", "json"]),
        "help_s": best_of(5, [*CLI, "--help"]),
        "bare_python_s": best_of(5, [sys.executable, "-c", "pass"]),
        "peak_rss_mb": peak,
    }
    if long:
        short, long_one = batch_run(texts(1_000)[1]), batch_run(texts(10_000)[1])
        figures |= {"batch_1000_s": short.cpu_s, "batch_10000_s": long_one.cpu_s, "growth_ratio": long_one.cpu_s / (10 * short.cpu_s)}
        figures |= {"batch_1000_mb": short.peak_mb, "batch_10000_mb": long_one.peak_mb}
    return figures


LABELS = {
    "reports_per_s": ("full review, all four verbs", "reports/s"),
    "spacy_per_s": ("bare spaCy tokenizer and sentencizer", "reports/s"),
    "ratio": ("time of a full review, in bare spaCy passes", "x"),
    "p50_ms": ("one report, median", "ms"),
    "p95_ms": ("one report, 95th percentile", "ms"),
    "max_ms": ("one report, slowest", "ms"),
    "first_review_s": ("first review, loading the knowledge base", "s"),
    "cold_review_s": ("one cold `radassist review`", "s"),
    "help_s": ("`radassist --help`", "s"),
    "bare_python_s": ("Python itself, doing nothing", "s"),
    "peak_rss_mb": ("peak memory of a batch", "MB"),
    "batch_1000_s": ("batch of 1,000 reports, CPU time", "s"),
    "batch_10000_s": ("batch of 10,000 reports, CPU time", "s"),
    "growth_ratio": ("10,000 reports against ten times 1,000", "x"),
    "batch_1000_mb": ("peak memory, 1,000 reports", "MB"),
    "batch_10000_mb": ("peak memory, 10,000 reports", "MB"),
}


def rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Figure, value and budget as text, for the terminal and for the README."""
    out = []
    for key, (label, unit) in LABELS.items():
        if key in figures:
            budget = BUDGETS.get(key)
            verdict = (
                "" if budget is None else f"at most {budget.most:g} {budget.unit}" + ("" if figures[key] <= budget.most else " (OVER)")
            )
            out.append((label, f"{figures[key]:,.3g} {unit}" if figures[key] < 1000 else f"{figures[key]:,.0f} {unit}", verdict))
    stages = ", ".join(f"{name} {ms:.2f}" for name, ms in figures.get("stage_ms", {}).items())
    return [*out, ("mean time by stage, ms", stages, "")] if stages else out


def show(figures: dict[str, Any]) -> None:
    """The table on the terminal."""
    table = Table(title=f"radassist {figures['version']}, {figures['reports']} texts of {figures['texts']}, Python {figures['python']}")
    for head in ("figure", "measured", "budget"):
        table.add_column(head, justify="right" if head == "measured" else "left", no_wrap=head != "measured")
    for row in rows(figures):
        table.add_row(*row)
    Console(width=max(110, Console().width)).print(table)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, prints, and writes bench-results/bench.json; with --strict, 1 when a budget is broken."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=int, default=787, help="texts per round (default: 787)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of spaCy and review in turns (default: 3)")
    parser.add_argument("--long", action="store_true", help="also batches of 1,000 and 10,000 reports (minutes)")
    parser.add_argument("--strict", action="store_true", help="exit status 1 when a budget is broken")
    parser.add_argument("--out", type=Path, default=RESULTS / "bench.json", help="where the figures go (default: bench-results/bench.json)")
    chosen = parser.parse_args(argv)
    figures = measure(chosen.reports, chosen.rounds, chosen.long)
    show(figures)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    broken = [key for key, budget in BUDGETS.items() if key in figures and figures[key] > budget.most]
    return 1 if chosen.strict and broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
