"""The shape of the house: one-way imports, light doors, no banned names, no printing library, nothing loaded from elsewhere."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("assistant", "eval", "serve")
BANNED = {
    "utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "handler", "processor", "service", "data", "core", "tools",
}  # fmt: skip
HEAVY = {
    "torch", "transformers", "tokenizers", "accelerate", "vllm", "llguidance", "langchain", "langchain_core", "langchain_text_splitters",
    "faiss", "sentence_transformers", "model2vec", "spacy", "thinc", "ray", "sqlalchemy", "fastapi", "uvicorn", "pandas", "scipy",
}  # fmt: skip


def modules(root: Path) -> list[Path]:
    return sorted(p for package in PACKAGES for p in (root / package).rglob("*.py"))


def test_imports_run_one_way(root: Path) -> None:
    done = subprocess.run([Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_contracts_bite(root: Path, tmp_path: Path) -> None:
    """A copy of the house with one upward import must be refused, or the contracts watch nothing."""
    for module in modules(root):
        copy = tmp_path / module.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(module.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((root / "pyproject.toml").read_bytes())
    errors = tmp_path / "assistant" / "errors.py"
    errors.write_text("import assistant.rooms\nimport torch\n" + errors.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode != 0
    assert "2 broken" in done.stdout


@pytest.mark.parametrize("imported", ["assistant", "assistant.assistant", "serve.cli"])
def test_heavy_libraries_are_not_imported_by_the_doors(imported: str, root: Path) -> None:
    code = f"import importlib, json, sys; importlib.import_module({imported!r}); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert HEAVY.isdisjoint(name.split(".")[0] for name in json.loads(done.stdout))


def test_no_module_has_a_name_that_says_nothing(root: Path) -> None:
    names = {p: p.parent.name if p.name == "__init__.py" else p.stem for p in modules(root)}
    assert not [str(p) for p, name in names.items() if name in BANNED]


def test_data_rooms_hold_no_code(root: Path) -> None:
    assert not [str(p) for room in ("prompts", "knowledge_base") for p in (root / room).rglob("*.py")]


def test_the_library_does_not_print(root: Path) -> None:
    for path in sorted((root / "assistant").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            printing = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "input", "breakpoint"}
            assert not printing, f"{path}:{getattr(node, 'lineno', 0)} talks to a terminal; only the doors do"


def test_eval_is_never_imported_whole(root: Path) -> None:
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(alias.name != "eval" for alias in node.names), (
                    f"{path}: write 'from eval.x import y'; 'import eval' hides the builtin"
                )


def test_every_package_folder_has_an_init_file(root: Path) -> None:
    folders = {p.parent for p in modules(root)}
    assert not [str(f) for f in folders if not (f / "__init__.py").is_file()]


LOADS = re.compile(
    r"""(?:\b(?:src|srcset|poster|data|action|formaction)\s*=\s*["']?\s*(?:https?:)?//)"""
    r"""|(?:<link\b[^>]*\bhref\s*=\s*["']?\s*(?:https?:)?//)"""
    r"""|(?:url\(\s*["']?\s*(?:https?:)?//)|(?:@import\b[^;]*//)|(?:\b(?:fetch|import|EventSource|WebSocket|XMLHttpRequest)\s*\(\s*["'](?:https?:|wss?:)?//)""",
    re.IGNORECASE,
)


def test_the_search_for_outside_resources_finds_them() -> None:
    for line in (
        '<script src="https://x/y.js">', "<img src=//x/y.png>", '<link rel="stylesheet" href="http://x/y.css">',
        "background: url('https://x/y.png')", '@import "https://x/y.css";', 'fetch("https://x/y")',
    ):  # fmt: skip
        assert LOADS.search(line), line
    for line in ('<a href="https://x/y">source</a>', '<svg xmlns="http://www.w3.org/2000/svg">', '<img src="data:image/png;base64,AA">'):
        assert not LOADS.search(line), line


def test_web_files_load_nothing_from_elsewhere(root: Path) -> None:
    pages = [p for p in (root / "serve").rglob("*") if p.suffix in {".html", ".css", ".js", ".j2", ".py"}]
    assert pages
    assert not [f"{p}: {m.group()}" for p in pages for m in LOADS.finditer(p.read_text(encoding="utf-8"))]


def test_a_generated_page_loads_nothing_from_elsewhere(root: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.txt"
    text = "CT CHEST\nFINDINGS: 8 mm solid nodule in the right upper lobe. See https://example.org/x.png\nIMPRESSION: Nodule.\n"
    report.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "serve", "review", str(report), "--format", "html"], cwd=root, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    page = done.stdout.decode("utf-8")
    assert "<html" in page and "right upper lobe" in page
    assert not LOADS.search(page)
