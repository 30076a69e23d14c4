"""The wheel, not the checkout: built, installed in an environment of its own, run from another folder. And the pins."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterable
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

import assistant

PACKAGES = ("assistant", "eval", "serve")
PRINT_PATHS = """
import json, assistant, serve, eval.bench, assistant.rooms
print(json.dumps([assistant.__file__, serve.__file__, str(assistant.rooms.room("knowledge_base"))]))
"""


def run(command: Iterable[str | Path], cwd: str | Path = "/") -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, f"{done.args} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=root)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that has the wheel, and borrows the packages that it needs from this one."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run([sys.executable, "-m", "venv", "--without-pip", venv])
    python = venv / "bin" / "python"
    run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel])
    site = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    # A path file adds the folder but not the path files in it, so the editable checkout does not come along.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return venv / "bin"


def test_the_wheel_has_the_rooms_and_nothing_else(wheel: Path, root: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"assistant", "serve", "eval", f"radassist-{assistant.__version__}.dist-info"}
    tracked = run(["git", "ls-files", "knowledge_base"], cwd=root).split() if (root / ".git").exists() else []
    assert {f"assistant/_data/{name}" for name in tracked} <= set(names)
    assert not [n for n in names if n.startswith("assistant/_data/") and n.endswith((".py", ".pyc", ".faiss"))]
    assert [n for n in names if n.endswith("licenses/LICENSE")]


def test_the_installed_program_runs_from_anywhere(home: Path, tmp_path: Path) -> None:
    code, serve, knowledge = json.loads(run([home / "python", "-c", PRINT_PATHS]))
    for path in (code, serve, knowledge):
        assert Path(path).is_relative_to(home.parent), path
    assert assistant.__version__ in run([home / "radassist", "--version"])
    report = tmp_path / "report.txt"
    report.write_text(
        "CT CHEST\n\nFINDINGS: 8 mm solid nodule in the right upper lobe. No pleural effusion.\n\nIMPRESSION: Nodule.\n", "utf-8"
    )
    review = json.loads(run([home / "radassist", "review", report, "--format", "json"]))
    assert review["structured"]["findings"]


def test_the_installed_program_lists_every_guideline(home: Path, root: Path) -> None:
    listed = run([home / "radassist", "guidelines"])
    ids = sorted(p.parent.name for p in (root / "knowledge_base" / "guidelines").glob("*/guideline.yaml"))
    assert ids
    assert not [i for i in ids if i not in listed]


def test_public_names_import(root: Path) -> None:
    for name in getattr(assistant, "__all__", ()):
        assert hasattr(assistant, name)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, list[str]]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]  # type: ignore[no-any-return]


def named(requirement: str) -> str:
    """The normalised name of a requirement line."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]).lower()


def imported(root: Path, packages: Iterable[str] = PACKAGES) -> set[str]:
    """Top-level names that the code imports, wherever in a file it does."""
    found = set()
    for path in (p for package in packages for p in (root / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - set(PACKAGES)


def test_what_the_code_imports_is_declared(root: Path, project: dict[str, list[str]]) -> None:
    declared = {named(r) for r in project["dependencies"]}
    owners = packages_distributions()
    undeclared = {m for m in imported(root) if not declared & {named(o) for o in owners.get(m, [m])}}
    assert undeclared <= {"spacy", "msvcrt", "winreg"}, "add it to the dependencies of pyproject.toml, and to SOURCES.md"


def test_what_is_declared_is_imported(root: Path, project: dict[str, list[str]]) -> None:
    owners = packages_distributions()
    used = {named(o) for m in imported(root) for o in owners.get(m, [])}
    assert {named(r) for r in project["dependencies"]} <= used, "a package that nothing imports costs every user and gives nothing"


def pins(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return {line.split("==")[0]: line for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_pins_have_versions_and_hashes_and_no_addresses(root: Path, name: str) -> None:
    found = pins(root / "requirements" / name)
    assert found
    for line in found.values():
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==\S+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+\s*", line), line[:200]
        assert "://" not in line and "@" not in line


def test_pins_cover_what_is_declared(root: Path, project: dict[str, list[str]]) -> None:
    base, dev = pins(root / "requirements" / "base.txt"), pins(root / "requirements" / "dev.txt")
    assert {named(r) for r in project["dependencies"]} <= set(base)
    assert {name: line.split()[0] for name, line in base.items()}.items() <= {name: line.split()[0] for name, line in dev.items()}.items()
    group = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    assert {named(r) for r in group} <= set(dev)


def test_installed_version_is_the_code_s(root: Path) -> None:
    assert version("radassist") == assistant.__version__, "run `make setup` again"


def test_changelog_starts_with_this_version(root: Path) -> None:
    heads = re.findall(r"^## \[([^\]]+)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert heads and heads[0] == "Unreleased"
    assert heads[1] == assistant.__version__
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {assistant.__version__}\n" in citation
