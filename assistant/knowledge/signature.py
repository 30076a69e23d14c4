"""The clinician's signature: who compared a guideline's file with the original, when, and the file's fingerprint at that time."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import yaml

from assistant.errors import InputError
from assistant.knowledge import shelf
from assistant.knowledge.guideline import Part
from assistant.knowledge.strict_yaml import load_model


class _Stored(Part):
    by: str
    on: str
    sha256: str


class Signature(Part):
    """A signature and whether it still holds."""

    by: str
    on: str
    """ISO date."""
    valid: bool
    """False: the file has changed since."""


def signature(name: str) -> Signature | None:
    """The signature of a guideline; None where nobody has signed.

    Raises:
        UnknownName: no such guideline.
        KnowledgeError: the signature's file is wrong.
    """
    path = _path(name)
    if not path.is_file():
        return None
    stored = load_model(path, _Stored)
    return Signature(by=stored.by, on=stored.on, valid=stored.sha256 == fingerprint(name))


def sign(name: str, by: str, on: datetime.date | None = None) -> Signature:
    """Record that `by` has compared the guideline's file with the original.

    Raises:
        UnknownName: no such guideline.
        InputError: no name given.
    """
    person = " ".join(by.split())
    if not person:
        raise InputError("Who signs?", code="no_name", hint="Give the clinician's name.")
    day = (on or datetime.date.today()).isoformat()
    data = {"by": person, "on": day, "sha256": fingerprint(name)}
    header = "# Written by `radassist kb sign`. It no longer counts once guideline.yaml changes.\n"
    _path(name).write_text(header + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, default_style='"'), encoding="utf-8")
    return Signature(by=person, on=day, valid=True)


def fingerprint(name: str) -> str:
    """SHA-256 of guideline.yaml as it stands, line ends apart."""
    shelf.guideline(name)
    text = (shelf.folder() / name / "guideline.yaml").read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(text).hexdigest()


def _path(name: str) -> Path:
    shelf.guideline(name)
    return shelf.folder() / name / "signature.yaml"
