"""The walk in CONTRIBUTING.md works as it stands: its files, put into a knowledge base, are proven and read reports in both languages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GUIDELINE = "spetzler_martin_1986"
FILE = re.compile(r"^`([\w./]+)`\n\n```[a-z]+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a knowledge base to which the files of the page have been added, and the reports of the page."""
    root = Path(__file__).parent.parent
    folder = tmp_path_factory.mktemp("walk")
    shutil.copytree(root / "knowledge_base", folder / "knowledge_base", ignore=shutil.ignore_patterns(GUIDELINE))
    files = FILE.findall((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    for name, text in files:
        path = folder / name
        assert not path.exists(), f"{name} is here already: the walk must add what is not"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert len(files) == 7
    return folder


def radassist(folder: Path, *arguments: str) -> str:
    root = Path(__file__).parent.parent
    env = os.environ | {"RADASSIST_KNOWLEDGE_BASE": str(folder / "knowledge_base"), "PYTHONPATH": str(root), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "serve", *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_table_is_proven(walked: Path) -> None:
    counts = re.search(r"1 tables, \d+ rows.*mutants killed", radassist(walked, "kb", "check", GUIDELINE))
    assert counts
    assert counts[0] in (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


REPORTS: dict[str, list[str]] = {
    "report_en.txt": ["IV"],
    "report_zh.txt": ["I"],
    "CT angiography head. AVM of the right parietal lobe, 6.5 cm, abutting the motor strip. Deep drainage is seen.": ["V"],
    "MRI brain. Left occipital AVM, nidus 2.1 cm, in eloquent cortex.": ["II", "III"],
    "MRI brain. Left frontal AVM, 2 cm, in a non-eloquent region. Cortical venous drainage.": ["I"],
    "头颅CTA。左侧顶叶见畸形血管团，大小约6.5×4.0cm，邻近运动区，增粗的引流静脉引流至大脑内静脉。": ["V"],
    "头颅MRI。左侧额叶动静脉畸形，大小约3.2cm，位于哑区，未见深静脉引流。": ["II"],
    "MRI brain. No arteriovenous malformation. 5 mm cavernoma in the pons.": [],
    "头颅MRI。未见动静脉畸形。": [],
}


def test_reports_get_their_grades(walked: Path) -> None:
    texts = [(walked / text).read_text(encoding="utf-8") if text.endswith(".txt") else text for text in REPORTS]
    rows = [json.dumps({"id": str(n), "text": text}, ensure_ascii=False) for n, text in enumerate(texts)]
    (walked / "in.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    radassist(walked, "batch", "in.jsonl", "-o", "out.jsonl", "--tasks", "categorise")
    answers = [json.loads(line) for line in (walked / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    graded = [[sorted(c["possible"]) for c in row["categories"] if c["guideline"] == GUIDELINE] for row in answers]
    assert graded == [[possible] if possible else [] for possible in REPORTS.values()]


def test_what_the_page_shows_of_kb_read(walked: Path) -> None:
    text = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = radassist(walked, "kb", "read", "report_en.txt", GUIDELINE)
    for line in re.search(r"```text\n(  offer: met\n.*?)```", text, re.DOTALL)[1].splitlines():  # type: ignore[index]
        assert line in shown.splitlines()
