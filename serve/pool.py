"""A batch over several processes: order kept, memory bounded, and a process that dies costs one row, not the batch."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice

from assistant.assistant import Assistant
from serve.batch import Job, answer_line
from serve.rows import known_id
from serve.source import Line
from serve.sweep import Answer, internal_error

_CHUNK = 8
"""Rows sent to a process at a time: enough that sending costs little, few enough that the order holds up nobody for long."""
_AHEAD = 4
"""Chunks per process that may be under way or waiting for their turn to be written."""

_ROW_SECONDS = 120.0
"""Longest that a process may read one row; the slowest real reports take under a second."""

_state: tuple[Assistant, Job] | None = None


def answers_in_parallel(lines: Iterator[Line], job: Job, workers: int) -> Iterator[Answer]:
    """The answer to each line, in order, made by several processes."""
    pool = _pool(job, workers)
    waiting: deque[tuple[list[Line], Future[list[Answer]]]] = deque()
    try:
        while True:
            while len(waiting) < workers * _AHEAD and (chunk := list(islice(lines, _CHUNK))):
                waiting.append((chunk, pool.submit(_answer_chunk, chunk)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                yield from future.result()
            except BrokenProcessPool:
                # A process died (out of memory, killed). Its rows are tried one by one, then the rest goes on in a fresh pool.
                pool.shutdown(cancel_futures=True)
                yield from _one_by_one(chunk, job)
                pool = _pool(job, workers)
                waiting = deque((rows, pool.submit(_answer_chunk, rows)) for rows, _ in waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def _one_by_one(lines: list[Line], job: Job) -> Iterator[Answer]:
    """The answers to lines of which one ends its process; that one gets an error object."""
    pool = _pool(job, 1)
    try:
        for line in lines:
            try:
                yield pool.submit(_answer_chunk, [line]).result()[0]
            except BrokenProcessPool:
                pool.shutdown()
                pool = _pool(job, 1)
                row_id = known_id(line.data, f"line-{line.number}")
                log = f"line {line.number} (id {row_id}): the process that read it died"
                yield Answer(internal_error(row_id, "process died"), True, log)
    finally:
        pool.shutdown()


def _pool(job: Job, workers: int) -> ProcessPoolExecutor:
    # Fresh interpreters ("spawn"): forking a process with threads and open locks is unsafe, and Windows and macOS cannot.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(job,))


def _start(job: Job) -> None:
    global _state
    # Ctrl-C is the parent's to handle; it lets the rows under way end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _state = Assistant(job.settings), job


def _answer_chunk(lines: list[Line]) -> list[Answer]:
    assert _state is not None
    assistant, job = _state
    answers = []
    for line in lines:
        with _at_most(_ROW_SECONDS):
            answers.append(answer_line(line, assistant, job))
    return answers


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Ends a row that hangs: it gets an error object like any other fault of ours. Not on Windows, which has no such clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_slow(number: int, frame: object) -> None:
    raise TimeoutError
