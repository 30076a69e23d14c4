"""A report's text folded for matching, with exactly the same length, so that every offset still points into the original."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

_STORED_AT_MOST = 20_000
"""Entries that the folding table keeps; the distinct characters of all real reports together are fewer."""

_PLAIN = {
    "-": "‐‑‒–—―−﹣－⁃",
    '"': "“”„‟〝〞«»",
    "'": "‘’‚‛′`´",
    "~": "～〜∼˜∽",
    "x": "×✕✖⨯╳х",
    "<": "﹤〈‹",
    ">": "﹥〉›",
    "≤": "≦⩽",
    "≥": "≧⩾",
    "/": "⁄∕",
    "µ": "μ",
    "•": "●◆■▪◦‣·・",
}
_DRESSED = {char: plain for plain, dressed in _PLAIN.items() for char in dressed}
_LINE_ENDS = "\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"

_SHARED = {"乾": "干", "後": "后", "徵": "征", "摺": "折", "於": "于", "菸": "烟", "醣": "糖", "夥": "伙"}
"""Traditional characters that also stand in the simplified standard (GB 2312), so that its table cannot tell them apart."""


@functools.cache
def _opencc() -> Any:
    # Thirty milliseconds; only texts with traditional characters pay for it.
    from opencc import OpenCC

    return OpenCC("t2s")


def _encodes(char: str, codec: str) -> bool:
    try:
        char.encode(codec)
    except UnicodeError:
        return False
    return True


def _simplified(char: str) -> str:
    """The simplified form of a Chinese character; itself where there is none."""
    if char in _SHARED:
        return _SHARED[char]
    # Characters of the simplified standard, and those that Big5 lacks, are no traditional ones: OpenCC stays unloaded for them.
    if _encodes(char, "gb2312") or not _encodes(char, "big5hkscs"):
        return char
    simple = str(_opencc().convert(char))
    return simple if len(simple) == 1 else char


def _fold_char(char: str) -> str:
    """One character for one character."""
    if char in _LINE_ENDS:
        return "\n"
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"):
        return " "
    if char in _DRESSED:
        return _DRESSED[char]
    if category[0] in "LPS" or category == "Nd":
        # Letters, digits and signs of other widths and faces; circled and Roman numerals and superscripts keep their meaning.
        plain = unicodedata.normalize("NFKC", char)
        char = _DRESSED.get(plain, plain) if len(plain) == 1 and plain != " " else char
    lower = char.lower()
    # Some letters grow when lowered (U+0130 gives two); the first keeps the length.
    char = lower if len(lower) == 1 else lower[0]
    return _simplified(char) if "\u3400" <= char <= "\u9fff" else char


class _Table(dict[int, str]):
    """Code point to its folded character, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if len(self) < _STORED_AT_MOST:
            self[code] = folded
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """The text in lower case, half width, simplified Chinese and plain punctuation, of exactly the same length.

    Control characters, odd spaces and lone surrogates become spaces; every kind of line end becomes a line feed (CRLF: space and
    line feed). Chinese commas, colons, semicolons and brackets become their Latin twins; 。 and 、 stay.
    """
    if "\r" in text:
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    return text.translate(_TABLE)
