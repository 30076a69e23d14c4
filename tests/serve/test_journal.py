"""The output file of a batch: whole lines, one writer, foreign files left alone."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from serve.journal import Journal, OutputError


def any_row(number: int, row: dict[str, object]) -> str | None:
    return None if row["id"] == str(number) else f"row {number} is {row['id']}"


def written(path: Path, count: int) -> bytes:
    data = b"".join(b'{"id":"%d","x":"\xe8\x82\x9d"}\n' % n for n in range(count))
    path.write_bytes(data)
    return data


@pytest.mark.parametrize(
    "tail",
    [b"", b"{", b'{"id":"3', b'{"id":"3","x":"\xe8\x82', b'{"id":"3","x":1}', b"\0\0\0\0", b'{"id":"3"\n', b'{"id":3', b'{"id":3.5,"x":'],
)
def test_a_torn_last_line_is_cut_off_and_whole_rows_stay(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "out.jsonl"
    data = written(path, 3)
    path.write_bytes(data + tail)
    journal = Journal(path)
    assert journal.kept_rows(any_row) == 3
    journal.write(b'{"id":"3"}')
    journal.close()
    assert path.read_bytes() == data + b'{"id":"3"}\n'


@pytest.mark.parametrize(
    "content",
    [
        b"my notes",
        b"my notes\n",
        b'{"id":"0"}\n{"id":"9"}\n',
        b'{"id":"0"}\nbroken\n{"id":"2"}\n',
        b"[1]\n",
        b'{"id":"0"}\nnotes at the end',
    ],
)
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(content)
    journal = Journal(path)
    with pytest.raises(OutputError) as caught:
        journal.kept_rows(any_row)
    journal.close()
    assert caught.value.code == "not_this_batch"
    assert path.read_bytes() == content


def test_two_cannot_write_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    first = Journal(path)
    first.write(b"{}")
    with pytest.raises(OutputError, match="Another batch") as caught:
        Journal(path)
    assert caught.value.code == "locked"
    first.close()
    Journal(path).close()
    assert path.read_bytes() == b"{}\n"


def test_the_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    code = (
        "import sys,time;from pathlib import Path;from serve.journal import Journal\n"
        "j=Journal(Path(sys.argv[1]));print('held',flush=True);time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(OutputError):
            Journal(path)
        process.send_signal(signal.SIGKILL)
    Journal(path).close()


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    # A limit on file size fails in the middle of a write, as a full disk does.
    path = tmp_path / "out.jsonl"
    code = (
        "import sys,resource;from pathlib import Path;from serve.journal import Journal,OutputError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE,(1000,1000));j=Journal(Path(sys.argv[1]))\n"
        "try:\n"
        '  for n in range(100): j.write(b\'{"id":"%04d","pad":"%s"}\'%(n,b\'x\'*40))\n'
        "except OutputError as e: print(e.code)\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "disk_full\n"
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line)["id"] for line in lines] == [f"{n:04d}" for n in range(len(lines))]
    assert len(lines) > 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_that_is_full_is_told() -> None:
    journal = Journal(Path("/dev/full"))
    with pytest.raises(OutputError, match="full"):
        journal.write(b"{}")
    journal.close()


def test_missing_folder_and_folder_as_output_are_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        Journal(tmp_path / "none" / "out.jsonl")
    with pytest.raises(OutputError, match="cannot be written"):
        Journal(tmp_path)
    assert not list(tmp_path.iterdir())


def test_setting_aside_keeps_the_old_rows(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    data = written(path, 2)
    journal = Journal(path)
    other = journal.set_aside()
    journal.write(b"{}")
    journal.close()
    assert other.read_bytes() == data
    assert path.read_bytes() == b"{}\n"
