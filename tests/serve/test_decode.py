"""Bytes to text: every usual encoding read right, everything that is not text named, nothing lost."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from assistant.errors import InputError
from serve.decode import MAX_BYTES, decode, read_bytes

ENGLISH = "FINDINGS: 2.3 x 1.9 cm mass in segment 8.\r\nNo ascites.\r\nIMPRESSION: LR-5."
CHINESE = "检查所见：肝S8段见一类圆形结节，大小约2.3cm×1.9cm，动脉期明显强化，门静脉期强化减退。\r\n诊断意见：LR-5。"
TRADITIONAL = "檢查所見：肝臟第八段見一結節，大小約2.3公分，動脈期顯影增強，門靜脈期顯影減低。\n診斷：肝細胞癌。"
FRENCH = "Scanner thoracique : épaississement pleural à gauche, nodule de 6 mm. Pas d'épanchement. Température 38,5 °C – œdème."


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, TRADITIONAL, FRENCH], ids=["en", "zh", "zh-Hant", "fr"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_unicode_encodings_are_read_with_and_without_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        ("胸部CT平扫未见异常。", "gbk"),
        ("肺窗未见结节", "gb2312"),
        (TRADITIONAL, "big5"),
        (FRENCH, "cp1252"),
        ("Nodule de 6 mm, stable, bien limité.", "latin-1"),
        ("Volume 12 cm³, 37 °C, size 2–3 mm", "cp1252"),
    ],
)
def test_legacy_encodings_are_read(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_line_ends_and_control_characters_stay() -> None:
    text = "a\r\nb\rc\nd\x00e\x0bf\x0c\x1b[31m"
    assert decode(text.encode()).text == text


def test_one_broken_byte_does_not_spoil_a_chinese_file() -> None:
    data = CHINESE.encode()
    text = decode(data[:60] + b"\xff" + data[60:]).text
    assert "\ufffd" in text
    assert "诊断意见：LR-5。" in text


def test_lone_surrogates_in_utf16_are_kept() -> None:
    assert decode(codecs.BOM_UTF16_LE + "a\ud800b".encode("utf-16-le", "surrogatepass")).text == "a\ud800b"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml word/document.xml", "Word"),
        (b"PK\x03\x04\x14\x00\x06\x00xl/workbook.xml", "Excel"),
        (b"PK\x03\x04\x14\x00\x00\x00anything", "ZIP"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "old Word"),
        (b"{\\rtf1\\ansi Report}", "RTF"),
        (b"\x00" * 128 + b"DICM" + b"\x02\x00", "DICOM"),
    ],
)
def test_files_that_are_not_text_are_named_with_a_remedy(data: bytes, name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        decode(data)
    assert caught.value.code == "not_text"
    assert caught.value.hint


@pytest.mark.parametrize("text", ["MZ gene positive.", "RIFF is no word", "BZhang, Wei: chest CT", "GIF8 is odd but text", "II*"])
def test_words_that_look_like_magic_numbers_are_text(text: str) -> None:
    assert decode(text.encode()).text == text


def test_large_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(20_000_000_000)  # sparse: reading it would take the machine's memory
    with pytest.raises(InputError, match="MB") as caught:
        read_bytes(str(path))
    assert caught.value.code == "too_long"


def test_files_that_cannot_be_opened_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("x")
    with pytest.raises(InputError, match="no file") as caught:
        read_bytes(str(tmp_path / "reprot.txt"))
    assert "report.txt" in caught.value.hint
    with pytest.raises(InputError, match="folder"):
        read_bytes(str(tmp_path))
    with pytest.raises(InputError, match="no file"):
        read_bytes("bad\0name")


def test_limit_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "edge.txt"
    path.write_bytes(b"a" * MAX_BYTES)
    assert len(read_bytes(str(path))) == MAX_BYTES
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(InputError):
        read_bytes(str(path))
