"""The rules of the proofreader (knowledge_base/checks/), loaded strictly, and one automaton for every phrase that they speak of."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from ahocorasick_rs import AhoCorasick
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import KnowledgeError
from assistant.knowledge.lexicon import expand
from assistant.rooms import room

What = Literal[
    "patient.sex", "patient.age",
    "exam.contrast", "exam.modality", "exam.region", "exam.side",
    "findings.side", "findings.size", "findings.scale", "findings.presence", "findings.level",
    "category.derived", "category.stated", "category.points", "category.words",
]  # fmt: skip
"""Everything that an `agrees` rule may compare; closed, so that no data file can name code."""

M = TypeVar("M", bound=BaseModel)

INNOCENT = "innocent"
"""The set whose phrases hide shorter phrases inside them."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Phrases(_Strict):
    """Phrases of both languages."""

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()

    def spelled(self) -> set[str]:
        """Every spelling."""
        return {word for phrase in (*self.en, *self.zh) for word in expand(phrase.lower()) if word}


class Case(_Strict):
    """A report that a rule must, or must not, object to."""

    text: str
    exam: str = ""
    indication: str = ""
    sex: Literal["M", "F"] | None = None
    age: float | None = None


class Cases(_Strict):
    """Reports beside their rule: hits it must object to, misses it must let pass."""

    hits: tuple[Case | str, ...] = ()
    misses: tuple[Case | str, ...] = ()


class TermWhere(_Strict):
    """A set of phrases in a part of the report."""

    term: str
    where: Literal["report", "body", "impression"] = Field(default="report", alias="in")
    """body: findings and impression; report: body, and what is said of the patient."""
    unless: str | None = None
    """Set of phrases that excuse it in the same clause."""
    first: bool = False
    """Only the first is worth an issue."""


class EmptyHeading(_Strict):
    """A heading with nothing under it."""

    heading: str
    empty: Literal[True]


class Bound(_Strict):
    """Sizes of one thing in one place that cannot be, in millimetres."""

    id: str
    what: Phrases
    organ: Phrases | None = None
    excused: Phrases = Field(default=Phrases(), alias="except")
    min_mm: float | None = None
    max_mm: float | None = None
    direct: bool = False
    """The size must follow the words at once: "kidney measures 11 cm"."""


class Structure(_Strict):
    """Something that only examinations of certain regions can show."""

    regions: tuple[str, ...]
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()


class Slip(_Strict):
    """Wrong words and what is meant."""

    wrong: tuple[str, ...]
    right: str


class CheckRule(_Strict):
    """One rule; which fields it has depends on its kind."""

    id: str
    kind: Literal["exists", "conflicts", "required", "agrees", "plausible"]
    type: str
    level: Literal["error", "warning", "suggestion"]
    message: dict[Literal["en", "zh"], str]
    cases: Cases
    language: Literal["en", "zh"] | None = None
    pattern: tuple[re.Pattern[str], ...] = ()
    hint: tuple[str, ...] = ()
    unless_pattern: re.Pattern[str] | None = None
    unless_before: re.Pattern[str] | None = None
    slips: str | None = None
    homophones: str | None = None
    words: str | None = None
    left: dict[str, Any] = Field(default_factory=dict)
    right: TermWhere | None = None
    when: TermWhere | EmptyHeading | None = None
    then: TermWhere | None = None
    what: What | None = None
    bounds: str | None = None


class Vocabulary:
    """Labelled phrases found in one pass: per label the longest spans, those inside an innocent phrase left out."""

    def __init__(self, labelled: Iterable[tuple[str, Iterable[str]]]) -> None:
        labels: dict[str, list[str]] = defaultdict(list)
        for label, phrases in labelled:
            for phrase in phrases:
                labels[phrase].append(label)
        self._labels = list(labels.values())
        self._guard = [(_latin(p[0]), _latin(p[-1])) for p in labels]
        self._automaton = AhoCorasick(list(labels))

    def scan(self, shadow: str) -> dict[str, list[tuple[int, int]]]:
        """Label to its spans in a folded text, in order."""
        size, guard = len(shadow), self._guard
        found: list[tuple[int, int, int]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(shadow, overlapping=True):
            front, back = guard[index]
            if (front and start and _latin(shadow[start - 1])) or (back and end < size and _latin(shadow[end])):
                continue
            found.append((start, -end, index))
        found.sort()
        spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
        safe_to, safe_from = -1, -1
        for start, minus_end, index in found:
            end = -minus_end
            if end <= safe_to and (end < safe_to or start > safe_from):
                continue
            for label in self._labels[index]:
                if label == INNOCENT:
                    safe_from, safe_to = start, max(safe_to, end)
                elif not (known := spans[label]) or known[-1][1] < end:
                    known.append((start, end))
        return spans


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


class Checks(BaseModel):
    """All rules and the data that they name."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rules: tuple[CheckRule, ...]
    vocabulary: Vocabulary
    bounds: dict[str, tuple[Bound, ...]]
    slips: dict[str, tuple[Slip, ...]]
    structures: dict[str, Structure]
    regions: tuple[str, ...]
    limbs: frozenset[str]
    patterns: dict[str, re.Pattern[str]]
    """Words by which comparing rules tell what may be compared."""
    level_groups: dict[str, re.Pattern[str]]
    tirads_bands: tuple[tuple[int, str], ...]
    word_fronts: tuple[str, ...]
    word_endings: tuple[str, ...]


def _yaml(path: Path) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise KnowledgeError(str(getattr(error, "problem", error)), file=str(path), line=mark.line + 1 if mark else None) from error
    except OSError as error:
        raise KnowledgeError(str(error), file=str(path)) from error
    if not isinstance(data, dict):
        raise KnowledgeError("a mapping was expected at the top", file=str(path))
    return data


def _valid(model: type[M], row: Any, path: Path) -> M:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        name = row.get("id", "") if isinstance(row, Mapping) else ""
        raise KnowledgeError(f"{name} {where}: {first['msg']}".strip(), file=str(path)) from error


def load(folder: Path) -> Checks:
    """The rules of a folder.

    Raises:
        KnowledgeError: a file is malformed, an id is defined twice, or a rule names a set that no file has.
    """
    sets: dict[str, Phrases] = {}
    rules: dict[str, CheckRule] = {}
    for path in (*sorted(folder.glob("rules_*.yaml")), folder / "terms.yaml"):
        data = _yaml(path)
        sets |= {name: _valid(Phrases, row, path) for name, row in (data.get("sets") or {}).items()}
        for row in data.get("rules") or []:
            rule = _valid(CheckRule, row, path)
            if rule.id in rules:
                raise KnowledgeError(f"rule {rule.id!r} is defined twice", file=str(path))
            rules[rule.id] = rule
    for rule in rules.values():
        for part in (rule.right, rule.when, rule.then):
            for name in (part.term, part.unless) if isinstance(part, TermWhere) else ():
                if name and name not in sets:
                    raise KnowledgeError(f"rule {rule.id!r} names the set {name!r}, which no file has", file=str(folder))
    return _joined(folder, sets, rules)


def _joined(folder: Path, sets: dict[str, Phrases], rules: dict[str, CheckRule]) -> Checks:
    """Rules and data with one automaton for all of their phrases."""
    exam = folder / "exam.yaml"
    data, compare = _yaml(exam), _yaml(folder / "compare.yaml")
    structures = {name: _valid(Structure, row, exam) for name, row in data["structures"].items()}
    bounds = {
        r.bounds: tuple(_valid(Bound, row, folder / r.bounds) for row in _yaml(folder / r.bounds)["bounds"])
        for r in rules.values()
        if r.bounds
    }
    slips = {
        r.slips: tuple(_valid(Slip, row, folder / r.slips) for rows in _yaml(folder / r.slips).values() for row in rows)
        for r in rules.values()
        if r.slips
    }
    labelled: list[tuple[str, Iterable[str]]] = [(name, phrases.spelled()) for name, phrases in sets.items()]
    labelled.append(("exam_excused", _valid(Phrases, data["excused"], exam).spelled()))
    for prefix in ("regions", "sides"):
        labelled += [(f"{prefix}.{name}", _valid(Phrases, row, exam).spelled()) for name, row in data[prefix].items()]
    labelled += [(f"structure.{name}", Phrases(en=s.en, zh=s.zh).spelled()) for name, s in structures.items()]
    for file, rows in bounds.items():
        for row in rows:
            labelled.append((f"{file}.{row.id}.what", row.what.spelled()))
            labelled.append((f"{file}.{row.id}.organ", row.organ.spelled() if row.organ else ()))
            labelled.append((f"{file}.{row.id}.except", row.excused.spelled()))
    for file, entries in slips.items():
        labelled += [(f"{file}.{n}", Phrases(en=slip.wrong).spelled()) for n, slip in enumerate(entries)]
    return Checks(
        rules=tuple(rules.values()),
        vocabulary=Vocabulary(labelled),
        bounds=bounds,
        slips=slips,
        structures=structures,
        regions=tuple(data["regions"]),
        limbs=frozenset(data["limbs"]),
        patterns={name: re.compile("|".join(lines)) for name, lines in compare["patterns"].items()},
        level_groups={name: re.compile(line) for name, line in compare["level_groups"].items()},
        tirads_bands=tuple((int(most), str(level)) for most, level in compare["tirads_bands"]),
        word_fronts=tuple(compare["word_fronts"]),
        word_endings=tuple(compare["word_endings"]),
    )


@functools.cache
def load_checks() -> Checks:
    """The rules of the knowledge base, loaded once per process."""
    return load(room("knowledge_base") / "checks")
