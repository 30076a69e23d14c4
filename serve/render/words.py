"""The words of the views, from words.yaml."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import yaml

Say = Callable[..., str]


@functools.cache
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.load((Path(__file__).parent / "words.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return loaded


def words(language: str) -> Say:
    """Says a word in a language; a name without a word is shown as it is, its underscores as spaces.

    Example: words("zh")("stable") -> "稳定"
    """
    key = "zh" if language == "zh" else "en"

    def say(name: object, *values: object) -> str:
        entry = _words().get(str(name).lower() if isinstance(name, bool) else str(name))
        text = entry[key] if entry else str(name).replace("_", " ")
        for place, value in enumerate(values):
            text = text.replace(f"{{{place}}}", str(value))
        return text

    return say
