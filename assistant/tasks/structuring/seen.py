"""Seen: every abnormality that a sentence speaks of, with its words, place, assertion and change, before findings are merged."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.knowledge.lexicon import Lexicon
from assistant.reading.assertion import Judged, judge
from assistant.reading.changes import changes_in, is_change
from assistant.reading.places import governing, places_in
from assistant.report.facts import Clause, Concept, Measurement, Mention, Place, Reading, Sentence
from assistant.report.findings import Change, Laterality
from assistant.tasks.structuring.wording import wording

SECTIONS = frozenset({"", "findings", "impression", "addendum"})
_UNSAID = frozenset({"recommendation", "hypothetical", "other", "family"})
_ANYWHERE = frozenset({"lymph_node", "artery", "bone", "joint", "soft_tissue", "cartilage", "spine", "bone_marrow"})
"""Default places that any named place is a case of."""
_COORDINATED = re.compile(r"\b(?:and|or)\b|/|及|和|与")
_OF = re.compile(r"\s*(?:of|in|of the|in the|of several|of multiple|of an?)\s*")
_APART = re.compile(r"[,;:.()]|\b(?:with|in|of|is|are|was|were|has|have|and|or|without|which|by|from|to|at|on|for)\b")
_ADJECTIVES_ZH = frozenset({"benign_lesion", "malignancy", "inflammation", "reactive_change"})
_ADJECTIVE = ("ed", "id", "ic", "ous", "ant", "ary", "ive", "al", "ing")


@dataclass(slots=True)
class Seen:
    """One thing said of one place."""

    concept: Concept
    ids: tuple[str, ...]
    spans: list[tuple[int, int]]
    """Its words; more than one where they stand apart ("enlarged ... nodes")."""
    clause: Clause
    sentence: int
    section: str
    judged: Judged
    place: Place | None = None
    where: Concept | None = None
    """The most specific anatomy of the place."""
    laterality: Laterality = "none"
    size: Measurement | None = None
    change: Change | None = None
    resolved: bool = False
    evidence: list[tuple[int, int]] = field(default_factory=list)
    lesion: str | None = None
    measured: str = ""
    """The dimension, where the finding is an organ's measurement."""
    named_by: list[tuple[int, int]] = field(default_factory=list)
    """Where its words stand, if in an earlier sentence."""
    told_apart: bool = False
    """Several things that later sentences tell one by one."""
    suspected: bool = False
    """Made of the word "suspicious", which names no malignancy itself."""

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[-1][1]

    @property
    def is_normal(self) -> bool:
        return self.concept.attrs.get("default_assertion") == "absent"


@dataclass(slots=True)
class Line:
    """One sentence with what is needed of it."""

    index: int
    sentence: Sentence
    mentions: tuple[Mention, ...]
    sizes: tuple[Measurement, ...]
    places: list[Place]
    judged: dict[int, Judged]
    chinese: bool
    seen: list[Seen] = field(default_factory=list)


_WIDE = {"peritoneum": frozenset({"pelvis", "abdomen", "peritoneum", "retroperitoneum"}), "bronchus": frozenset({"lung", "airway"})}
"""Organs that are as good a place as the default one."""
_PLURAL = ("lesions", "nodules", "masses", "foci")
_TITLE_CHARS = 80
_GENERIC_PROCEDURES = frozenset({"postoperative_change", "organ_absent", "resection_surgery"})
_ON_NODES = frozenset({"thickening", "enlargement"})
_LIST = re.compile(r"[\s,/、&和及与]*(?:and|or|及|和|与|以及)?[\s,/、]*(?:the|both)?\s*")


class Seer:
    """Walks the sentences of a report and keeps the label in force."""

    def __init__(self, reading: Reading, lexicon: Lexicon) -> None:
        self.reading = reading
        self.lexicon = lexicon
        self.shadow = reading.shadow.get("text", "")
        self._of_lesions = {f.word_start for f in reading.frames if f.lesion and f.source == "text"}
        self._label: tuple[int, str] = (-1, "")
        self._labelled: list[Place] = []
        self._anatomy: dict[tuple[int, int], Concept] = {}
        self._exam = self._exam_place()
        self.plural: Seen | None = None
        """The last thing that the line in hand tells as several ("Two lesions.")."""
        self._plural_home: tuple[int, str] = (-1, "")

    def lines(self) -> Iterator[Line]:
        """The sentences that may hold findings, each with what is seen in it."""
        for index, sentence in enumerate(self.reading.sentences):
            if sentence.source != "text" or sentence.section not in SECTIONS or not sentence.clauses:
                continue
            mentions = self.reading.mentions[index]
            if not sentence.section and _is_title(sentence, mentions):
                continue
            read = self.reading
            places = list(read.places[index]) if read.places else places_in(self.shadow, mentions, sentence)
            judged = read.judged[index] if read.judged else judge(self.shadow, sentence, mentions)
            line = Line(index, sentence, mentions, read.measurements[index], places, judged, sentence.language in ("zh", "ja"))
            anatomy = [m for m in mentions if m.concept.kind == "anatomy"]
            for place in places:
                found = [m.concept for m in anatomy if place.start <= m.start < place.end]
                if found:
                    self._anatomy[place.start, place.end] = max(enumerate(found), key=lambda c: (len(c[1].parents), c[0]))[1]
            if self.plural is not None and (sentence.paragraph, sentence.section) != self._plural_home:
                self.plural = None
            self._see(line)
            _sided(line)
            yield line
            several = next((s for s in line.seen if self.shadow[s.start : s.end].endswith(_PLURAL) and s.size is None and s.judged.assertion == "present"), None)
            if several is not None:
                self.plural, self._plural_home = several, (sentence.paragraph, sentence.section)

    def resolved(self, place: Place) -> Place:
        """A lobe without its organ takes that of the examination."""
        if place.organ or self._exam is None:
            return place
        parts = frozenset(f"{self._exam.organ}_{p}" for p in place.parts)
        return Place(self._exam.organ, parts, place.laterality, place.words, place.start, place.end)

    def anatomy_of(self, place: Place) -> Concept | None:
        """The most specific anatomy concept in the words of a place."""
        return self._anatomy.get((place.start, place.end)) or self.lexicon.concepts.get(place.organ)

    def labelled(self, sentence: Sentence, places: Sequence[Place]) -> list[Place]:
        """The places of the line's label, in force until the next label or paragraph."""
        first = sentence.clauses[0].start
        key = (sentence.paragraph, sentence.subject)
        if sentence.subject:
            mine = [p for p in places if p.end <= first and p.words and not _is_side_only(p, self.shadow)]
            if mine or key != self._label:
                self._labelled = mine
        elif sentence.paragraph != self._label[0]:
            self._labelled = []
        self._label = key
        return self._labelled

    def _see(self, line: Line) -> None:
        label = self.labelled(line.sentence, line.places)
        earlier: list[Place] = []
        for clause in line.sentence.clauses:
            heads = self._heads(line, clause)
            own = [p for p in line.places if clause.start <= p.start < clause.end]
            first = len(line.seen)
            for mention, ids, spans in heads:
                judged = line.judged.get(mention.start, Judged())
                if judged.reason in _UNSAID or judged.experiencer != "patient":
                    continue
                seen = Seen(mention.concept, ids, spans, clause, line.index, line.sentence.section, judged)
                line.seen += self._placed(line, seen, mention, own, earlier, label)
            self._suspected(line, clause, line.seen[first:])
            edge = heads[-1][0].start if heads and line.chinese else clause.end
            # In Chinese a place behind the thing is what it acts on (压迫神经根), not the topic of what follows.
            earlier = [p for p in own if p.words and not _is_side_only(p, self.shadow) and p.start < edge] or earlier

    def _heads(self, line: Line, clause: Clause) -> list[tuple[Mention, tuple[str, ...], list[tuple[int, int]]]]:
        """The observations of a clause: one per span, adjectives joined to their noun, nodes as the place of what is said of them."""
        spans: dict[tuple[int, int], list[Mention]] = {}
        changing = {
            m.start for m in line.mentions
            if m.concept.attrs.get("maybe_change") and clause.start <= m.start < clause.end and is_change(self.shadow, clause, m, line.sizes)
        }
        for mention in line.mentions:
            if not clause.start <= mention.start < clause.end or mention.start in changing:
                continue
            if mention.concept.kind == "observation" or (mention.id in _features() and mention.start not in self._of_lesions):
                spans.setdefault((mention.start, mention.end), []).append(mention)
        out: list[tuple[Mention, tuple[str, ...], list[tuple[int, int]]]] = []
        for span, found in spans.items():
            mention = max(found, key=lambda m: (len(m.concept.parents), m.concept.attrs.get("place", "") != ""))
            if len(found) > 1 and _COORDINATED.search(self.shadow, *span) and len({m.concept.attrs.get("place") for m in found} - {None}) > 1:
                out += [(m, (m.id,), [span]) for m in found if m.concept.attrs.get("place")]  # "pleural or pericardial effusion"
                continue
            ids = tuple(dict.fromkeys([mention.id, *(m.id for m in found)]))
            if out and (joined := self._joined(out[-1], mention, ids, span, chinese=line.chinese)):
                out[-1] = joined
            else:
                out.append((mention, ids, [span]))
        if any(o[0].id == "physiologic_uptake" for o in out):
            out = [o for o in out if o[0].id != "abnormal_uptake"]
        told = [o for o in out if o[0].concept.is_a("procedure") and o[0].id not in _GENERIC_PROCEDURES]
        if told:
            out = [o for o in out if o[0].id not in _GENERIC_PROCEDURES]
        elif any(o[0].id in ("resection_surgery", "organ_absent") for o in out):
            out = [o for o in out if o[0].id != "postoperative_change"]
        if not out:
            return out
        nodes = line.seen[-1] if line.seen and line.seen[-1].concept.is_a("lymph_node") and line.seen[-1].judged.assertion != "absent" else None
        if nodes and out[0][0].id in _ON_NODES and not any(clause.start <= p.start < clause.end for p in line.places):
            nodes.spans.append(out[0][2][0])
            nodes.ids += (out[0][0].id,)
            nodes.evidence.append((clause.start, clause.end))
            out = out[1:]
        return out

    def _joined(
        self, last: tuple[Mention, tuple[str, ...], list[tuple[int, int]]], mention: Mention, ids: tuple[str, ...], span: tuple[int, int], *, chinese: bool
    ) -> tuple[Mention, tuple[str, ...], list[tuple[int, int]]] | None:
        """One thing of two heads that name it together, or None."""
        before, gap = last[0], self.shadow[last[2][-1][1] : span[0]]
        both = (tuple(dict.fromkeys([*ids, *last[1]])), [*last[2], span])
        if before.concept.is_a("lymph_node") and mention.concept.is_a("normal") and len(gap) <= 24:
            return mention, ids, both[1]  # "nodes are normal"
        node, is_node = before.concept.is_a("lymph_node"), mention.concept.is_a("lymph_node")
        if node and not is_node and not _LIST.fullmatch(gap) and not mention.concept.is_a("malignancy") and not mention.concept.is_a("calcification") and len(gap) <= 24 and not mention.concept.attrs.get("default_assertion"):
            return mention, *both  # "nodes are not enlarged", 淋巴结未见肿大
        if is_node and _OF.fullmatch(gap):
            return mention, *both  # "enlargement of lymph nodes"
        if chinese:
            joins = mention.concept.attrs.get("focal") or before.concept.id in _ADJECTIVES_ZH
            return (mention, *both) if gap == "" and joins and not before.concept.is_a("normal") and not before.concept.is_a("procedure") else None
        word = self.shadow[last[2][-1][0] : last[2][-1][1]]
        if not word.endswith(_ADJECTIVE) or not (mention.concept.attrs.get("focal") or is_node):
            return None
        if before.concept.is_a("normal") or before.concept.is_a("malignancy"):
            return None
        return (mention, *both) if len(gap) <= 40 and not _APART.search(gap) else None

    def _placed(
        self, line: Line, seen: Seen, mention: Mention, own: list[Place], earlier: list[Place], label: list[Place]
    ) -> list[Seen]:
        """The thing with its place; one for each place where a normal statement is made of several."""
        default = mention.concept.attrs.get("place", "")
        if seen.is_normal or (mention.id == "abnormality" and seen.judged.assertion == "absent"):
            return self._normal(line, seen, own, earlier, label)
        real = [p for p in own if p.words and self.anatomy_of(p) is not None]
        place = governing(self.shadow, mention, seen.clause, [p for p in real if not _is_side_only(p, self.shadow)], chinese=line.chinese)
        if place is not None and label and self._within(label[-1], place):
            place = label[-1]  # "C5-C6: disc osteophyte complex" is at C5-C6
        near = self._side_near(line, seen)
        for candidate in (place, *(reversed(earlier) if place is None else ()), *(label if place is None else ())):
            if candidate is not None and (fit := self._fits(candidate, default)):
                exact = fit == 2 or candidate is place or self._closer(candidate, default)
                return [self._at(seen, candidate if exact else self._home(default, candidate.laterality), near)]
        if default and default not in _ANYWHERE:
            return [self._at(seen, self._home(default), near)]
        fallback = place or (earlier[-1] if earlier else label[0] if label else None)
        if fallback is None and default in ("bone", "joint", "cartilage", "bone_marrow") and self._exam is not None and self._exam.organ == "joint":
            fallback = self._exam
        return [self._at(seen, fallback or (self._home(default) if default else self._exam), near)]

    def _closer(self, place: Place, default: str) -> bool:
        """Whether a place is told more closely than the one that a word implies."""
        concept, home = self.anatomy_of(place), self.lexicon.concepts.get(default)
        return concept is not None and home is not None and len(concept.parents) > len(home.parents)

    def _within(self, inner: Place, outer: Place) -> bool:
        """Whether a place is a part of another one."""
        one, other = self.anatomy_of(inner), self.anatomy_of(outer)
        return one is not None and other is not None and one is not other and other.id in one.parents and outer.laterality == "none"

    def _home(self, default: str, side: Laterality = "none") -> Place:
        """The place that a word implies."""
        concept = self.lexicon.concepts.get(default)
        organ = concept.attrs.get("organ", default) if concept is not None else default
        return Place(organ, (concept.parents if concept is not None else frozenset({default})) - {organ}, side, default)

    def _exam_place(self) -> Place | None:
        """The organ that the examination is of, where it is of one."""
        for index, sentence in enumerate(self.reading.sentences[:4]):
            if sentence.source == "exam" or sentence.section in ("", "exam"):
                found = [m.concept for m in self.reading.mentions[index] if m.concept.kind == "anatomy" and m.concept.attrs.get("organ")]
                organs = {c.attrs["organ"] for c in found}
                if len(organs) == 1 and organs != {"chest_wall"}:
                    return self._home(min(found, key=lambda c: len(c.parents)).id)
        return None

    def _suspected(self, line: Line, clause: Clause, seen: Sequence[Seen]) -> None:
        """"Suspicious mass": the mass is there, and malignancy is possible."""
        word = next((m for m in line.mentions if m.concept.attrs.get("suspicion") and clause.start <= m.start < clause.end), None)
        if word is None or any(s.concept.is_a("malignancy") for s in seen):
            return
        thing = next((s for s in seen if s.concept.attrs.get("focal") and s.judged.assertion == "present"), None)
        malignancy = self.lexicon.concepts.get("malignancy")
        if thing is None or malignancy is None or line.judged.get(word.start, Judged()).assertion == "absent":
            return
        made = Seen(malignancy, ("malignancy",), [(word.start, word.end)], clause, line.index, line.sentence.section, Judged("possible", "probable", reason="word"))
        made.place, made.where, made.laterality, made.suspected = thing.place, thing.where, thing.laterality, True
        line.seen.append(made)

    def _normal(self, line: Line, seen: Seen, own: list[Place], earlier: list[Place], label: list[Place]) -> list[Seen]:
        named = [p for p in own if p.words and not _is_side_only(p, self.shadow)]
        places = self._subject([p for p in named if p.end <= seen.start]) or [p for p in named if p.start >= seen.end][:1]
        places = places or self._subject(earlier) or label
        if not places:
            return []
        out = []
        for place in places:
            one = Seen(seen.concept, seen.ids, list(seen.spans), seen.clause, seen.sentence, seen.section, seen.judged)
            out.append(self._at(one, place, "none"))
        return out

    def _subject(self, places: Sequence[Place]) -> list[Place]:
        """The first place and those listed with it."""
        out = list(places[:1])
        for place in places[1:]:
            if not _LIST.fullmatch(self.shadow, out[-1].end, place.start):
                break
            out.append(place)
        return out

    def _at(self, seen: Seen, place: Place | None, side: Laterality) -> Seen:
        if place is not None:
            place = self.resolved(place)
        if place is not None and (means := seen.concept.attrs.get(f"{place.organ}_means")) and means in self.lexicon.concepts:
            seen.concept = self.lexicon.concepts[means]
            seen.ids = (means, *seen.ids)
            place = self._home(seen.concept.attrs.get("place", place.organ), place.laterality)
        seen.place = place
        if place is not None:
            seen.where = self.anatomy_of(place) if place.start >= 0 else self.lexicon.concepts.get(place.words)
            seen.laterality = place.laterality
        if side != "none" and seen.laterality in ("none", "bilateral"):
            seen.laterality = side
        return seen

    def _fits(self, place: Place, default: str) -> int:
        """2 where a named place is a case of the one that the word implies, 1 where it holds it, 0 where it is another."""
        if not default or default in _ANYWHERE:
            return 2
        concept, home = self.anatomy_of(place), self.lexicon.concepts.get(default)
        if concept is None or home is None:
            return 0
        if default in concept.parents or place.organ in _WIDE.get(default, ()):
            return 2
        return 1 if concept.id in home.parents or place.organ == home.attrs.get("organ", default) else 0

    def _side_near(self, line: Line, seen: Seen) -> Laterality:
        """The side word that stands with the thing and with no place: "left pleural effusion", "granuloma on the left"."""
        taken = [(p.start, p.end) for p in line.places if not _is_side_only(p, self.shadow)]
        best: tuple[int, str] | None = None
        for mention in line.mentions:
            if mention.concept.kind != "side" or not seen.clause.start <= mention.start < seen.clause.end:
                continue
            if any(a <= mention.start < b for a, b in taken):
                continue
            before = mention.end <= seen.start
            gap = self.shadow[mention.end : seen.start] if before else self.shadow[seen.end : mention.start]
            if "," in gap or ";" in gap or len(gap) > 40 or (not before and not self.shadow.startswith(("on", "bilat", "左", "右", "双", "both"), mention.start)):
                continue
            if best is None or len(gap) < best[0]:
                best = (len(gap), mention.concept.attrs.get("side", "none"))
        return best[1] if best and best[1] in ("left", "right", "bilateral") else "none"  # type: ignore[return-value]


def _is_side_only(place: Place, shadow: str) -> bool:
    return place.words in ("left", "right", "bilateral", "both", "left-sided", "right-sided", "bilaterally", "左侧", "右侧", "双侧", "左", "右", "两侧")


def add_changes(line: Line, shadow: str) -> None:
    """Gives each change of a sentence to the thing that it is said of: in its clause the nearest, else the last one before."""
    for clause in line.sentence.clauses:
        for change in changes_in(shadow, clause, line.mentions, line.sizes):
            here = [s for s in line.seen if s.clause.start == clause.start and not s.is_normal]
            before = [s for s in line.seen if s.clause.end <= clause.start and not s.is_normal and s.judged.assertion != "absent"]
            targets = _said_of(shadow, here, change.start, change.end) if here else _carried(before, chinese=line.chinese)
            for seen in targets:
                if change.told == "resolved":
                    seen.judged = Judged("historical", reason="resolved")
                elif seen.judged.assertion != "absent" and seen.change is None:
                    seen.change = change.told
                    if clause.start != seen.clause.start:
                        seen.evidence.append((clause.start, clause.end))


@functools.cache
def _features() -> frozenset[str]:
    return frozenset(wording()["features"])


def _sided(line: Line) -> None:
    """Gives the side in a descriptor (左旁中央型) to the thing in front of it that has none."""
    for mention in line.mentions:
        side = mention.concept.attrs.get("side", "")
        if mention.concept.kind == "descriptor" and side in ("left", "right"):
            near = [s for s in line.seen if s.start < mention.end + 30 and s.laterality == "none" and not s.is_normal]
            if near:
                near[-1 if near[-1].start >= mention.start else 0].laterality = side  # type: ignore[assignment]


def _is_title(sentence: Sentence, mentions: Sequence[Mention]) -> bool:
    """Whether a sentence outside any section is the name of the examination."""
    return sentence.end - sentence.start <= _TITLE_CHARS and any(m.concept.kind == "exam" and m.concept.attrs.get("modality") for m in mentions)


def _carried(before: Sequence[Seen], *, chinese: bool) -> Sequence[Seen]:
    """What a clause that names nothing is about: the last thing with a size, else the last focal one, else the last."""
    sized = [s for s in before if s.size is not None] or [s for s in before if s.concept.attrs.get("focal")]
    return (sized or list(before))[-1:]


def _said_of(shadow: str, here: Sequence[Seen], start: int, end: int) -> list[Seen]:
    """The things that a change in their clause is said of: set off by a comma at the end, the clause's first; else the nearest."""
    if "," in shadow[max(s.end for s in here) : start] and not shadow[end : here[0].clause.end].strip(" .;。"):
        return [s for s in here if s.judged.assertion != "absent"][:1]
    return _nearest(here, start, end)


def _nearest(here: Sequence[Seen], start: int, end: int) -> list[Seen]:
    one = min(here, key=lambda s: min(abs(s.start - end), abs(start - s.end)))
    return [s for s in here if s.spans == one.spans or (s.clause is one.clause and s.end <= start and one.end <= start and 0 <= one.start - s.end <= 8)]
