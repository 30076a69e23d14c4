"""The terminal view: readable at any width, in both languages, with and without colour, and harmless to the terminal."""

from __future__ import annotations

import pytest

from serve.render.text import show
from tests.serve.samples import REPORT, review


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_asked(width: int, language: str) -> None:
    from rich.cells import cell_len

    text = show(REPORT, review(), language, width=width, to_file=True)
    assert text
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_everything_important_is_said() -> None:
    text = show(REPORT, review(), "en", width=160, to_file=True) or ""
    wanted = ("LR-5", "3 or 4A", "The report says LR-4", "23 × 19.5 mm", "expected: right", "There is a lump", "nonrim")
    for words in (*wanted, "solid mm = 4 → 3"):
        assert words in text, words


def test_chinese_labels() -> None:
    text = show(REPORT, review("zh"), None, width=120, to_file=True) or ""
    assert "分级与分期" in text
    assert "3 或 4A" in text


def test_hostile_text_sends_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show(REPORT, review(), "en", width=100)
    out = capsys.readouterr().out
    assert not set(out) & set("\x1b\x00\x07\u202e\u202c\ud800")
