"""The guard at the door: what it refuses, and what it lets pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# The examples are put together here, so that this file itself passes.


def look(root: Path, folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, root / "scripts" / "intruders.py", name], cwd=folder, capture_output=True, text=True)
    assert bool(done.stderr) == (done.returncode == 1)
    return done.stderr


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("MRN: " + "00123456\nCT chest", "record number"),
        ("Date of birth: " + "12/03/1951", "date of birth"),
        ("住院号：" + "20231234 胸部CT", "record number"),
        ("出生日期：" + "1961年", "date of birth"),
        ("身份证 " + "110101" + "19610304" + "123X", "identity card"),
    ],
)
def test_likely_patient_data_is_refused(root: Path, tmp_path: Path, text: str, what: str) -> None:
    assert what in look(root, tmp_path, "tests/fixture.txt", text)


@pytest.mark.parametrize(
    "text", ["8 mm nodule, series 3 image 120, 2026-11-24", "Age 54, male. Compared with CT of 12/03/2021.", "肝S8段 2.3 cm，2023年复查"]
)
def test_ordinary_reports_pass(root: Path, tmp_path: Path, text: str) -> None:
    assert look(root, tmp_path, "examples/report.txt", text) == ""


def test_keys_and_large_files_are_refused(root: Path, tmp_path: Path) -> None:
    assert "private key" in look(root, tmp_path, "key.pem", "-----BEGIN " + "RSA PRIVATE KEY-----\n")
    assert "bytes" in look(root, tmp_path, "large.bin", "x" * 500_001)


def test_nothing_tracked_is_an_intruder(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run([sys.executable, "scripts/intruders.py"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
