"""Batches: order and every row kept, kill and resume at any moment, foreign outputs refused, one fault costs one row."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.errors import InputError, UnknownName
from serve import pool
from serve.batch import Job, answers, run
from serve.cli.progress import Meter
from serve.journal import OutputError
from serve.source import Line, read_lines
from serve.sweep import Answer, answer_row

ROOT = Path(__file__).resolve().parent.parent.parent
REPORTS = [path.read_text("utf-8") for path in sorted((ROOT / "examples").glob("*.txt"))]


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": f"r{n}", "text": REPORTS[n % len(REPORTS)]} for n in range(count)]


def written(path: Path, items: list[Any]) -> str:
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), "utf-8")
    return str(path)


def answered(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def unversioned(path: Path) -> bytes:
    """The output without what names the knowledge base, which somebody may be editing while the tests run."""
    return re.sub(rb'"versions":\{[^}]*\}', b"", path.read_bytes())


def command(source: str, target: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "serve", "batch", source, "-o", str(target), *more]


def test_every_row_is_answered_in_order(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.jsonl", rows(15)), tmp_path / "out.jsonl"
    end = run(source, target, Job())
    found = answered(target)
    assert (end.done, end.errors, end.total) == (15, 0, 15)
    assert [row["id"] for row in found] == [f"r{n}" for n in range(15)]
    assert {"structured", "lesions", "categories", "issues", "explanation", "provenance", "language"} <= set(found[0])


def test_bad_rows_become_error_objects_in_their_place(tmp_path: Path) -> None:
    good = json.dumps(rows(1)[0], ensure_ascii=False).encode()
    lines = [
        (good, "r0", None),
        (b'{"id": "half", "text": "Liv', "half", "bad_row"),
        (b"", None, None),
        (b"plain words", "line-4", "bad_row"),
        (b"[1, 2]", "line-5", "bad_row"),
        (b'{"text": "No id: lungs clear."}', "line-6", None),
        (b'{"id": 7, "text": "Numeric id: lungs clear."}', 7, None),
        (b'{"id": "none"}', "none", "bad_row"),
        (b'{"id": "empty", "text": " \\n "}', "empty", "empty_report"),
        (b'{"id": "long", "text": "' + b"lungs clear. " * 20_000 + b'"}', "long", "too_long"),
        (b'{"id": "odd", "text": "' + b"\\u0001\\u0002" * 50 + b'"}', "odd", "not_text"),
        (b'{"id": "lone\\ud800", "text": "Lungs \\udfff clear. No effusion. No nodule."}', "lone\ufffd", None),
        (b'{"id": "crlf", "text": "Lungs clear.\\r\\nNo effusion."}\r', "crlf", None),
        (b"\x89PNG\r\x1a\x00\x00\x00", "line-14", "bad_row"),
        ('{"id": "gbk", "text": "双肺未见实变，胸腔未见积液。"}'.encode("gbk"), "gbk", None),
        (good, "r0", None),
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + b"\n".join(line for line, _, _ in lines))
    end = run(str(source), target, Job(("structure",)))
    found = answered(target)
    wanted = [(row_id, code) for _, row_id, code in lines if row_id]
    assert [(row["id"], row.get("error", {}).get("code")) for row in found] == wanted
    assert all(set(row["error"]) == {"code", "message", "hint"} and all(row["error"].values()) for row in found if "error" in row)
    assert end.errors == sum(1 for _, code in wanted if code)
    assert found[-1] == found[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "gb18030", "utf-8-sig"])
def test_files_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    items = [{"id": f"r{n}", "text": "检查所见：右肺上叶见一结节，大小约6mm。\r\n诊断意见：右肺上叶结节。"} for n in range(3)]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode(encoding))
    assert run(str(source), target, Job(("structure",))).errors == 0
    assert [row["id"] for row in answered(target)] == ["r0", "r1", "r2"]


def test_lines_longer_than_memory_allows_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve.source.MAX_LINE", 1000)
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b'{"id": "long", "text": "' + b"x" * 5000 + b'"}\n{"id": "next", "text": "Lungs clear."}\n')
    run(str(source), target, Job(("structure",)))
    assert [(row["id"], row.get("error", {}).get("code")) for row in answered(target)] == [("long", "too_long"), ("next", None)]


def test_killed_at_any_moment_it_resumes_to_the_same_output(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", [*rows(48), "not an object", *rows(48)])
    whole, target = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    run(source, whole, Job(("structure",)))
    size = whole.stat().st_size
    for share in (0.05, 0.6):
        process = subprocess.Popen(command(source, target, "--tasks", "structure", "--resume"), cwd=ROOT, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while process.poll() is None and (not target.exists() or target.stat().st_size < share * size):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # A kill inside a write leaves half a line; whether this one did is chance, so one is made.
        with target.open("r+b") as file:
            file.truncate(max(0, target.stat().st_size - 7))
    done = subprocess.run(
        command(source, target, "--tasks", "structure", "--resume"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "rows were there already" in done.stderr
    assert unversioned(target) == unversioned(whole)


def test_resume_of_a_finished_batch_changes_nothing(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.jsonl", rows(4)), tmp_path / "out.jsonl"
    run(source, target, Job(("structure",)))
    before = target.read_bytes()
    assert run(source, target, Job(("structure",)), resume=True).done == 4
    assert target.read_bytes() == before


def test_rows_of_another_version_stay_and_are_told(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.jsonl", rows(3)), tmp_path / "out.jsonl"
    run(source, target, Job(("structure",)))
    old = target.read_bytes().splitlines(keepends=True)[0].replace(b'"radassist":"', b'"radassist":"0.0.')
    target.write_bytes(old)
    logged: list[str] = []
    run(source, target, Job(("structure",)), resume=True, log=logged.append)
    assert target.read_bytes().startswith(old)
    assert len(answered(target)) == 3
    assert any("another version" in line for line in logged)


def test_duplicate_ids_are_resumed_by_their_place(tmp_path: Path) -> None:
    items = [{"id": "same", "text": text} for text in REPORTS[:4]]
    source, target = written(tmp_path / "in.jsonl", items), tmp_path / "out.jsonl"
    run(source, target, Job(("structure",)))
    whole = target.read_bytes()
    target.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    run(source, target, Job(("structure",)), resume=True)
    assert target.read_bytes() == whole


def test_output_of_another_batch_is_refused_and_left_alone(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.jsonl", rows(3)), tmp_path / "out.jsonl"
    run(source, target, Job(("structure",)))
    before = target.read_bytes()
    other_ids = written(tmp_path / "ids.jsonl", [dict(row, id=f"x{n}") for n, row in enumerate(rows(3))])
    other_text = written(tmp_path / "text.jsonl", [dict(row, text=row["text"] + " Addendum.") for row in rows(3)])
    shorter = written(tmp_path / "short.jsonl", rows(2))
    for path, job, says in (
        (other_ids, Job(("structure",)), "has id"),
        (other_text, Job(("structure",)), "another text"),
        (shorter, Job(("structure",)), "more rows"),
        (source, Job(("structure", "check")), "--tasks"),
    ):
        with pytest.raises(OutputError, match=says):
            run(path, target, job, resume=True)
        assert target.read_bytes() == before


def test_a_wrong_command_does_not_empty_a_good_output(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.jsonl", rows(2)), tmp_path / "out.jsonl"
    run(source, target, Job(("structure",)))
    before = target.read_bytes()
    with pytest.raises(InputError, match="no file"):
        run(str(tmp_path / "im.jsonl"), target, Job())
    with pytest.raises(UnknownName, match="task"):
        run(source, target, Job(("strcture",)))
    with pytest.raises(UnknownName, match="reader"):
        run(source, target, Job(reader="rulez"))
    with pytest.raises(OutputError, match="same file"):
        run(source, Path(source), Job())
    assert target.read_bytes() == before


def test_starting_anew_sets_an_unfinished_run_aside(tmp_path: Path) -> None:
    source, target = written(tmp_path / "in.jsonl", rows(4)), tmp_path / "out.jsonl"
    run(source, target, Job(("structure",)))
    whole = target.read_bytes()
    half = b"".join(whole.splitlines(keepends=True)[:2])
    target.write_bytes(half)
    logged: list[str] = []
    run(source, target, Job(("structure",)), log=logged.append)
    assert target.read_bytes() == whole
    assert (tmp_path / "out.jsonl.unfinished").read_bytes() == half
    assert "--resume" in logged[0]


def test_a_fault_of_ours_costs_one_row_and_logs_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review = Assistant.review

    def failing(self: Assistant, report: Any, *rest: Any) -> Any:
        if report.id == "r1":
            raise ZeroDivisionError(report.text)
        return review(self, report, *rest)

    monkeypatch.setattr(Assistant, "review", failing)
    source, target = written(tmp_path / "in.jsonl", rows(3)), tmp_path / "out.jsonl"
    logged: list[str] = []
    end = run(source, target, Job(("structure",)), log=logged.append)
    found = answered(target)
    assert [row.get("error", {}).get("code") for row in found] == [None, "internal", None]
    assert end.errors == 1
    assert len(logged) == 1
    assert "line 2 (id r1, sha256 " in logged[0]
    assert rows(2)[1]["text"][:20] not in logged[0] + str(found[1])


def test_several_processes_give_the_same_bytes(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", [*rows(20), {"id": "bad"}, *rows(9)])
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    run(source, one, Job(("structure",)))
    run(source, two, Job(("structure",)), workers=2)
    assert unversioned(one) == unversioned(two)


def test_a_dying_process_costs_one_row(tmp_path: Path) -> None:
    # The worker that meets the marked row ends at once, as one killed for memory does.
    source, target = written(tmp_path / "in.jsonl", [*rows(3), {"id": "deadly", "text": "Lungs clear."}, *rows(3)]), tmp_path / "out.jsonl"
    script = tmp_path / "deadly.py"
    script.write_text(
        "import os, sys\nfrom pathlib import Path\nfrom assistant.assistant import Assistant\nfrom serve.batch import Job, run\n"
        "review = Assistant.review\n"
        "def deadly(self, report, *rest):\n"
        "    os._exit(9) if report.id == 'deadly' else None\n    return review(self, report, *rest)\n"
        "Assistant.review = deadly\n"
        "if __name__ == '__main__':\n    print(run(sys.argv[1], Path(sys.argv[2]), Job(('structure',)), workers=2).errors)\n"
    )
    call = [sys.executable, str(script), source, str(target)]
    done = subprocess.run(call, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    found = answered(target)
    assert [row["id"] for row in found] == ["r0", "r1", "r2", "deadly", "r0", "r1", "r2"]
    assert [row["id"] for row in found if "error" in row] == ["deadly"]


def test_answers_are_made_as_they_are_asked_for(tmp_path: Path) -> None:
    # Nothing is read ahead, so a batch of any length needs the memory of one row.
    source = written(tmp_path / "in.jsonl", rows(3))
    lines = read_lines(source)
    made = answers(lines, Job(("structure",)))
    next(made)
    assert next(lines).number == 2


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a clock that signals, which Windows lacks")
def test_a_row_that_hangs_costs_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging(line: Line, *rest: Any) -> Answer:
        return answer_row(line, lambda row: time.sleep(60 if row["id"] == "slow" else 0) or {})

    monkeypatch.setattr(pool, "answer_line", hanging)
    monkeypatch.setattr(pool, "_state", (None, Job()))
    monkeypatch.setattr(pool, "_ROW_SECONDS", 0.2)
    lines = [Line(n, b'{"id":"%b"}' % name) for n, name in enumerate((b"a", b"slow", b"b"), 1)]
    assert [a.is_error for a in pool._answer_chunk(lines)] == [False, True, False]


def test_an_input_without_rows_or_without_answers_is_told(tmp_path: Path) -> None:
    for data, words in ((b"", "no rows"), (b"id,text\n1,Lungs clear.\n", "JSONL"), (b'[{"id": "a", "text": "Lungs clear."}]', "jq")):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(data)
        end = run(str(source), target, Job(("structure",)))
        assert words in Meter("batch").summary(end, target)
