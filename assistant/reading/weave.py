"""Weaves sentences into frames and lesion tracks: who is being spoken of, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.reading import lesions
from assistant.reading.assertion import Judged
from assistant.reading.frames import Statement, statements
from assistant.reading.lesions import Linker, Slot, absorb, add_size, is_lesion_name, related
from assistant.report.facts import Clause, Frame, Measurement, Mention, Place, Sentence, Track
from assistant.report.findings import Assertion, Change, Laterality
from assistant.report.text import SourceName

_ANAPHORA = {"larger": "larger", "smaller": "smaller", "former": "former", "latter": "latter"}
_FOLLOWED = frozenset({"liver", "lung", "kidney", "pancreas", "adrenal_gland", "thyroid", "breast", "spleen", "prostate", "ovary"})
"""Organs whose parts with a size alone ("RLL 3 mm solid") name a lesion."""
_EVIDENCE_MAX = 240


@dataclass(slots=True)
class Line:
    """One sentence with all that was found in it."""

    sentence: Sentence
    index: int
    mentions: list[Mention]
    sizes: list[Measurement]
    places: list[Place]
    judged: dict[int, Judged]
    """By start of the mention."""


@dataclass(slots=True)
class Weaver:
    """Carries the thread from sentence to sentence."""

    shadows: dict[SourceName, str]
    linker: Linker
    frames: list[Frame] = field(default_factory=list)
    _section: tuple[SourceName, str] = ("text", "")
    _paragraph: int = -1
    _place: Place | None = None
    """The place that the current line or label set: the topic."""
    _since: int = -1
    """The sentence that set the topic by the way; it holds for the next one only. -1: a label set it, it holds until the next label."""
    _labelled: bool = False
    """The sentence in hand has a label of its own that names a part ("S6: 19 mm")."""
    _default: str = ""
    """The one organ that the examination is of, if it is of one."""
    _turned: bool = False
    """The report has turned from the lesion in hand to something else."""

    def weave(self, lines: Sequence[Line]) -> tuple[list[Frame], list[Track]]:
        """The frames and tracks of all lines, in order."""
        for line in lines:
            self._line(line)
        by_id = {t.id: t for t in self.linker.tracks}
        for frame in self.frames:
            if frame.lesion in by_id:
                by_id[frame.lesion].frames.append(frame)
        for track in self.linker.tracks:
            track.label = _label(track, self.shadows)
        return self.frames, self.linker.tracks

    def _line(self, line: Line) -> None:
        sentence = line.sentence
        if self._since >= 0 and line.index - self._since > 1:
            self._place, self._since = None, -1
        if sentence.source == "exam" or (sentence.section == "exam" and not self._default):
            organs = {m.concept.attrs["default_organ"] for m in line.mentions if m.concept.attrs.get("default_organ")}
            organs = organs or {p.organ for p in line.places if p.organ}
            self._default = next(iter(organs)) if len(organs) == 1 and organs <= _FOLLOWED else self._default
        if self._default == "liver" and not any(p.organ == "liver" for p in line.places):
            line.places += _bare_lobes(self.shadows[sentence.source], sentence)
        shadow = self.shadows[sentence.source]
        where = (sentence.source, sentence.section)
        if where != self._section:
            self.linker.current = []
            self._place = None
            self._section = where
        label_end = _label_end(sentence, shadow)
        self._labelled = False
        if label_end:
            labelled = [p for p in line.places if p.end <= label_end and p.organ]
            self._place, self._since = (_union(_merge_same(labelled, None)) if labelled else None), -1
            self._turned = bool(labelled) and not any(related(t, labelled[0].organ) for t in self.linker.current)
            self._labelled = bool(self._place and self._place.parts)
        self._paragraph = sentence.paragraph
        if _POINTS_BACK.match(shadow, sentence.start):
            self._turned = False
        clauses = sentence.clauses
        if label_end and any(m.kind in ("property", "observation", "phase") and m.end <= label_end for m in line.mentions):
            clauses = (Clause(sentence.start, label_end), *clauses)  # "Segment VI nodule: 12 mm", "One nodule stands out: ..."
            self._ticked(line, label_end)
        said = statements(shadow, clauses, line.mentions, sentence.language)
        named = False
        if label_end and len(clauses) > len(sentence.clauses) and not any(is_lesion_name(m) and m.end <= label_end for m in line.mentions):
            clauses = (*clauses[1:], clauses[0])  # "Also unchanged: 4 mm nodule" says it of what follows
        for clause in clauses:
            inside = [s for s in said if s.clause is clause or (s.clause.start, s.clause.end) == (clause.start, clause.end)]
            slots = self._slots(line, clause, inside)
            targets: list[tuple[Slot, Track]] = []
            for slot in slots:
                track = self.linker.resolve(slot, sentence.source, sentence.section, named)
                if track is not None:
                    absorb(track, slot, sentence.source, sentence.section)
                    targets.append((slot, track))
            if any(m.concept.attrs.get("type") == "elsewhere" for m in line.mentions if clause.start <= m.start < clause.end) and not slots:
                self._turned = True
            turns = False
            here = [p for p in line.places if max(clause.start, label_end) <= p.start < clause.end and p.organ]
            organs = {p.organ for p in here}
            if slots:
                self.linker.current = _unique([t for _, t in targets])
                self._turned = False
                if any(s.place and s.place.parts for s in slots):
                    self._place, self._since = (Place(organ=slots[-1].place.organ) if slots[-1].place else None), -1
                named = True
            elif organs and self.linker.current and not any(self._fits(t, p) for t in self.linker.current for p in here):
                turns = not _POINTS_BACK.match(shadow, clause.start)
                self._place, self._since = here[0], line.index
            elif here and not inside:
                self._place, self._since = _union(_merge_same(here, None)), line.index
            self._sizes(line, clause, targets, organs, inside)
            self._same_pattern(line, clause, targets)
            for statement in inside:
                self._frame(line, statement, targets, [p for p in here if _governs(shadow, p, statement.head)])
            self._turned = self._turned or turns

    def _fits(self, track: Track, place: Place) -> bool:
        """Whether words about a place can be said of the track: a related organ, and not another part of its own."""
        return related(track, place.organ) and lesions.place_fit(track.place, place, self.linker.lexicon) >= 0

    def _ticked(self, line: Line, label_end: int) -> None:
        """"Washout: no", "Capsule: present": the answer after a label decides what the label's words assert."""
        answer = _ANSWER.match(self.shadows[line.sentence.source], label_end)
        if answer:
            assertion: Assertion = "absent" if answer.group("no") else "present"
            for mention in line.mentions:
                if mention.end <= label_end:
                    line.judged[mention.start] = Judged(assertion)

    # ---- which lesions a clause names

    def _slots(self, line: Line, clause: Clause, said: Sequence[Statement]) -> list[Slot]:
        sentence, shadow = line.sentence, self.shadows[line.sentence.source]
        if sentence.source == "exam" or (sentence.section == "exam" and not any(m.kind == "length" for m in line.sizes)):
            return []
        places = [p for p in line.places if clause.start <= p.start < clause.end and p.organ]
        names = [
            s.head for s in said
            if is_lesion_name(s.head) and self._told(line, s.head) and not _OTHERS.search(shadow, max(0, s.head.start - 14), s.head.start)
        ]
        if names and places and self.linker.current and not any(related(t, p.organ) for t in self.linker.current for p in places):
            # "soft tissue in the portal vein in continuity with the mass" speaks of the vein and only points at the mass
            names = [n for n in names if not lesions.is_definite(shadow, clause.start, n, sentence.language)]
        denied = any(is_lesion_name(s.head) and not self._told(line, s.head) for s in said)
        sizes = [
            m for m in line.sizes
            if clause.start <= m.start < clause.end and m.kind == "length" and not any(p.start <= m.start < p.end for p in places)
        ]
        sizes = _part_roles(sizes, said)
        now = [m for m in sizes if not m.is_prior and m.role not in lesions.PART_ROLES]
        cues = {m.concept.attrs.get("type", "") for m in line.mentions if clause.start <= m.start < clause.end and m.kind == "cue"}
        first = sizes[0].start if sizes else clause.start
        others = any(
            s.head.kind == "observation" and not is_lesion_name(s.head) and not s.head.concept.is_a("opacity")
            and not _COMMA.search(shadow, min(first, s.head.start), max(first, s.head.start)) for s in said
        )
        number = lesions.label_number(shadow, sentence.start, clause.end) if clause.start <= sentence.clauses[0].start else ""
        parts: list[Place] = []
        if not names:
            parts = [p for p in places if p.parts and p.organ in _FOLLOWED]
            if not parts and self._labelled and self._place and self._place.parts and self._place.organ in _FOLLOWED:
                parts = [self._place]
            pointed = next((_ANAPHORA[c] for c in cues if c in _ANAPHORA), "")
            implicit = ((parts and (sizes or number)) or (number and (sizes or said))) and not others and not denied
            if not implicit and not (pointed and (sizes or parts or said)) and not (number and number in self.linker.numbers):
                return []
            names = []
        places = [_in_lung(p) if not lesions.entities(names) else p for p in places]
        if _THEN.search(shadow, clause.start, clause.end) and not _NO_PRIOR.search(shadow, clause.start, clause.end):
            months = next((m.values[0] for m in line.sizes if m.kind == "interval" and m.values and clause.start <= m.start < clause.end), None)
            sizes = [m if m.is_prior else replace(m, is_prior=True, months_before=m.months_before or months) for m in sizes]
            now = []
        own = [p for p in places if p.parts] or places
        home = self._home(names, own) if names or parts or number else None
        if home is None and not names and not own:
            home = None
        distinct = _merge_same(own, home)
        apart = len(distinct) >= 2 and any(
            s.head.kind == "treatment" and distinct[0].end <= s.head.start <= distinct[-1].start for s in said
        )  # "HCC in segment VI (ablated) and segment VIII (TACE)"
        if len(distinct) >= 2 and (len(now) >= 2 or len(names) >= 2 or apart or "distributive" in cues):
            slots = [Slot(place=p, start=clause.start, end=clause.end) for p in distinct]
            for n, size in enumerate(sizes):
                slots[n if len(now) == len(slots) and not size.is_prior and n < len(slots) else _nearest(size.start, distinct)].sizes.append(size)
            for n, name in enumerate(names):
                if len(names) == len(slots):
                    slots[n].names.append(name)
                elif len(names) == 1:
                    for slot in slots:
                        slot.names.append(name)
                else:
                    slots[_nearest(name.start, distinct)].names.append(name)
        elif len(names) >= 2 and len(now) == len(names) and "the_larger" not in cues and _joined(shadow, names):
            slots = [Slot(names=[n], place=_union(own) or home, sizes=[s], start=clause.start, end=clause.end) for n, s in zip(names, now, strict=True)]
        else:
            slots = [Slot(names=list(names), place=_union([p for p in distinct]) or home, sizes=sizes, start=clause.start, end=clause.end)]
        for slot in slots:
            first = slot.names[0] if slot.names else None
            slot.definite = bool(first and lesions.is_definite(shadow, clause.start, first, sentence.language))
            slot.another = "another" in cues
            slot.predicate = bool(first and not self._turned and lesions.entities(slot.names) and _PREDICATE.match(shadow, clause.start))
            slot.larger = next((_ANAPHORA[c] for c in cues if c in _ANAPHORA), "")
            if not slot.larger and slot.sizes and _LARGEST.search(shadow, max(clause.start, slot.sizes[0].start - 16), slot.sizes[0].start):
                slot.larger = "larger"
            slot.number = number if len(slots) == 1 else ""
            slot.count = self._count(line, clause, len(slots))
            slot.background = any(m.id == "background_nodules" for m in line.mentions if clause.start <= m.start < clause.end)
        return slots

    def _told(self, line: Line, name: Mention) -> bool:
        judged = line.judged.get(name.start)
        return judged is None or (judged.assertion != "absent" and judged.experiencer == "patient")

    def _home(self, names: Sequence[Mention], own: Sequence[Place]) -> Place | None:
        """The place of a name that says none itself: the line's label, the topic, or what the word implies."""
        if own:
            return None
        implied = next((n.concept.attrs["place"] for n in names if n.concept.attrs.get("place")), "")
        if self._place and (not implied or self._place.organ == implied):
            return self._place
        if implied:
            return Place(organ=implied)
        return Place(organ=self._default) if self._default and names and not lesions.entities(names) else None

    def _count(self, line: Line, clause: Clause, slots: int) -> int | None:
        if slots > 1:
            return 1
        counted = next(
            (m for m in line.sizes if m.kind == "count" and clause.start <= m.start < clause.end and m.values
             and not any(p.start <= m.start < p.end for p in line.places)), None)
        if counted is not None:
            return max(1, int(counted.values[-1]))
        words = [m for m in line.mentions if m.kind == "count" and clause.start <= m.start < clause.end]
        for word in words:
            number = word.concept.attrs.get("number", "")
            if number.isdigit():
                return int(number)
            if number or word.concept.attrs.get("count") in ("multiple", "many", "several", "few", "innumerable") or word.id in _MANY:
                return None
        return 1

    # ---- sizes, and features handed over

    def _sizes(self, line: Line, clause: Clause, targets: list[tuple[Slot, Track]], organs: set[str], said: Sequence[Statement]) -> None:
        """Lengths in a clause that names no lesion belong to the lesion in hand, unless the clause turns to something else."""
        if targets or not self.linker.current or self._turned:
            return
        if organs and not all(related(t, o) for t in self.linker.current for o in organs):
            return
        if any(s.head.kind == "observation" and not is_lesion_name(s.head) and s.head.concept.attrs.get("place") for s in said):
            return
        sizes = [m for m in line.sizes if m.kind == "length" and clause.start <= m.start < clause.end]
        tracks = self.linker.current
        sizes = _part_roles(sizes, said)
        for n, size in enumerate(sizes):
            if len(tracks) > 1 and len(sizes) == len(tracks):
                add_size(tracks[n], size, line.sentence.source)
            elif len(tracks) == 1:
                add_size(tracks[0], size, line.sentence.source)

    def _same_pattern(self, line: Line, clause: Clause, targets: list[tuple[Slot, Track]]) -> None:
        """"Same enhancement as above": the features of the lesion before are said of this one too."""
        cue = next((m for m in line.mentions if m.id == "same_pattern" and clause.start <= m.start < clause.end), None)
        mine = [t for _, t in targets] or self.linker.current
        if cue is None or not mine:
            return
        giver = next((t for t in reversed(self.linker.tracks) if t not in mine and t.organ == mine[0].organ and t.id in {f.lesion for f in self.frames}), None)
        if giver is None:
            return
        for frame in [f for f in self.frames if f.lesion == giver.id and f.concept.kind == "property"]:
            self.frames += [_said_again(frame, t.id) for t in mine]

    # ---- frames

    def _frame(self, line: Line, statement: Statement, targets: list[tuple[Slot, Track]], where: list[Place]) -> None:
        head, sentence = statement.head, line.sentence
        judged = line.judged.get(head.start)
        lesion = self._lesion(statement, targets, where)
        start, end = _trim(self.shadows[sentence.source], statement.clause.start, statement.clause.end)
        if end - start > _EVIDENCE_MAX:
            start, end = max(start, head.start - 80), min(end, head.end + 120)
        place = _closest(head, [p for p in line.places if statement.clause.start <= p.start < statement.clause.end]) or self._place
        change = next((m.concept.attrs["change"] for m in line.mentions if m.kind == "change" and m.concept.attrs.get("change")
                       and statement.clause.start <= m.start < statement.clause.end), None)
        common = {
            "concept": head.concept, "source": sentence.source, "start": start, "end": end, "word_start": head.start, "word_end": head.end,
            "sentence": line.index, "section": sentence.section, "place": place, "attrs": statement.attrs,
        }
        assertion = judged.assertion if judged else "present"
        shadow = self.shadows[sentence.source]
        if head.kind == "risk" and judged and judged.assertion == "possible":
            # "cirrhosis, follow-up": the indication names what the patient has, unless it asks for it
            assertion = "possible" if _QUERY.search(shadow, statement.clause.start, statement.clause.end) else "present"
        if head.kind in ("property", "observation"):
            if _SIGN_NO.match(shadow, head.end):
                assertion = "absent"
            elif _SIGN_YES.match(shadow, head.end):
                assertion = "present"
            elif head.concept.is_a("appearance") and self._denied_before(line, statement):
                assertion = "absent"
        if head.concept.attrs.get("polarity") == "negative" and assertion in _FLIP:
            assertion = _FLIP[assertion]
        for track in lesion or [None]:
            self.frames.append(Frame(
                **common,  # type: ignore[arg-type]
                assertion=assertion,
                certainty=judged.certainty if judged else "definite",
                experiencer=judged.experiencer if judged else "patient",
                change=_CHANGE.get(change or ""),
                lesion=track.id if track else None,
            ))

    def _denied_before(self, line: Line, statement: Statement) -> bool:
        """未见强化高于肝实质, "fails to enhance beyond liver": what is denied of the enhancement is denied of its degree."""
        head = statement.head
        for mention in line.mentions:
            if mention.concept.is_a("enhancement") and 0 <= head.start - mention.end <= 6 and statement.clause.start <= mention.start:
                judged = line.judged.get(mention.start)
                return judged is not None and judged.assertion == "absent"
        return False

    def _lesion(self, statement: Statement, targets: list[tuple[Slot, Track]], where: list[Place]) -> list[Track]:
        head = statement.head
        own = head.concept.attrs.get("place", "")
        if head.kind not in _SAID_OF_LESIONS:
            return []
        if targets:
            if len(targets) == 1:
                return [targets[0][1]] if related(targets[0][1], own) else []
            if is_lesion_name(head):
                return [t for s, t in targets if head in s.names]
            near = [t for s, t in targets if s.place and s.place.end >= 0 and abs(s.place.start - head.start) <= 40]
            return near if len(near) == 1 else _unique([t for _, t in targets])
        if self._turned or (head.kind == "observation" and (is_lesion_name(head) or own)):
            return []
        if where and not any(self._fits(t, p) for t in self.linker.current for p in where):
            return []
        return list(self.linker.current)


_FLIP: dict[str, Assertion] = {"present": "absent", "absent": "present"}
"""For words that deny by themselves ("non-enhancing", 无强化)."""
_ANSWER = re.compile(
    r"[\s:\-=)]*(?:(?P<no>no(?:ne|t (?:present|seen|identified|applicable|met|evident|visible))?\b(?!\s+(?:change|longer))|absent|negative|n/a|nil|无|否|未见|阴性|不适用|没有|-(?=\s|$))"
    r"|(?P<yes>yes|present|positive|seen|identified|\+|有|是|可见|阳性|存在))"
)
_THEN = re.compile(
    r"\b(?:on|at|in|by) (?:the |that )?(?:previous|prior|earlier|last|preceding|old|outside|baseline)\b[^.;]{0,40}\b(?:was|were|measured|had)\b|\bhad (?:been|measured)\b"
    r"|(?:前片|前次|上次|既往|原片|旧片)[^。;,]{0,12}(?:约|为|大小|直径)"
)
"""A clause about an earlier examination: its sizes are earlier sizes."""
_NO_PRIOR = re.compile(r"\bno (?:prior|previous)|\bnow\b|今|本次|现")
_COMMA = re.compile(r"[,;]")
_LARGEST = re.compile(r"(?:largest|biggest|larger|maximum|dominant)\b[^,;.]*$|(?:最大|较大|大者|大的|大小为)[^,;]{0,4}$")
_PREDICATE = re.compile(r"\W*(?:(?:it|this|these|the (?:lesion|nodule|appearance|appearances|features|findings))\b|考虑|符合|为|系|是|提示|首先考虑|倾向|诊断|应为|多为)")
"""A clause that says what the lesion in hand is ("this is a haemangioma", 考虑血管瘤)."""
_QUERY = re.compile(r"\?|evaluat|rule out|assess for|query|exclud|r/o|suspected|排除|除外|待查|待排|可疑")
_SIGN_NO = re.compile(r"\s*:?\s*[(]?\s*(?:[-−–](?=[),;.\s]|$)|negative\b|阴性|缺如|不可见|未能显示|absent\b)\s*[)]?")
_SIGN_YES = re.compile(r"\s*:?\s*[(]?\s*(?:\+|positive\b|阳性)\s*[)]?")
_OTHERS = re.compile(r"(?:\b(?:other|background|surrounding|remaining|neighbou?ring)\s*(?:\w+\s*)?|其他|其余|其它|余)$")
"""Before a name: what the lesion is compared with, not a lesion of its own."""
_SAID_OF_LESIONS = frozenset({"property", "observation", "change", "treatment"})
_POINTS_BACK = re.compile(r"[\s\d.)\-*]*(?:(?:it|its|this|these|they|the (?:lesion|nodule|mass|observation|tumou?r|focus))\b|该|此|其|病灶|上述)")
"""A sentence that begins so goes on about the lesion in hand."""
_CHANGE: dict[str, Change] = {"new": "new", "stable": "stable", "larger": "larger", "smaller": "smaller"}
_MANY = frozenset({"multiple", "several", "few", "many", "innumerable", "numerous", "scattered"})


def _part_roles(sizes: list[Measurement], said: Sequence[Statement]) -> list[Measurement]:
    """A size right after "solid component" is the component's, whatever else it is called (mean, long axis)."""
    parts = [s.head.end for s in said if s.head.id.startswith("solid_component")]
    names = [s.head.end for s in said if is_lesion_name(s.head)]
    out = []
    for m in sizes:
        last = max((e for e in parts if e <= m.start), default=-1)
        mine = last > max((e for e in names if e <= m.start), default=-1) and m.start - last <= 30
        before = next((s.head.start for s in said if s.head.id == "solid_component" and 0 <= s.head.start - m.end <= 1), None)
        out.append(replace(m, role="solid_component") if mine or before is not None else m)
    return out


def _unique(tracks: Sequence[Track]) -> list[Track]:
    return list({t.id: t for t in tracks}.values())


def _said_again(frame: Frame, lesion: str) -> Frame:
    return Frame(
        frame.concept, frame.source, frame.start, frame.end, frame.word_start, frame.word_end, frame.sentence, frame.section, frame.assertion,
        frame.certainty, frame.experiencer, frame.place, frame.attrs, frame.sizes, frame.change, lesion,
    )


def _trim(shadow: str, start: int, end: int) -> tuple[int, int]:
    while start < end and shadow[start] in " \t\n,;:、。.":
        start += 1
    while end > start and shadow[end - 1] in " \t\n,;:、。.":
        end -= 1
    return start, end


def _label_end(sentence: Sentence, shadow: str) -> int:
    """Where the sentence's own line label ends; 0 when it has none or carries on under an earlier one."""
    if not sentence.subject:
        return 0
    at = shadow.find(sentence.subject.lower(), sentence.start, sentence.start + len(sentence.subject) + 12)
    return at + len(sentence.subject) if at >= 0 else 0


def _merge_same(places: Sequence[Place], home: Place | None) -> list[Place]:
    """Places with the same parts once; a whole organ only where no part of it is named."""
    out: list[Place] = []
    for place in places:
        if place.parts and any(place.parts <= o.parts or o.parts <= place.parts for o in out):
            continue
        if not place.parts and any(o.organ == place.organ for o in out):
            continue
        out.append(place)
    main = next((p.organ for p in out if p.parts), "")
    return [p for p in out if not main or p.organ == main]


def _union(places: Sequence[Place]) -> Place | None:
    """One place of several of the same organ ("segments 2 and 3")."""
    if not places:
        return None
    if len(places) == 1:
        return places[0]
    first = places[0]
    sides = {p.laterality for p in places if p.laterality != "none"}
    return Place(
        organ=first.organ, parts=frozenset().union(*(p.parts for p in places)), laterality=sides.pop() if len(sides) == 1 else "none",
        words=" ".join(p.words for p in places), start=first.start, end=places[-1].end,
    )


_BARE_LOBE = re.compile(r"\b(?:(right|left) (?:hepatic )?lobe|(dome))\b")


def _side(word: str | None) -> Laterality:
    return "right" if word == "right" else "left" if word == "left" else "none"


def _bare_lobes(shadow: str, sentence: Sentence) -> list[Place]:
    """"The right lobe" in a report on the liver."""
    found = _BARE_LOBE.finditer(shadow, sentence.start, sentence.end)
    return [
        Place("liver", frozenset({f"liver_{m.group(1)}_lobe" if m.group(1) else "liver_dome"}), _side(m.group(1)), m.group(), m.start(), m.end())
        for m in found
    ]


_INTO = re.compile(r"[\s,]*(?:(?:in|of|within|into|along|inside|involving|from|at|the|a|right|left|main|both|common)\b[\s,]*)+")


def _governs(shadow: str, place: Place, head: Mention) -> bool:
    """Whether a head is said of a place: the place stands before it, or follows it after a preposition."""
    return place.start <= head.start or bool(_INTO.fullmatch(shadow, head.end, place.start))


def _in_lung(place: Place) -> Place:
    """A nodule on the pleura, a fissure or in an airway is followed as a lesion of the lung."""
    return replace(place, organ="lung") if place.organ in lesions.NEAR["lung"] else place


def _nearest(position: int, places: Sequence[Place]) -> int:
    return min(range(len(places)), key=lambda n: min(abs(places[n].start - position), abs(places[n].end - position)))


def _closest(head: Mention, places: Sequence[Place]) -> Place | None:
    return min(places, key=lambda p: min(abs(p.start - head.end), abs(head.start - p.end)), default=None)


_AND = re.compile(r"\band\b|及|和|、|,|;")


def _joined(shadow: str, names: Sequence[Mention]) -> bool:
    return all(_AND.search(shadow, one.end, two.start) for one, two in zip(names, names[1:], strict=False))


def _label(track: Track, shadows: dict[SourceName, str]) -> str:
    return " ".join(dict.fromkeys([*( [track.place.words] if track.place and track.place.words else []), *sorted(track.kinds)[:1]])) or track.id
