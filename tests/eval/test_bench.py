"""The bench: its arithmetic on small tables, and that it refuses to report figures of something that failed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from eval import bench


def test_percentile_is_the_nearest_rank() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert bench.percentile(values, 0.5) == 3.0
    assert bench.percentile(values, 0.95) == 5.0
    assert bench.percentile([7.0], 0.5) == 7.0


def test_a_broken_budget_is_named() -> None:
    over, within = {"help_s": 0.9}, {"help_s": 0.1}
    assert bench.rows(over) == [("`radassist --help`", "0.9 s", "at most 0.4 s (OVER)")]
    assert bench.rows(within) == [("`radassist --help`", "0.1 s", "at most 0.4 s")]


def test_every_budget_has_a_label() -> None:
    assert set(bench.BUDGETS) <= set(bench.LABELS)


def test_texts_are_repeated_to_the_number_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / bench.REAL_REPORTS).write_text("".join(json.dumps({"id": i, "text": f"report {i}"}) + "\n" for i in range(3)), "utf-8")
    monkeypatch.setenv("RADASSIST_DATA", str(tmp_path))
    name, found = bench.texts(5)
    assert bench.REAL_REPORTS in name
    assert found == ["report 0", "report 1", "report 2", "report 0", "report 1"]


def test_without_data_the_examples_serve(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.delenv("RADASSIST_DATA", raising=False)
    monkeypatch.chdir(root)
    name, found = bench.texts(3)
    assert name.startswith("examples/") and all(found)


def test_nothing_to_read_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RADASSIST_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="Nothing to read"):
        bench.texts(3)


def test_a_failing_command_gives_no_figure() -> None:
    with pytest.raises(SystemExit, match="ended with 3"):
        bench.timed_child([sys.executable, "-c", "raise SystemExit(3)"])


def test_memory_of_a_child_is_its_own() -> None:
    ballast = bytearray(200_000_000)
    small = bench.timed_child([sys.executable, "-c", "pass"]).peak_mb
    large = bench.timed_child([sys.executable, "-c", "x = bytearray(80_000_000)"]).peak_mb
    assert 60 < large - small < 120
    assert small < 100 < len(ballast)
