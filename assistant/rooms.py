"""Finds the two data rooms, prompts/ and knowledge_base/: a site's own folder first, then the wheel, then the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.errors import SetupError

_PACKAGE = Path(__file__).resolve().parent


def room(name: str) -> Path:
    """The folder of `prompts` or `knowledge_base`.

    Raises:
        SetupError: the folder is in none of the places.
    """
    site = os.environ.get(f"RADASSIST_{name.upper()}")
    candidates = ([Path(site)] if site else []) + [_PACKAGE / "_data" / name, _PACKAGE.parent / name]
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise SetupError(
        f"The folder {name} is missing.",
        hint=f"Install radassist again, or set RADASSIST_{name.upper()} to a folder that exists.",
    )
