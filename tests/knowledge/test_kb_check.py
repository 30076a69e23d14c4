"""Every guideline is proven, and the proof notices what it must."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import InputError, UnknownName
from assistant.knowledge import proof, shelf, signature


@pytest.mark.parametrize("name", shelf.guideline_ids())
def test_every_guideline_is_proven(name: str) -> None:
    found = proof.prove(name)
    assert found.problems == ()
    assert found.ok
    assert found.cases >= 10
    assert found.mutants == found.killed > 0


@pytest.fixture
def shelf_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of one guideline that a test may spoil."""
    source = shelf.folder() / "cnlc_2024"
    target = tmp_path / "knowledge_base" / "guidelines" / "cnlc_2024"
    target.mkdir(parents=True)
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    (tmp_path / "knowledge_base" / "lexicon").symlink_to(shelf.folder().parent / "lexicon", target_is_directory=True)
    monkeypatch.setenv("RADASSIST_KNOWLEDGE_BASE", str(tmp_path / "knowledge_base"))
    shelf.forget()
    yield target
    shelf.forget()


def _spoil(folder: Path, file: str, old: str, new: str) -> list[str]:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    shelf.forget()
    return [problem.kind for problem in proof.prove("cnlc_2024").problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "kind"),
    [
        ("guideline.yaml", '{id: C9, when: {max_diameter_cm: "<=5"}', '{id: C9, when: {max_diameter_cm: "<5"}', "hole"),
        ("guideline.yaml", '{id: C5, when: {tumor_count: ">=4"}', '{id: C5, when: {tumor_count: ">=1"}', "dead_row"),
        ("guideline.yaml", '{id: K2, when: {score: ">=7 and <10"}', '{id: K2, when: {score: ">=6 and <10"}', "overlap"),
        ("guideline.yaml", "{macrovascular_invasion: true}, then: IIIa", "{macrovascular_invasion: true}, then: IIIb", "case"),
        ("guideline.yaml", "cite: vessel, mark: V}", "cite: nowhere, mark: V}", "load"),
        ("guideline.yaml", "then: IV, cite: ps, mark: V", 'then: IV, cite: ps, mark: "K?"', "load"),
        ("reading.yaml", "offer:", "ofer:", "load"),
        ("passages.md", "## vessel:", "## vessels:", "passage"),
        ("cases.yaml", "tumor_count: 4, max_diameter_cm: 1}", "tumor_count: 5, max_diameter_cm: 1}", "mutant"),
        ("cases.yaml", "{possible: [Ia, Ib], missing: [max_diameter_cm]}", "{possible: [Ia, Ib]}", "not_stated"),
    ],
)  # fmt: skip
def test_the_proof_notices(shelf_of_one: Path, file: str, old: str, new: str, kind: str) -> None:
    if kind == "not_stated":  # two cases say it: both must go
        path = shelf_of_one / file
        text = path.read_text(encoding="utf-8").replace(
            "expect: {possible: [Ib, IIa], missing: [max_diameter_cm]}", "expect: {possible: [Ib, IIa]}"
        )
        path.write_text(text, encoding="utf-8")
    assert kind in _spoil(shelf_of_one, file, old, new)


def test_a_hole_is_shown(shelf_of_one: Path) -> None:
    path = shelf_of_one / "guideline.yaml"
    text = path.read_text(encoding="utf-8").replace('{score: ">=7 and <10"}', '{score: ">=8 and <10"}')
    path.write_text(text, encoding="utf-8")
    shelf.forget()
    holes = [p.message for p in proof.prove("cnlc_2024").problems if p.kind == "hole"]
    assert holes == ["1 combinations match no row, among them score: >=7 and <8"]


def test_a_file_that_is_not_there_yet_is_named(shelf_of_one: Path) -> None:
    (shelf_of_one / "cases.yaml").unlink()
    shelf.forget()
    assert [p.kind for p in proof.prove("cnlc_2024").problems] == ["load"]
    assert "There is no cases.yaml here yet." in proof.prove("cnlc_2024").problems[0].message


def test_a_row_without_a_case_is_noticed(shelf_of_one: Path) -> None:
    path = shelf_of_one / "cases.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "child_pugh: C" not in line]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    shelf.forget()
    kinds = {(p.kind, p.where) for p in proof.prove("cnlc_2024").problems}
    assert ("row_not_hit", "C2") in kinds


def test_a_signature_holds_until_the_file_changes(shelf_of_one: Path) -> None:
    assert signature.signature("cnlc_2024") is None
    signed = signature.sign("cnlc_2024", "  Dr. 王  Li ", datetime.date(2026, 11, 24))
    assert (signed.by, signed.on, signed.valid) == ("Dr. 王 Li", "2026-11-24", True)
    assert signature.signature("cnlc_2024") == signed
    assert proof.prove("cnlc_2024").signature == signed
    with (shelf_of_one / "guideline.yaml").open("a", encoding="utf-8") as file:
        file.write("# one more remark\n")
    again = signature.signature("cnlc_2024")
    assert again is not None
    assert not again.valid
    assert signature.sign("cnlc_2024", "Dr. Li").valid
    with pytest.raises(InputError):
        signature.sign("cnlc_2024", "  ")
    with pytest.raises(UnknownName):
        signature.sign("cnlc_2025", "Dr. Li")
