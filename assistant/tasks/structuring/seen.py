"""Seer: walks the sentences of a report and sees what each speaks of, and where."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.knowledge.lexicon import Lexicon
from assistant.reading.assertion import Judged, judge
from assistant.reading.places import governing, places_in
from assistant.report.facts import Clause, Concept, Measurement, Mention, Place, Reading, Sentence
from assistant.report.findings import Laterality
from assistant.tasks.structuring.heads import LIST, heads_of
from assistant.tasks.structuring.things import Line, Seen

SECTIONS = frozenset({"", "findings", "impression", "addendum"})
_UNSAID = frozenset({"recommendation", "hypothetical", "other", "family"})
_ANYWHERE = frozenset({"lymph_node", "artery", "bone", "joint", "soft_tissue", "cartilage", "spine", "bone_marrow"})
"""Default places that any named place is a case of."""


_WIDE = {"peritoneum": frozenset({"pelvis", "abdomen", "peritoneum", "retroperitoneum"}), "bronchus": frozenset({"lung", "airway"})}
"""Organs that are as good a place as the default one."""
_PLURAL = ("lesions", "nodules", "masses", "foci")
_TITLE_CHARS = 80
_CLAUSES, _MENTIONS, _LONG = 60, 400, 2_000
"""More clauses or mentions than that no sentence has that a person wrote; then clauses are at most `_LONG` characters."""


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
            places = self.reading.places[index] if self.reading.places else places_in(self.shadow, mentions, sentence)
            judged = self.reading.judged[index] if self.reading.judged else judge(self.shadow, sentence, mentions)
            for number, line in enumerate(_stretches(sentence, mentions, self.reading.measurements[index], places, judged)):
                line.index = index if number == 0 else -(index * 100_000 + number)
                yield from self._line(line)

    def _line(self, line: Line) -> Iterator[Line]:
        sentence = line.sentence
        anatomy = [m for m in line.mentions if m.concept.kind == "anatomy"]
        at = 0
        for place in line.places:
            while at < len(anatomy) and anatomy[at].start < place.start:
                at += 1
            found = [m.concept for m in anatomy[at : at + 8] if place.start <= m.start < place.end]
            if found:
                self._anatomy[place.start, place.end] = max(
                    enumerate(found), key=lambda c: (c[1].attrs.get("organ") != "", len(c[1].parents), c[0])
                )[1]
        if self.plural is not None and (sentence.paragraph, sentence.section) != self._plural_home:
            self.plural = None
        self._see(line)
        _sided(line)
        yield line
        several = (s for s in line.seen if s.size is None and s.judged.assertion == "present")
        for seen in several:
            if self.shadow[seen.start : seen.end].endswith(_PLURAL):
                self.plural, self._plural_home = seen, (sentence.paragraph, sentence.section)
                break

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
            heads = heads_of(self.shadow, line, clause, self._of_lesions)
            own = [p for p in line.places if clause.start <= p.start < clause.end]
            first = len(line.seen)
            for head in heads:
                mention = head.mention
                judged = line.judged.get(mention.start, Judged())
                if judged.reason in _UNSAID or judged.experiencer != "patient":
                    continue
                seen = Seen(mention.concept, head.ids, head.spans, clause, line.index, line.sentence.section, judged)
                line.seen += self._placed(line, seen, mention, own, earlier, label)
            self._suspected(line, clause, line.seen[first:])
            edge = heads[-1].mention.start if heads and line.chinese else clause.end
            # In Chinese a place behind the thing is what it acts on (压迫神经根), not the topic of what follows.
            earlier = [p for p in own if p.words and not _is_side_only(p, self.shadow) and p.start < edge] or earlier

    def _placed(self, line: Line, seen: Seen, mention: Mention, own: list[Place], earlier: list[Place], label: list[Place]) -> list[Seen]:
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
        if (
            fallback is None
            and default in ("bone", "joint", "cartilage", "bone_marrow")
            and self._exam is not None
            and self._exam.organ == "joint"
        ):
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
        """ "Suspicious mass": the mass is there, and malignancy is possible."""
        word = next((m for m in line.mentions if m.concept.attrs.get("suspicion") and clause.start <= m.start < clause.end), None)
        if word is None or any(s.concept.is_a("malignancy") for s in seen):
            return
        thing = next((s for s in seen if s.concept.attrs.get("focal") and s.judged.assertion == "present"), None)
        malignancy = self.lexicon.concepts.get("malignancy")
        if thing is None or malignancy is None or line.judged.get(word.start, Judged()).assertion == "absent":
            return
        made = Seen(
            malignancy,
            ("malignancy",),
            [(word.start, word.end)],
            clause,
            line.index,
            line.sentence.section,
            Judged("possible", "probable", reason="word"),
        )
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
            if not LIST.fullmatch(self.shadow, out[-1].end, place.start):
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
        clause = seen.clause
        sides = [m for m in line.mentions if m.concept.kind == "side" and clause.start <= m.start < clause.end]
        if not sides:
            return "none"
        taken = [
            (p.start, p.end) for p in line.places if p.end > clause.start and p.start < clause.end and not _is_side_only(p, self.shadow)
        ]
        best: tuple[int, str] | None = None
        for mention in sides:
            if any(a <= mention.start < b for a, b in taken):
                continue
            before = mention.end <= seen.start
            gap = self.shadow[mention.end : seen.start] if before else self.shadow[seen.end : mention.start]
            if (
                "," in gap
                or ";" in gap
                or len(gap) > 40
                or (not before and not self.shadow.startswith(("on", "bilat", "左", "右", "双", "both"), mention.start))
            ):
                continue
            if best is None or len(gap) < best[0]:
                best = (len(gap), mention.concept.attrs.get("side", "none"))
        return best[1] if best and best[1] in ("left", "right", "bilateral") else "none"  # type: ignore[return-value]


def _is_side_only(place: Place, shadow: str) -> bool:
    return place.words in (
        "left",
        "right",
        "bilateral",
        "both",
        "left-sided",
        "right-sided",
        "bilaterally",
        "左侧",
        "右侧",
        "双侧",
        "左",
        "右",
        "两侧",
    )


def _sided(line: Line) -> None:
    """Gives the side in a descriptor (左旁中央型) to the thing in front of it that has none."""
    for mention in line.mentions:
        side = mention.concept.attrs.get("side", "")
        if mention.concept.kind == "descriptor" and side in ("left", "right"):
            near = [s for s in line.seen if s.start < mention.end + 30 and s.laterality == "none" and not s.is_normal]
            if near:
                near[-1 if near[-1].start >= mention.start else 0].laterality = side  # type: ignore[assignment]


def _stretches(
    sentence: Sentence, mentions: Sequence[Mention], sizes: Sequence[Measurement], places: Sequence[Place], judged: dict[int, Judged]
) -> Iterator[Line]:
    """A sentence as one line; one of very many clauses as several, so that the time grows with its length and not with its square."""
    chinese = sentence.language in ("zh", "ja")
    if len(sentence.clauses) <= _CLAUSES and len(mentions) <= _MENTIONS:
        yield Line(0, sentence, tuple(mentions), tuple(sizes), list(places), judged, chinese)
        return
    starts, at_size, at_place = [m.start for m in mentions], [m.start for m in sizes], [p.start for p in places]
    clauses: list[Clause] = []
    for clause in sentence.clauses:
        clauses += [Clause(low, min(low + _LONG, clause.end)) for low in range(clause.start, clause.end, _LONG)]
    for first in range(0, len(clauses), _CLAUSES):
        chunk = clauses[first : first + _CLAUSES]
        low, high = (sentence.start if first == 0 else chunk[0].start), chunk[-1].end
        yield Line(
            0,
            replace(sentence, clauses=tuple(chunk)),
            tuple(mentions[bisect_left(starts, low) : bisect_left(starts, high)]),
            tuple(sizes[bisect_left(at_size, low) : bisect_left(at_size, high)]),
            list(places[bisect_left(at_place, low) : bisect_left(at_place, high)]),
            judged,
            chinese,
        )


def _is_title(sentence: Sentence, mentions: Sequence[Mention]) -> bool:
    """Whether a sentence outside any section is the name of the examination."""
    return sentence.end - sentence.start <= _TITLE_CHARS and any(
        m.concept.kind == "exam" and m.concept.attrs.get("modality") for m in mentions
    )
