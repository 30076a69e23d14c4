"""Docs that cannot lie: generated pages are fresh, links lead somewhere, commands named in prose exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGES = ("README.md", "CONTRIBUTING.md", "SOURCES.md", "SECURITY.md", "CHANGELOG.md")


def pages(root: Path) -> Iterator[Path]:
    yield from (root / name for name in PAGES)
    yield from sorted((root / "docs").rglob("*.md"))


def targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_generated_pages_are_fresh(root: Path) -> None:
    done = subprocess.run([sys.executable, "scripts/docs.py", "--check"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_command_is_on_the_page(root: Path) -> None:
    """Asked of the program itself, not of the script that writes the page."""
    page = (root / "docs" / "cli.md").read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "serve", "--help"], cwd=root, capture_output=True, text=True)
    listed = re.findall(r"^  ([a-z][a-z-]*)(?:  |$)", done.stdout.split("Commands:")[1], re.MULTILINE)
    assert len(listed) >= 5
    for name in listed:
        assert re.search(rf"^## `radassist {name}( [a-z-]+)?`$", page, re.MULTILINE), f"radassist {name} is not in docs/cli.md"


def test_every_guideline_has_its_page(root: Path) -> None:
    for folder in (root / "knowledge_base" / "guidelines").glob("*/guideline.yaml"):
        page = root / "docs" / "guidelines" / f"{folder.parent.name}.md"
        assert page.is_file(), f"run `make docs`: {page.name} is missing"
        assert folder.parent.name in (root / "README.md").read_text(encoding="utf-8")


def test_readme_starts_with_the_two_commands(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```sh\n(.*?)```", readme, re.DOTALL)
    assert first
    commands = [line.split("#")[0].strip() for line in first[1].splitlines() if line.strip()]
    assert commands == ["make demo", "make test"]


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_named_in_prose_exist(root: Path, name: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^|\n)make ([a-z][a-z-]*)", text):
        assert target in targets(root), f"{name} speaks of `make {target}`"


def test_make_lists_its_targets(root: Path) -> None:
    done = subprocess.run(["make", "--no-print-directory"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0
    for target in ("setup", "demo", "test", "check", "bench", "docs", "wheel"):
        assert re.search(rf"^{target} ", done.stdout, re.MULTILINE), target


def commands(root: Path) -> list[tuple[str, str]]:
    """Every `radassist ...` line of a shell block, with the page it is on."""
    found = []
    for page in pages(root):
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            found += [(page.name, line.strip()) for line in block.splitlines() if re.match(r"\s*(\.venv/bin/)?radassist ", line)]
    return found


def test_commands_in_prose_exist_with_their_options(root: Path) -> None:
    seen = commands(root)
    assert seen
    helps: dict[str, str] = {}
    for page, line in seen:
        words = shlex.split(re.split(r"\s[|>]\s|  #|\s{3,}", line)[0])[1:]
        path = [words[0]] if words[0] != "kb" else words[:2]
        if path[0].startswith("-"):
            continue
        key = " ".join(path)
        if key not in helps:
            done = subprocess.run([sys.executable, "-m", "serve", *path, "--help"], cwd=root, capture_output=True, text=True)
            assert done.returncode == 0, f"{page}: radassist {key} does not exist"
            helps[key] = done.stdout
        for option in (w.split("=")[0] for w in words[len(path) :] if re.match(r"--?[a-z]", w)):
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", helps[key]), f"{page}: radassist {key} has no {option}"


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    for page in pages(root):
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", prose):
            if not re.match(r"[a-z]+:", link) and not link.startswith("#"):
                assert (page.parent / link.split("#")[0]).exists(), f"{page.relative_to(root)}: {link} leads nowhere"


def test_examples_named_anywhere_exist(root: Path) -> None:
    places = [*pages(root), *(root / "serve").rglob("*.py"), root / "Makefile"]
    for place in places:
        for name in re.findall(r"\bexamples/[\w./-]+\.\w+", place.read_text(encoding="utf-8")):
            assert (root / name).is_file(), f"{place}: {name} is not there"


def test_decision_notes_are_numbered_without_gaps_and_listed(root: Path) -> None:
    notes = sorted(p.name for p in (root / "docs" / "decisions").glob("0*.md"))
    assert [n[:4] for n in notes] == [f"{i:04}" for i in range(1, len(notes) + 1)]
    index = (root / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert not [n for n in notes if f"({n})" not in index]


def test_every_base_package_is_in_sources(root: Path) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sources = (root / "SOURCES.md").read_text(encoding="utf-8").lower()
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=]", requirement)[0].lower()
        assert f"| {name} |" in sources, f"SOURCES.md does not name {name} and its licence"
