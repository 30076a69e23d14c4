"""Deterministic reading: sections, sentences, measurements, mentions, assertion, frames, lesions."""

from assistant.reading.reader import read

__all__ = ["read"]
