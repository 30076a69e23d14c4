"""Refuses files that do not belong in the repository: large ones, private keys, text that looks like a real patient's.

Usage: python scripts/intruders.py [FILE ...]   (without files: everything that git tracks)
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 500_000
_TEXT_ROOMS = ("examples/", "tests/", "knowledge_base/", "eval/", "prompts/", "docs/")
_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
_PATIENT = {
    "a record number": re.compile(
        r"\b(?:MRN|medical record (?:no|number)|accession (?:no|number))\b[\s.:#]*\d{6,}|(?:住院号|病历号|门诊号|检查号)[：:\s]*\d{6,}",
        re.I,
    ),
    "a date of birth": re.compile(
        r"\b(?:DOB|date of birth)\b[\s.:]*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|出生(?:日期|年月)[：:\s]*(?:19|20)\d\d", re.I
    ),
    "an identity card number": re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"),
}


def complaints(path: Path, name: str) -> Iterator[str]:
    """What is wrong with one file, in sentences."""
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        yield f"{name}: {len(data):,} bytes; files over {MAX_BYTES:,} bytes are not kept here"
    if _PRIVATE_KEY.search(data):
        yield f"{name}: contains a private key"
    if name.startswith(_TEXT_ROOMS):
        text = data.decode("utf-8", errors="ignore")
        for what, pattern in _PATIENT.items():
            if found := pattern.search(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{name}:{line}: looks like {what}; only invented reports belong here, without identifiers"


def main(names: list[str]) -> int:
    """0 when nothing is wrong; complaints go to standard error."""
    if not names:
        listing = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True)
        names = [n for n in listing.stdout.split("\0") if n]
    found = [c for n in names if Path(n).is_file() for c in complaints(Path(n), n)]
    for complaint in found:
        sys.stderr.write(complaint + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
