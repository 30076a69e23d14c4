"""The output file of a batch: locked, written line by line, never corrupt; after a kill the rows in it are checked and kept."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import orjson

from assistant.errors import AssistantError

_FSYNC_SECONDS = 2.0


class OutputError(AssistantError):
    """The output file cannot take the rows; what was written before stays whole."""

    code = "output"


class Journal:
    """One output file, held under a lock from opening to closing.

    Every line goes out whole in one write and reaches the disk within two seconds. A process killed at any moment leaves whole
    lines and at most one half line at the end, which `kept_rows` cuts off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _opened(path)
        self._end = 0
        self._synced = time.monotonic()

    def kept_rows(self, matches: Callable[[int, dict[str, object]], str | None]) -> int:
        """How many rows of an earlier run stand; a half-written last line is cut off.

        Args:
            matches: Called with row number and object of every line; a sentence says why the line is not of this batch, None that it is.

        Raises:
            OutputError: the file is not of this batch; it is left as it is.
        """
        rows = 0
        self._file.seek(0)
        for line, is_last in _lines(self._file):
            try:
                row = orjson.loads(line) if line.endswith(b"\n") else None
            except orjson.JSONDecodeError:
                row = None
            if not isinstance(row, dict):
                if is_last and _is_torn(line):
                    break
                raise self._foreign(f"Line {rows + 1} is not a row of a batch.")
            if reason := matches(rows, row):
                raise self._foreign(reason)
            rows += 1
            self._end += len(line)
        self._cut()
        return rows

    def start_afresh(self) -> None:
        """Empties the file."""
        self._end = 0
        self._cut()

    def set_aside(self) -> Path:
        """Moves the file away to NAME.unfinished and goes on in a new one."""
        other = self.path.with_name(self.path.name + ".unfinished")
        self.path.replace(other)
        fresh = _opened(self.path)
        self._file.close()
        self._file = fresh
        self.start_afresh()
        return other

    def is_empty(self) -> bool:
        """Whether nothing was in the file when it was opened."""
        return self._file.seek(0, os.SEEK_END) == 0 if self._file.seekable() else True

    def write(self, line: bytes) -> None:
        """Appends one line, whole or not at all.

        Raises:
            OutputError: the disk is full or failing; the half line is taken back.
        """
        data = memoryview(line + b"\n")
        try:
            while data:
                data = data[self._file.write(data) :]
            self._end += len(line) + 1
            if time.monotonic() - self._synced > _FSYNC_SECONDS:
                self.sync()
        except OSError as error:
            self._cut()
            raise _write_error(self.path, error) from error

    def sync(self) -> None:
        """Makes sure that what was written is on the disk."""
        self._synced = time.monotonic()
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            # Pipes and devices have nothing to sync.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
                raise

    def close(self) -> None:
        """Syncs, unlocks and closes."""
        try:
            self.sync()
        except OSError as error:
            raise _write_error(self.path, error) from error
        finally:
            self._file.close()

    def _cut(self) -> None:
        try:
            self._file.truncate(self._end)
            self._file.seek(self._end)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ESPIPE):
                raise

    def _foreign(self, reason: str) -> OutputError:
        return OutputError(
            f"{self.path} cannot be continued: {reason}",
            code="not_this_batch",
            hint="Give another file to -o, or leave out --resume to write this one anew.",
        )


def _lines(file: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each line with whether it is the last, holding two lines at most."""
    with os.fdopen(os.dup(file.fileno()), "rb") as reader:
        before = reader.readline()
        while before:
            after = reader.readline()
            yield before, not after
            before = after


def _is_torn(line: bytes) -> bool:
    """Whether a last line may be what a kill or a power cut left of a row: its beginning, or a block of NULs."""
    start = b'{"id":'
    return line[: len(start)] == start[: len(line)] or not line.strip(b"\0\n")


def _opened(path: Path) -> IO[bytes]:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    try:
        file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
    except FileNotFoundError as error:
        raise OutputError(f"There is no folder {path.parent}.", hint="Make it first, or give another path to -o.") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {os.strerror(error.errno or 0)}.", hint="Give another path to -o.") from error
    if not _locked(file):
        file.close()
        raise OutputError(f"Another batch is writing {path}.", code="locked", hint="Wait until it ends, or give another path to -o.")
    return file


def _locked(file: IO[bytes]) -> bool:
    # The kernel lets go of these locks when the process ends, however it ends; no stale lock file can stay behind.
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network file systems know no locks: better unlocked than not at all.
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def _write_error(path: Path, error: OSError) -> OutputError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    what = "the disk is full" if full else os.strerror(error.errno or 0)
    return OutputError(
        f"{path}: {what}; the rows written so far are whole.",
        code="disk_full" if full else "output",
        hint="Make room and run the same command with --resume.",
    )
