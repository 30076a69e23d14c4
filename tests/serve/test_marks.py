"""Overlapping evidence is cut into segments that join to the text again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from serve.render.marks import segments, visible
from serve.render.view import Place

_MARKS = st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 40), st.sampled_from("abcd")), max_size=12)


@given(st.text(max_size=30), _MARKS)
def test_segments_join_to_the_text_and_carry_exactly_their_marks(text: str, spans: list[tuple[int, int, str]]) -> None:
    marks = [(Place("text", start, end), key, f"tone-{key}") for start, end, key in spans]
    parts = segments(text, "text", marks)
    assert "".join(p.text for p in parts) == text
    for part in parts:
        for offset in range(part.start, part.start + len(part.text)):
            assert set(part.keys) == {key for start, end, key in spans if max(0, start) <= offset < end}


def test_marks_of_another_source_are_left_out() -> None:
    assert segments("abc", "exam", [(Place("text", 0, 2), "a", "")])[0].keys == ()


def test_many_overlapping_marks_are_quick() -> None:
    marks = [(Place("text", n, n + 50), f"k{n}", "t") for n in range(20_000)]
    assert len(segments("x" * 20_050, "text", marks)) == 20_050


def test_what_commands_a_terminal_or_turns_text_is_shown_one_for_one() -> None:
    text = "a\x1b[31m\x00\x07\u202eb\u2066c\ud800\x9b\n\t肝"
    shown = visible(text)
    assert len(shown) == len(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not set(shown) & set("\x1b\x00\u202e\u2066\ud800\x9b")
    assert shown.endswith("\n\t肝")
