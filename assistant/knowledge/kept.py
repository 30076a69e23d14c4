"""What is worked out from the knowledge base once and kept between runs, so that a start costs a read.

Files in the user's cache folder, named by kind, this package's version and the hash of what they were made from: a changed file makes a
new one, and older ones of its kind are removed. A file that cannot be read, or a folder that cannot be written, costs only time.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from assistant import __version__


def _file(kind: str, digest: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "radassist" / f"{kind}-{__version__}-{digest[:24]}.json"


def load(kind: str, digest: str) -> bytes | None:
    """What was kept of this kind for this hash, or None."""
    try:
        return _file(kind, digest).read_bytes()
    except (OSError, RuntimeError):
        return None


def keep(kind: str, digest: str, data: bytes) -> None:
    """Keeps it, written whole or not at all."""
    with suppress(OSError, RuntimeError):
        path = _file(kind, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{kind}-", delete=False) as draft:
            draft.write(data)
        Path(draft.name).replace(path)
        for old in path.parent.glob(f"{kind}-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
