"""Hand-typed decisions, written independently of the tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.knowledge import shelf
from assistant.knowledge.rows import decide_row, decide_rows

FOLDER = Path(__file__).parent.parent / "vectors"
FILES = sorted(FOLDER.glob("*.jsonl"))


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_guideline_has_vectors_or_cases() -> None:
    assert FILES
    assert {path.stem for path in FILES} <= set(shelf.guideline_ids())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    rows = _rows(path)
    wrong = []
    for row, got in zip(rows, decide_rows(rows), strict=True):
        assert got["id"] == row["id"]
        allowed = [row["expected"], *row.get("accept", [])]  # type: ignore[misc]
        if got.get("label") not in allowed:
            wrong.append((row["id"], row["features"], row["expected"], got))
    assert not wrong


def test_a_row_that_cannot_be_answered_does_not_stop_the_others() -> None:
    rows = [
        {"id": 1, "guideline": "lirads", "features": {}},
        {"id": 2, "guideline": "cnlc_2024.nothing", "features": {}},
        {"id": 3, "guideline": "cnlc_2024", "features": {"ps": 0, "child_pugh": "D"}},
        {"id": 4, "guideline": "cnlc_2024", "features": {"tumour_count": 1}},
        {"id": 5, "guideline": "cnlc_2024", "features": []},
        {"id": 6},
        "text",
        {"id": 8, "guideline": "lungrads_v2022", "features": {"nodules": "many"}},
        {"id": 9, "guideline": "lungrads_v2022", "features": {"nodules": [{"exam": "baseline"}]}},
        {"id": 10, "guideline": "cnlc_2024", "features": {"tumor_count": float("nan")}},
        {"id": 11, "guideline": "cnlc_2024", "features": {"ps": 1, "child_pugh": "A", "tumor_count": 1, "max_diameter_cm": 2}},
    ]
    got = list(decide_rows(rows))
    codes = [one.get("error", {}).get("code") for one in got]
    assert codes == [
        "unknown_guideline", "unknown_name", "bad_value", "unknown_name", "bad_row", "bad_row", "bad_row", "bad_value", "unknown_name",
        "bad_value", None,
    ]  # fmt: skip
    assert "lirads_ctmri_v2018" in got[0]["error"]["hint"]
    assert "tumor_count" in got[3]["error"]["hint"]
    assert got[-1]["category"] == "Ia"
    assert [one["id"] for one in got] == [1, 2, 3, 4, 5, 6, None, 8, 9, 10, 11]
    json.dumps(got)


def test_open_world_rows_give_sets() -> None:
    row = {"guideline": "cnlc_2024", "features": {"tumor_count": 1, "max_diameter_cm": 4.1}}
    got = decide_row(row, closed_world=False)
    assert got["category"] is None
    assert got["possible"] == ["Ia", "IV"]
    assert set(got["missing"]) == {"ps", "child_pugh"}
