"""The lexicon: phrases of both languages to concepts, found in one Aho-Corasick pass over folded text.

Files: knowledge_base/lexicon/*.yaml (those named reading_* belong to other readers). Format: docs/architecture.md.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import orjson
import yaml
from ahocorasick_rs import AhoCorasick

from assistant.errors import KnowledgeError
from assistant.knowledge import kept
from assistant.report.facts import Concept, Mention
from assistant.rooms import room

_KINDS = frozenset(
    [
        "anatomy",
        "side",
        "observation",
        "property",
        "phase",
        "sequence",
        "direction",
        "comparator",
        "extent",
        "descriptor",
        "change",
        "cue",
        "time",
        "exam",
        "agent",
        "count",
        "treatment",
        "risk",
        "relation",
    ]
)
_NAMES_ORGAN = {"anatomy": "organ", "exam": "default_organ"}
"""The attribute by which a concept of that kind names the organ that a report is about."""
_SCOPED_KINDS = frozenset({"property", "observation", "descriptor", "comparator", "extent", "direction"})
"""Kinds to which a file's `only_in` applies; its exams and places stand for themselves."""
_FIELDS = frozenset({"id", "kind", "en", "zh", "is", "set", "note"})

Expanded = list[tuple[Concept, Sequence[str]]]
"""Every concept, complete, with its folded phrases."""


_NUMBERED = "lab"
"""Concepts under this one may have their number right behind them: AFP312, PS1."""
_SPECIAL = re.compile(r"[()\[\]|?]")
_PLAIN = re.compile(r"[^()\[\]|?]+")


def expand(phrase: str) -> list[str]:
    """Every spelling that a phrase with alternatives stands for.

    `(a|b)` alternatives, `(a|)` or `(a)?` optional, `[xy]` one of the characters, `?` makes what is before it optional.

    Example: expand("enhanc(es|ing)") -> ["enhances", "enhancing"]
    """
    if not _SPECIAL.search(phrase):
        return [" ".join(phrase.split())]
    return list(dict.fromkeys(" ".join(spelling.split()) for spelling in _spellings(phrase, _closings(phrase), 0, len(phrase))))


def _closings(phrase: str) -> dict[int, int]:
    """Where each group that is opened ends; a bracket without its partner is a character like others."""
    opened: list[int] = []
    closings = {}
    for at, char in enumerate(phrase):
        if char == "(":
            opened.append(at)
        elif char == ")" and opened:
            closings[opened.pop()] = at
    return closings


def _spellings(phrase: str, closings: dict[int, int], at: int, end: int) -> list[str]:
    """The spellings of a stretch without alternatives of its own."""
    built = [""]
    while at < end:
        char, after = phrase[at], at + 1
        if char == "(" and at in closings:
            after = closings[at] + 1
            pieces = _branches(phrase, closings, at + 1, after - 1)
        elif char == "[" and (close := phrase.find("]", after, end)) > after:
            pieces, after = list(phrase[at + 1 : close]), close + 1
        else:
            if plain := _PLAIN.match(phrase, after, end):
                # A run of plain characters goes on at once, all but its last, which a question mark may follow.
                after = plain.end()
                run = phrase[at : after - 1]
                built = [head + run for head in built]
                char = phrase[after - 1]
            pieces = [char]
        if after < end and phrase[after] == "?" and pieces != ["|"]:
            pieces, after = [*pieces, ""], after + 1
        built, at = [head + tail for head in built for tail in pieces], after
    return built


def _branches(phrase: str, closings: dict[int, int], at: int, end: int) -> list[str]:
    """The spellings of all branches of a group.

    Each branch is expanded on its own and then they are added up; from the inside out, groups of different branches would multiply.
    """
    found: list[str] = []
    start = at
    while at < end:
        if phrase[at] == "|":
            found += _spellings(phrase, closings, start, at)
            start = at + 1
        at = closings.get(at, at) + 1
    return found + _spellings(phrase, closings, start, end)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _organ_named(concepts: Iterable[Concept]) -> str:
    """The organ that a phrase names by itself; "" where it names none, one of several, or one only beside other words ("duct")."""
    named = {organ for c in concepts if "beside" not in c.attrs and (organ := c.attrs.get(_NAMES_ORGAN.get(c.kind, "")))}
    return named.pop() if len(named) == 1 else ""


class Lexicon:
    """Concepts by id and by phrase, and the automaton that finds them."""

    def __init__(self, entries: Iterable[tuple[str, Concept]], sha256: str = "") -> None:
        by_phrase: dict[str, list[Concept]] = {}
        self.concepts: dict[str, Concept] = {}
        for phrase, concept in entries:
            self.concepts[concept.id] = concept
            if concept not in (known := by_phrase.setdefault(phrase, [])):
                known.append(concept)
        self._phrases = list(by_phrase)
        self._concepts = [tuple(by_phrase[p]) for p in self._phrases]
        self._numbered = {i for i, concepts in enumerate(self._concepts) if any(c.is_a(_NUMBERED) for c in concepts)}
        self._organs = {i: organ for i, concepts in enumerate(self._concepts) if (organ := _organ_named(concepts))}
        """Which organ a phrase names, by the number of the phrase."""
        self._only_in = {c.id: frozenset(only.split()) for c in self.concepts.values() if (only := c.attrs.get("only_in"))}
        self._scoped = {
            i: frozenset().union(*(self._only_in[c.id] for c in concepts))
            for i, concepts in enumerate(self._concepts)
            if all(c.id in self._only_in for c in concepts)
        }
        self._automaton = AhoCorasick(self._phrases)
        self.sha256 = sha256

    def phrases(self) -> dict[str, tuple[Concept, ...]]:
        """Every folded phrase with its concepts."""
        return dict(zip(self._phrases, self._concepts, strict=True))

    def scan(self, shadow: str, organs: Iterable[str] = ()) -> list[Mention]:
        """The mentions in a folded text, in order, not overlapping; of overlapping phrases the best cover wins.

        Args:
            shadow: the folded text.
            organs: those that the report has named elsewhere. A concept with `only_in` is there only where the report names one of its
                organs; where it does not, its phrases cover nothing.
        """
        size = len(shadow)
        spans: dict[tuple[int, int], int] = {}
        for index, start, end in self._automaton.find_matches_as_indexes(shadow, overlapping=True):
            if start and _latin(shadow[start]) and _latin(shadow[start - 1]):
                continue
            if end < size and _latin(shadow[end]) and _latin(shadow[end - 1]):
                glued = index in self._numbered and shadow[end].isdigit() and not shadow[end - 1].isdigit()
                if not glued:
                    continue
            spans[start, end] = index
        named = {*organs, *(self._organs[index] for index in spans.values() if index in self._organs)}
        if self._scoped:
            spans = {span: index for span, index in spans.items() if index not in self._scoped or not named.isdisjoint(self._scoped[index])}
        return [
            Mention(concept, start, end)
            for start, end in _best_cover(sorted(spans))
            for concept in self._concepts[spans[start, end]]
            if concept.id not in self._only_in or not named.isdisjoint(self._only_in[concept.id])
        ]


def _best_cover(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of overlapping spans (sorted), those that cover most characters with fewest words, cluster by cluster."""
    chosen: list[tuple[int, int]] = []
    cluster: list[tuple[int, int]] = []
    reach = -1
    for span in spans:
        if span[0] >= reach and cluster:
            chosen += _cover(cluster)
            cluster = []
        cluster.append(span)
        reach = max(reach, span[1])
    return chosen + (_cover(cluster) if cluster else [])


def _cover(cluster: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(cluster) == 1:
        return cluster
    low, high = cluster[0][0], max(end for _, end in cluster)
    if (low, high) in cluster:
        return [(low, high)]
    best: dict[int, tuple[int, int, tuple[tuple[int, int], ...]]] = {low: (0, 0, ())}
    by_end = sorted(cluster, key=lambda s: s[1])
    ends: list[tuple[int, tuple[int, int, tuple[tuple[int, int], ...]]]] = [(low, best[low])]
    for start, end in by_end:
        before = max((value for place, value in ends if place <= start), key=lambda v: v[:2])
        ends.append((end, (before[0] + end - start, before[1] - 1, (*before[2], (start, end)))))
    return list(max((value for _, value in ends), key=lambda v: v[:2])[2])


def _fold(phrase: str) -> str:
    return phrase.lower().replace("\u2010", "-").replace("\u2013", "-")


def _read(path: Path) -> list[tuple[str, Concept, tuple[str, ...]]]:
    try:
        data = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise KnowledgeError(str(getattr(error, "problem", error)), file=str(path), line=mark.line + 1 if mark else None) from error
    default = str(data.get("kind", ""))
    out: list[tuple[str, Concept, tuple[str, ...]]] = []
    for row in data.get("concepts") or []:
        if unknown := set(row) - _FIELDS:
            raise KnowledgeError(f"{row.get('id')}: unknown field {sorted(unknown)}", file=str(path))
        kind = row.get("kind", default)
        if kind not in _KINDS:
            raise KnowledgeError(f"{row.get('id')}: kind {kind!r} is not one of {sorted(_KINDS)}", file=str(path))
        broader = row.get("is") or []
        broader = (broader,) if isinstance(broader, str) else tuple(broader)
        attrs = {str(k): " ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in (row.get("set") or {}).items()}
        if kind in _SCOPED_KINDS and data.get("only_in"):
            attrs.setdefault("only_in", str(data["only_in"]))
        concept = Concept(str(row["id"]), str(kind), attrs, frozenset({str(row["id"]), *broader}))
        words = tuple(w for key in ("en", "zh") for p in row.get(key) or [] for w in _expanded(str(p), str(row["id"]), path) if w)
        out.append((str(row["id"]), concept, words))
    return out


_MOST_SPELLINGS = 45_000


def _expanded(phrase: str, key: str, path: Path) -> list[str]:
    """The spellings of a phrase.

    Raises:
        KnowledgeError: alternatives multiply, and here they have multiplied too far.
    """
    words = expand(_fold(phrase))
    if len(words) > _MOST_SPELLINGS:
        hint = "Alternatives multiply. Split the phrase into shorter ones, or leave out words that change nothing."
        raise KnowledgeError(f"{key}: one phrase has {len(words):,} spellings: {phrase[:60]}…", file=str(path), hint=hint)
    return words


def build(paths: Iterable[Path]) -> Lexicon:
    """A lexicon of the given files.

    Raises:
        KnowledgeError: a file is malformed, or an id is defined twice.
    """
    return _built(paths)[0]


def _built(paths: Iterable[Path]) -> tuple[Lexicon, Expanded]:
    """A lexicon of the given files, and its concepts with their phrases.

    Raises:
        KnowledgeError: a file is malformed, or an id is defined twice.
    """
    rows: dict[str, tuple[Concept, tuple[str, ...]]] = {}
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
        for key, concept, words in _read(path):
            if key in rows:
                raise KnowledgeError(f"concept {key!r} is defined twice", file=str(path))
            rows[key] = concept, words
    closed = {key: _ancestors(key, rows) for key in rows}
    expanded: Expanded = [
        (Concept(concept.id, concept.kind, _inherited(key, rows, closed), closed[key]), words) for key, (concept, words) in rows.items()
    ]
    return Lexicon(_entries(expanded), digest.hexdigest()), expanded


def _entries(expanded: Expanded) -> Iterable[tuple[str, Concept]]:
    for concept, words in expanded:
        for word in words or ("\x00" + concept.id,):
            yield word, concept


Rows = dict[str, tuple[Concept, tuple[str, ...]]]


def _ancestors(key: str, rows: Rows) -> frozenset[str]:
    seen: set[str] = set()
    todo = [key]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += rows[name][0].parents if name in rows else ()
    return frozenset(seen)


def _inherited(key: str, rows: Rows, closed: dict[str, frozenset[str]]) -> dict[str, str]:
    """Attributes of the broader concepts, overridden by the concept's own."""
    attrs: dict[str, str] = {}
    for name in sorted(closed[key] - {key}, key=lambda n: len(closed.get(n, ()))):
        attrs.update(rows[name][0].attrs if name in rows else {})
    return attrs | rows[key][0].attrs


@functools.cache
def _load(folder: Path) -> Lexicon:
    paths = sorted(p for p in folder.glob("*.yaml") if not p.name.startswith("reading_"))
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in paths)).hexdigest()
    with suppress(ValueError, TypeError):
        return Lexicon(_entries(_unpacked(kept.load("lexicon", digest) or b"")), digest)
    lexicon, expanded = _built(paths)
    kept.keep("lexicon", digest, orjson.dumps([(c.id, c.kind, c.attrs, sorted(c.parents), list(words)) for c, words in expanded]))
    return lexicon


def _unpacked(data: bytes) -> Expanded:
    return [(Concept(key, kind, attrs, frozenset(parents)), words) for key, kind, attrs, parents, words in orjson.loads(data)]


def load_lexicon() -> Lexicon:
    """The lexicon of the knowledge base, built once per process."""
    return _load(room("knowledge_base") / "lexicon")


@functools.cache
def load_relations() -> Lexicon:
    """The words for how a tumour lies to vessels, found in a pass of their own."""
    return build([room("knowledge_base") / "lexicon" / "reading_relations.yaml"])


__all__: list[str] = ["Lexicon", "build", "expand", "load_lexicon", "load_relations"]
