"""The expanded lexicon kept between runs, so that a start costs a read and not an expansion.

One file in the user's cache folder, named by the hash of the lexicon files and of this package's version: a changed phrase makes a new
file. The content is plain JSON; a file that cannot be read, or a folder that cannot be written, costs only time.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from assistant import __version__
from assistant.report.facts import Concept

Expanded = list[tuple[Concept, Sequence[str]]]
"""Every concept, complete, with its folded phrases."""


def _file(digest: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "radassist" / f"lexicon-{__version__}-{digest[:24]}.json"


def load(digest: str) -> Expanded | None:
    """What was kept for these files, or None."""
    try:
        rows = orjson.loads(_file(digest).read_bytes())
        return [(Concept(key, kind, attrs, frozenset(parents)), words) for key, kind, attrs, parents, words in rows]
    except (OSError, ValueError, TypeError, RuntimeError):
        return None


def keep(digest: str, expanded: Expanded) -> None:
    """Keeps an expanded lexicon; older ones of this package are removed."""
    with suppress(OSError, RuntimeError):
        path = _file(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = orjson.dumps([(c.id, c.kind, c.attrs, sorted(c.parents), list(words)) for c, words in expanded])
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".lexicon-", delete=False) as draft:
            draft.write(data)
        Path(draft.name).replace(path)
        for old in path.parent.glob("lexicon-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
