"""Weaves sentences into frames and lesion tracks: who is being spoken of, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.reading.frames import Statement, statements
from assistant.reading.framing import Targets, frames_of, said_again, tick
from assistant.reading.lesions import SIDED, Linker, absorb, add_size, is_lesion_name, related, same_organ, unique
from assistant.reading.place_sets import at_home, bare_caudate, bare_lobes, governs, merge_same, union
from assistant.reading.slots import find_slots, part_roles
from assistant.reading.thread import FOLLOWED, Line, Thread
from assistant.report.facts import Clause, Frame, Mention, Place, Sentence, Track
from assistant.report.text import SourceName

_POINTS_BACK = re.compile(
    r"[\s\d.)\-*]*(?:(?:it|its|this|these|they|the (?:lesion|nodule|mass|observation|tumou?r|focus))\b|该|此|其|病灶|上述)"
)
"""A sentence that begins so goes on about the lesion in hand."""
_SITS = re.compile(
    r"[\s,]*(?:(?:is|are|was|were|has been)\s+)?(?:(?:also|again|now)\s+)?"
    r"(?:(?:present|located|seen|found|observed|identified|situated|noted|cent(?:red|ered)|visible|lies|lying)\s+)?"
    r"(?:in|within|at|involving)\b|位于|定位于|见于"
)
"""A clause that begins so says where the lesion lies."""

_PARTS_BACK = re.compile(r"[\s\d.)\-*]*(?:(?:they|these|those|all|each|both|some|thickness|it)\b|其|均|厚)")
"""A sentence that begins so may go on about the septa or the wall that the one before spoke of."""
_IN_CYSTS = frozenset({"nodule", "viable_tissue"})
_NODULAR = re.compile(r"nodul|结节")
_CYSTS = frozenset({"cyst", "cystic_mass", "cystic_renal_mass", "cystic_solid_mass"})
_CYSTIC_ORGANS = frozenset({"kidney"})
_TOLD_OF_ALL = 12
"""How many frames after the head of a list may speak of all of its members."""

_APART = re.compile(r"\b(?:other than|apart from|except|besides)\b|除.{0,8}外")


_WITH_IT = frozenset({"neck", "lymph_node", "axilla"})
"""Looked at along with an organ: an examination of both is of the organ."""


_WITH_IT = frozenset({"neck", "lymph_node", "axilla"})
"""Looked at along with an organ: an examination of both is of the organ."""


@dataclass(slots=True)
class Weaver:
    """Carries the thread from sentence to sentence."""

    thread: Thread
    frames: list[Frame] = field(default_factory=list)
    parts: tuple[Mention, ...] = ()
    """Parts of a lesion that the sentence before spoke of."""
    head: tuple[Track, Line, int] | None = None
    """Several lesions told of together, whose members may follow; the line, and how many frames there were before."""

    @classmethod
    def of(cls, shadows: dict[SourceName, str], linker: Linker) -> Weaver:
        """A weaver at the start of a report."""
        return cls(Thread(shadows, linker))

    def weave(self, lines: Sequence[Line]) -> tuple[list[Frame], list[Track]]:
        """The frames and tracks of all lines, in order."""
        for line in lines:
            self._line(line)
        tracks = self.thread.linker.tracks
        by_id = {t.id: t for t in tracks}
        for frame in self.frames:
            if frame.lesion in by_id:
                by_id[frame.lesion].frames.append(frame)
        return self.frames, tracks

    def _line(self, line: Line) -> None:
        sentence, shadow = line.sentence, self.thread.shadow(line)
        label_end = self._set_scene(line)
        self._parts_of_cysts(line)
        clauses = whole = line.clauses()
        if label_end and any(m.kind in ("property", "observation", "phase") and m.end <= label_end for m in line.mentions):
            clauses = (Clause(sentence.start, label_end), *clauses)  # "Segment VI nodule: 12 mm", "One nodule stands out: ..."
            tick(line, label_end, shadow)
        carried = self.parts if _PARTS_BACK.match(shadow, sentence.start) else ()
        said = statements(shadow, [(clause, line.mentions_in(clause)) for clause in clauses], sentence.language, carried)
        self.parts = tuple(m for m in line.mentions if m.concept.attrs.get("part_of")) or carried
        if len(clauses) > len(whole) and not any(is_lesion_name(m) and m.end <= label_end for m in line.mentions):
            clauses = (*clauses[1:], clauses[0])  # "Also unchanged: 4 mm nodule" says it of what follows
        named = False
        for clause in clauses:
            named = self._clause(line, clause, said[clause], label_end, named) or named

    def _parts_of_cysts(self, line: Line) -> None:
        """A nodule that is told of a cystic mass of the kidney is a part of it, no lesion of its own: "cystic mass with a 9 mm nodule"."""
        if not any(m.id in _IN_CYSTS for m in line.mentions):
            return
        thread, shadow = self.thread, self.thread.shadow(line)
        first = next((m.end for m in line.mentions if m.id in _CYSTS), None)
        organ = next((p.organ for p in line.places if p.organ), thread.place.organ if thread.place else "")
        told = first is not None and organ in _CYSTIC_ORGANS
        in_hand = not thread.turned and any(t.organ in _CYSTIC_ORGANS and t.kinds & _CYSTS for t in thread.linker.current)
        in_hand = in_hand and not line.places and not any(m.id == "another" for m in line.mentions)
        if not (told or in_hand):
            return
        concepts = thread.linker.lexicon.concepts
        for place, mention in enumerate(line.mentions):
            if mention.id in _IN_CYSTS and (in_hand or (first is not None and first <= mention.start)):
                nodular = _NODULAR.search(shadow, mention.start, mention.end)
                name = "protrusion" if mention.id == "nodule" else "enhancing_protrusion" if nodular else "enhancement"
                line.mentions[place] = replace(mention, concept=concepts[name])

    def _set_scene(self, line: Line) -> int:
        """Takes up section, examination and line label before the sentence is read; where the label ends, or 0."""
        thread, sentence = self.thread, line.sentence
        shadow = thread.shadow(line)
        if thread.since >= 0 and line.index - thread.since > 1:
            thread.place, thread.since = None, -1
        if sentence.source == "exam" or (sentence.section == "exam" and not thread.default_organ):
            organs = {m.concept.attrs["default_organ"] for m in line.mentions if m.concept.attrs.get("default_organ")}
            organs = organs or {p.organ for p in line.places if p.organ}
            organs = organs - _WITH_IT or organs
            if len(organs) == 1 and organs <= FOLLOWED:
                thread.default_organ = next(iter(organs))
        if (sentence.source == "exam" or sentence.section == "exam") and thread.default_organ in SIDED:
            sides = {p.laterality for p in line.places if p.organ == thread.default_organ}
            if len(sides) == 1:
                thread.default_side = next(iter(sides))
        if thread.default_organ == "liver" and not any(p.organ == "liver" for p in line.places):
            line.places = sorted([*line.places, *bare_lobes(shadow, sentence)], key=lambda p: p.start)
        if thread.default_organ == "liver" and "s1" in shadow[sentence.start : sentence.end]:
            taken = {p.start for p in line.places}
            line.places = sorted(
                [*line.places, *(p for p in bare_caudate(shadow, sentence) if p.start not in taken)], key=lambda p: p.start
            )
        if thread.default_organ in SIDED:
            line.places = at_home(line.places, line.mentions, thread.default_organ, thread.linker.lexicon)
        if (sentence.source, sentence.section) != thread.section:
            thread.linker.current = []
            thread.place = None
            thread.section = (sentence.source, sentence.section)
        label_end = _label_end(sentence, shadow)
        thread.labelled = False
        if label_end:
            labelled = [p for p in line.places if p.start < label_end and p.end <= label_end + 1 and p.organ]
            thread.place, thread.since = union(merge_same([thread.sided(p) for p in labelled])), -1
            thread.turned = bool(labelled) and not any(related(t, labelled[0].organ) for t in thread.linker.current)
            thread.labelled = bool(thread.place and thread.place.parts)
        topic = thread.place.organ if thread.place and sentence.subject else ""
        if topic in SIDED and topic != thread.default_organ:  # "Thyroid: right lobe nodule ..." in an ultrasound of the neck
            line.places = at_home(line.places, line.mentions, topic, thread.linker.lexicon)
        if _POINTS_BACK.match(shadow, sentence.start):
            thread.turned = False
        return label_end

    def _clause(self, line: Line, clause: Clause, said: Sequence[Statement], label_end: int, named: bool) -> bool:
        """One clause; whether it names a lesion. `named`: a clause before it in the sentence did."""
        thread, linker, shadow = self.thread, self.thread.linker, self.thread.shadow(line)
        slots = find_slots(thread, line, clause, said)
        targets: Targets = []
        for slot in slots:
            track = linker.resolve(slot, line.sentence.source, line.sentence.section, named)
            if track is not None:
                if slot.names:
                    self.head = (track, line, len(self.frames)) if slot.count != 1 and len(slots) == 1 else None
                elif self.head is not None and not track.kinds and not track.sizes:
                    self._join(self.head, track, line)
                absorb(track, slot, line.sentence.source, line.sentence.section)
                targets = [*targets, (slot, track)]
        if not slots and any(m.concept.attrs.get("type") == "elsewhere" for m in line.mentions_in(clause)):
            thread.turned = True
        turns = False
        self._placed(line, clause, bool(slots), named)
        here = [p for p in line.places_in(clause) if p.start >= label_end and p.organ]
        if slots:
            linker.current = unique(t for _, t in targets)
            thread.turned = False
            topic = thread.place.organ if thread.place else ""
            if any(s.place and (s.place.parts or (topic and s.place.organ and not same_organ(s.place.organ, topic))) for s in slots):
                last = slots[-1].place
                side = (
                    (last.laterality if last.laterality != "none" else thread.side(last.organ)) if last and last.organ in SIDED else "none"
                )
                thread.place, thread.since = (Place(organ=last.organ, laterality=side) if last else None), -1
        elif here and linker.current and not any(thread.fits(t, p) for t in linker.current for p in here):
            turns = not _POINTS_BACK.match(shadow, clause.start)
            thread.place, thread.since = here[0], line.index
        elif here and not said:
            thread.place, thread.since = union(merge_same(here)), line.index
        self._loose_sizes(line, clause, targets, {p.organ for p in here}, said)
        self._same_pattern(line, clause, targets)
        for statement in said:
            self.frames += frames_of(thread, line, statement, targets, [p for p in here if governs(shadow, p, statement.head)])
        thread.turned = thread.turned or turns
        return bool(slots)

    def _placed(self, line: Line, clause: Clause, slots: bool, named: bool) -> None:
        """ "A mass, 30 mm in diameter, is present in the lower lobe": where the lesion lies that the sentence has named."""
        tracks, shadow = self.thread.linker.current, self.thread.shadow(line)
        if slots or not named or len(tracks) != 1 or (tracks[0].place is not None and tracks[0].place.parts):
            return
        where = [p for p in line.places_in(clause) if p.parts and p.organ in FOLLOWED]
        if len(where) == 1 and related(tracks[0], where[0].organ) and _SITS.match(shadow, clause.start, where[0].start):
            tracks[0].place, tracks[0].located = where[0], line.sentence.source
            tracks[0].organ = tracks[0].organ or where[0].organ

    def _join(self, head: tuple[Track, Line, int], track: Track, line: Line) -> None:
        """ "Four solid nodules: RUL 8 mm, LUL 5 mm": what is said of all is said of each."""
        group, at, since = head
        open_list = at.sentence.section == line.sentence.section and self.thread.shadow(at)[: at.sentence.end].rstrip()[-1:] == ":"
        listed = at is line or open_list
        if group is track or not listed or group.organ not in ("", track.organ or group.organ):
            return
        track.kinds |= group.kinds
        track.entities |= group.entities
        told = [f for f in self.frames[since : since + _TOLD_OF_ALL] if f.lesion == group.id and f.concept.kind == "property"]
        self.frames += [said_again(frame, track.id) for frame in told]

    def _loose_sizes(self, line: Line, clause: Clause, targets: Targets, organs: set[str], said: Sequence[Statement]) -> None:
        """Lengths in a clause that names no lesion belong to the lesion in hand, unless the clause turns to something else."""
        tracks = self.thread.linker.current
        if targets or not tracks or self.thread.turned:
            return
        if organs and not all(related(t, o) for t in tracks for o in organs):
            return
        if any(p.organ in SIDED and p.parts and not self.thread.fits(t, p) for p in line.places_in(clause) for t in tracks):
            return
        if any(s.head.kind == "observation" and not is_lesion_name(s.head) and s.head.concept.attrs.get("place") for s in said):
            return
        sizes = part_roles(line.sizes_in(clause), said)
        if len(tracks) == 1:
            tracks = tracks * len(sizes)
        if len(sizes) == len(tracks):
            for track, size in zip(tracks, sizes, strict=True):
                add_size(track, size, line.sentence.source)

    def _same_pattern(self, line: Line, clause: Clause, targets: Targets) -> None:
        """ "Same enhancement as above": the features of the lesion before are said of this one too."""
        linker = self.thread.linker
        mine = [t for _, t in targets] or linker.current
        if not mine or not any(m.id == "same_pattern" for m in line.mentions_in(clause)):
            return
        if _APART.search(self.thread.shadow(line), clause.start, clause.end):
            return  # "no implants other than as above" gives nothing to anyone
        told = {f.lesion for f in self.frames}
        giver = next((t for t in reversed(linker.tracks) if t not in mine and t.organ == mine[0].organ and t.id in told), None)
        if giver is not None:
            given = [f for f in self.frames if f.lesion == giver.id and f.concept.kind == "property"]
            self.frames += [said_again(frame, t.id) for frame in given for t in mine]


def _label_end(sentence: Sentence, shadow: str) -> int:
    """Where the sentence's own line label ends; 0 when it has none or carries on under an earlier one."""
    if not sentence.subject:
        return 0
    at = shadow.find(sentence.subject.lower(), sentence.start, sentence.start + len(sentence.subject) + 12)
    inside = at > 0 and shadow[at].isascii() and shadow[at].isalnum() and shadow[at - 1].isalnum()  # "right" in "bright"
    return at + len(sentence.subject) if at >= 0 and not inside else 0
