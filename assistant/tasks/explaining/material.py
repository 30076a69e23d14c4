"""What an explanation is made from: findings with the words that the report uses of them, advice, limits and stated categories."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.knowledge.glossary import Glossary
from assistant.report.facts import Reading, Sentence
from assistant.report.findings import Finding
from assistant.report.text import Evidence

Range = tuple[int, int]

_QUIET = frozenset({"exam", "indication", "clinical", "technique", "comparison", "signature"})
"""Sections that say nothing of the result."""
_BREAK = re.compile(r"[,;.:。、()\n]|\b(?:and|with|but|which)\b|并|伴")
_REMARK = 40
"""Characters that a remark may have."""


@dataclass(slots=True)
class Material:
    """A report's text with the means to look at it."""

    reading: Reading
    glossary: Glossary
    lines: list[Sentence] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    """Place of each sentence in the reading, by its identity."""
    _pieces: dict[int, list[str]] = field(default_factory=dict)
    """By the identity of a finding, which lives as long as the material."""

    @property
    def text(self) -> str:
        return self.reading.report.text

    @property
    def shadow(self) -> str:
        return self.reading.shadow.get("text", "")

    def line(self, at: int) -> Sentence | None:
        """The sentence that an offset lies in."""
        n = bisect_right(self.starts, at) - 1
        return self.lines[n] if n >= 0 and at < self.lines[n].end else None

    def index(self, sentence: Sentence) -> int:
        """The place of a sentence in the reading."""
        return self.numbers[id(sentence)]

    def told(self) -> Iterator[Sentence]:
        """Sentences that may say something of the result."""
        return (s for s in self.lines if s.section not in _QUIET and (s.section or not self._is_title(s)))

    def _is_title(self, sentence: Sentence) -> bool:
        sections = self.reading.sections
        return bool(sections) and sentence.end <= sections[0].start

    def quotes(self, finding: Finding) -> str:
        """All evidence of a finding, folded, one piece a line."""
        return "\n".join(self.shadow[e.start : e.end] for e in finding.evidence if e.source == "text")

    def pieces(self, finding: Finding) -> list[str]:
        """Those stretches of the evidence that are about the finding itself, folded."""
        if id(finding) not in self._pieces:
            self._pieces[id(finding)] = self._cut(finding)
        return self._pieces[id(finding)]

    def _cut(self, finding: Finding) -> list[str]:
        words = finding.observation.lower()
        remark = self.glossary.remark
        out: list[str] = []
        for evidence in finding.evidence:
            if evidence.source != "text":
                continue
            parts = [p.strip() for p in _BREAK.split(self.shadow[evidence.start : evidence.end]) if p and p.strip()]
            for part in parts:
                # "..., indeterminate": a piece that only describes is a remark on what stands before it.
                if (words and words in part) or len(parts) == 1 or (len(part) <= _REMARK and not remark.sub(" ", part).strip()):
                    out.append(part)
        return out


def material(reading: Reading, glossary: Glossary) -> Material:
    """The material of a report."""
    lines = sorted((s for s in reading.sentences if s.source == "text"), key=lambda s: s.start)
    return Material(reading, glossary, lines, [s.start for s in lines], {id(s): n for n, s in enumerate(reading.sentences)})


def span_of(evidence: tuple[Evidence, ...]) -> list[Range]:
    """The ranges of the text that a finding rests on, in order, each once."""
    return sorted({(e.start, e.end) for e in evidence if e.source == "text"})
