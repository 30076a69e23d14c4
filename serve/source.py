"""The input of a batch: rows of a JSONL file one by one, whatever its encoding, holding one line at a time."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from serve.decode import read_error, refuse_binary, wide_encoding

MAX_LINE = 32_000_000
"""Longest line held in memory. A report of 200,000 characters, every one escaped, has 2.4 MB."""


class Line(NamedTuple):
    """One line that is not blank: its number in the file from 1, its bytes, and whether they are only its beginning."""

    number: int
    data: bytes
    is_cut: bool = False


def read_lines(path: str) -> Iterator[Line]:
    """The lines of a file, or of standard input where the path is "-", blank ones left out.

    Raises:
        InputError: no such file, or a file that is not text.
    """
    if path == "-":
        yield from _lines(sys.stdin.buffer)
        return
    try:
        with Path(path).open("rb") as file:
            yield from _lines(file)
    except OSError as error:
        raise read_error(path, error) from error


def count_lines(path: str) -> int | None:
    """About how many rows a file has, for the progress bar; None for standard input and pipes."""
    if path == "-" or not Path(path).is_file():
        return None
    total, tail = 0, b"\n"
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            total += block.count(b"\n")
            tail = block[-1:]
    return total + (tail != b"\n")


def _lines(file: BinaryIO) -> Iterator[Line]:
    reader = io.BufferedReader(file) if isinstance(file, io.RawIOBase) else file
    head = reader.peek(4096) if isinstance(reader, io.BufferedReader) else b""
    refuse_binary(head)
    if encoding := _wide(head):
        yield from _wide_lines(reader, encoding)
        return
    number = 0
    while line := reader.readline(MAX_LINE):
        number += 1
        is_cut = not line.endswith(b"\n") and len(line) >= MAX_LINE
        if is_cut:
            while (rest := reader.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
        if number == 1 and line.startswith(codecs.BOM_UTF8):
            line = line[3:]
        if line.strip():
            yield Line(number, line[: 1 << 16] if is_cut else line, is_cut)


def _wide(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return wide_encoding(head)


def _wide_lines(file: BinaryIO, encoding: str) -> Iterator[Line]:
    reader = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")
    number = 0
    try:
        while line := reader.readline(MAX_LINE // 4):
            number += 1
            is_cut = not line.endswith("\n") and len(line) >= MAX_LINE // 4
            if is_cut:
                while (rest := reader.readline(1 << 18)) and not rest.endswith("\n"):
                    pass
            if line.strip():
                yield Line(number, (line[: 1 << 14] if is_cut else line).encode("utf-8", "surrogatepass"), is_cut)
    finally:
        # The file is its opener's to close.
        reader.detach()
