"""Bytes as received -> text, nothing lost: encodings recognised, binary files named, oversize refused before it is read.

Order: size, magic numbers of files that are not text, byte-order marks, strict UTF-8, UTF-16/32 by their NUL pattern, then the
legacy encodings (GB18030, Big5, Windows-1252), of which the one that reads most like words wins. Line ends stay as they are.
"""

from __future__ import annotations

import codecs
import functools
import os
import re
import stat
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

from assistant.errors import InputError

MAX_BYTES = 2_000_000
"""Largest single report file. The longest report read (200,000 characters) in the widest encoding is 0.8 MB."""

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image", "radassist reads text, not pictures; paste the report's text."),
    (b"\xff\xd8\xff", "a JPEG image", "radassist reads text, not pictures; paste the report's text."),
    (b"GIF8", "a GIF image", "radassist reads text, not pictures; paste the report's text."),
    (b"II*\x00", "a TIFF image", "radassist reads text, not pictures; paste the report's text."),
    (b"MM\x00*", "a TIFF image", "radassist reads text, not pictures; paste the report's text."),
    (b"%PDF-", "a PDF file", "Take the text out first: `pdftotext report.pdf - | radassist review -`."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or Excel file", "Save it as plain text (UTF-8) and give that file."),
    (b"{\\rtf", "an RTF file", "Save it as plain text (UTF-8) and give that file."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first: `gunzip -c report.txt.gz | radassist review -`."),
    (b"BZh", "a bzip2 archive", "Unpack it first and give the text file inside."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it first and give the text file inside."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it first and give the text file inside."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it first and give the text file inside."),
    (b"\x7fELF", "a program", "Give the report's text file."),
    (b"MZ\x90\x00", "a program", "Give the report's text file."),
    (b"SQLite format 3\x00", "a database", "Export the reports as JSONL and use `radassist batch`."),
    (b"ID3", "a sound file", "radassist reads text, not sound; dictate to text first."),
    (b"OggS", "a sound file", "radassist reads text, not sound; dictate to text first."),
    (b"RIFF", "a sound or video file", "radassist reads text, not sound; dictate to text first."),
)
_ZIPPED = (
    (b"word/", "a Word document (DOCX)", "Save it as plain text (UTF-8) and give that file."),
    (b"xl/", "an Excel workbook (XLSX)", "Export the reports as JSONL and use `radassist batch`."),
    (b"ppt/", "a PowerPoint file (PPTX)", "Give the report as plain text (UTF-8)."),
    (b"opendocument", "an OpenDocument file", "Save it as plain text (UTF-8) and give that file."),
    (b"", "a ZIP archive", "Unpack it first and give the text file inside."),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Decoded(NamedTuple):
    """Text and the encoding it was read with."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """The text of a file's bytes.

    Raises:
        InputError: a picture, PDF, archive or other file that is not text.

    Example: decode("肝S8段".encode("gb18030")) -> ("肝S8段", "gb18030")
    """
    refuse_binary(data)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(_lenient(data[len(mark) :], encoding), encoding)
    # NUL bytes between letters are UTF-16 or UTF-32 without a mark; pure ASCII with a stray NUL is not.
    if wide := wide_encoding(data):
        return Decoded(_lenient(data, wide), wide)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _legacy(data)


def refuse_binary(data: bytes) -> None:
    """Nothing, where the first bytes may be text.

    Raises:
        InputError: they are the mark of a known file format that is not text.
    """
    if data.startswith(b"PK\x03\x04"):
        _, name, hint = next(row for row in _ZIPPED if row[0] in data[:4096])
        raise InputError(f"This is {name}, not text.", code="not_text", hint=hint)
    for magic, name, hint in _MAGIC:
        if data.startswith(magic) and (len(magic) > 4 or _has_odd_bytes(data)):
            raise InputError(f"This is {name}, not text.", code="not_text", hint=hint)
    if data[128:132] == b"DICM":
        hint = "Export the report's text from it; radassist reads text, not DICOM objects."
        raise InputError("This is a DICOM file, not text.", code="not_text", hint=hint)


def _has_odd_bytes(data: bytes) -> bool:
    # Short marks ("BZh", "RIFF") may open a sentence; real files of these kinds have control bytes near the front.
    return any(byte < 9 or 13 < byte < 32 for byte in data[:512])


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte-order mark, told by where the NUL bytes stand; else None.

    Chinese text in UTF-16 has few NULs, but its line ends, spaces and digits have them, all on the same side.
    """
    head = data[:65536]
    head = head[: len(head) - len(head) % 4]
    if len(head) < 4 or not head.count(0):
        return None
    zeros = [head[lane::4].count(0) for lane in range(4)]
    quarter = len(head) // 4
    if zeros[2] + zeros[3] >= 2 * quarter * 0.95 and zeros[0] < quarter * 0.5:
        return "utf-32-le"
    if zeros[0] + zeros[1] >= 2 * quarter * 0.95 and zeros[3] < quarter * 0.5:
        return "utf-32-be"
    # A stray NUL in a UTF-8 text is just that; in UTF-16 line ends, spaces and digits alone give more.
    if sum(zeros) * 50 < len(head) and _is_utf8(data):
        return None
    scores = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            scores[encoding] = _plausible(head.decode(encoding, "surrogatepass"))
        except UnicodeDecodeError:
            continue
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best and scores[best] > 0.75 else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lenient(data: bytes, encoding: str) -> str:
    """Decoded with lone surrogates kept and broken bytes shown as U+FFFD, so that nothing after them is lost."""
    try:
        return data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return data.decode(encoding, "replace")


def _legacy(data: bytes) -> Decoded:
    """Bytes that are not UTF-8: the encoding under which they read most like a report."""
    candidates: list[tuple[float, int, str, str]] = []
    for rank, encoding in enumerate(("utf-8", "gb18030", "big5hkscs", "cp1252", "latin-1", "utf-16-le", "utf-16-be")):
        try:
            text = data.decode(encoding, "surrogatepass" if encoding.startswith("utf") else "strict")
        except UnicodeDecodeError:
            continue
        candidates.append((_plausible(text), -rank, encoding, text))
    broken = data.decode("utf-8", "replace")
    # A mostly sound UTF-8 file with a few bad bytes is better than every byte of it misread.
    candidates.append((_plausible(broken) - 0.02, 1, "utf-8", broken))
    _, _, encoding, text = max(candidates)
    return Decoded(text, encoding)


_COMMON_HANZI = frozenset(
    "的一是不了在有大中小上下左右见未无及其可与为于或约者性期示影肝肺胸腹部段叶灶结节病变强化增大密度信号边缘清晰扫描检查所诊断建议常规则淋巴"
    "脏心膈肋骨腔积液双侧血管门静脉动延迟呈低高等较前相似直径厘米毫实质胰脾胆肾囊肿癌术后改缩减少多发散点状斑片条索空洞钙化间隙壁厚软组织"
    "見無與為於約診斷檢查議規則淋臟腔積雙側血門靜脈動遲較實質膽腎腫術後縮減發狀條鈣隙軟組織變強擴張節葉結顯示請結合臨床隨訪複查"
)
"""Hanzi that reports are made of, simplified and traditional: what misread bytes hardly ever give."""


@functools.cache
def _letters() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z]{2,}")


def _plausible(text: str) -> float:
    """How much a text reads like a report, 0 to 1: common characters count in full, odd ones against."""
    if not text:
        return 0.0
    sample = text[:20_000]
    score = 0.0
    wide = common = 0
    for char in sample:
        code = ord(char)
        if 32 <= code < 127 or char in "\t\n\r\f\v":
            score += 1
        elif 0x4E00 <= code < 0xA000:
            wide += 1
            common += char in _COMMON_HANZI
        elif 0xE000 <= code < 0xF900:
            # Private use: what Big5 and GB18030 give for codes that nobody has written.
            score += 0.2
        elif 0x3000 <= code < 0x3020 or 0xFF00 <= code < 0xFF5F or 0xA1 <= code < 0x100 or 0x2010 <= code < 0x2027:
            score += 0.9
        elif code >= 0xA0 and code != 0xFFFD and not 0xD800 <= code < 0xE000:
            score += 0.6
    # Chinese reports draw a good third of their characters from a short list; bytes misread as Chinese do not.
    score += wide * min(1.0, 0.5 + common / wide) if wide else 0
    return score / len(sample)


def read_bytes(source: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file, or of standard input where the source is "-".

    Raises:
        InputError: no such file, a folder, not allowed, or larger than the limit.
    """
    if source == "-":
        return _limited(sys.stdin.buffer, limit, "standard input")
    if not source.strip():
        raise InputError("No file is named.", code="no_file", hint="Give the path of a report; use - for standard input.")
    path = Path(source)
    try:
        info = path.stat()
        if stat.S_ISREG(info.st_mode) and info.st_size > limit:
            raise _too_large(source, info.st_size, limit)
        with path.open("rb") as file:
            return _limited(file, limit, source)
    except (OSError, ValueError) as error:
        raise read_error(source, error) from error


def read_error(source: str, error: OSError | ValueError) -> InputError:
    """What to tell somebody whose file could not be opened or read."""
    if isinstance(error, IsADirectoryError):
        return InputError(f"{source} is a folder.", code="no_file", hint="Give one report file, or a JSONL file to `radassist batch`.")
    if isinstance(error, PermissionError):
        return InputError(f"{source} may not be read.", code="no_file", hint="Check the file's permissions.")
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return InputError(f"There is no file {source}.", code="no_file", hint=_near_files(Path(source)))
    return InputError(f"{source} cannot be read: {os.strerror(error.errno or 0)}.", code="no_file", hint="Check the path and the disk.")


def _limited(file: BinaryIO, limit: int, name: str) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(name, None, limit)
    return data


def _too_large(name: str, size: int | None, limit: int) -> InputError:
    amount = f"{size / 1e6:,.1f} MB" if size else f"more than {limit / 1e6:g} MB"
    return InputError(
        f"{name} has {amount}; one report may have {limit / 1e6:g} MB.",
        code="too_long",
        hint="Is this one report? For many reports write one JSON object per line and use `radassist batch`.",
    )


def _near_files(path: Path) -> str:
    import difflib

    try:
        names = [p.name for p in path.parent.iterdir() if p.is_file()][:5000]
    except (OSError, ValueError):
        return "Check the path; use - for standard input."
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    return f"Did you mean {', '.join(str(path.parent / n) for n in near)}?" if near else "Check the path; use - for standard input."
