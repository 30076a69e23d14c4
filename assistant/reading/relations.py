"""Relations: how a tumour lies to vessels. Contact, encasement, a fat plane, thrombosis: said of every vessel that a clause lists.

"No contact with the SMA, coeliac axis or hepatic artery" speaks of three arteries; "contact over 120 degrees" in the next clause still
speaks of the vessel in front. Words: knowledge_base/lexicon/reading_relations.yaml. Vessels: concepts of anatomy with the attribute
`structure` (artery, vein) or, for words that stand for all of them, `structures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.knowledge.lexicon import Lexicon
from assistant.reading.assertion import Judged, judge
from assistant.reading.thread import Line
from assistant.report.facts import Clause, Frame, Mention, Place
from assistant.report.findings import Assertion
from assistant.report.text import SourceName

_FLIP: dict[str, Assertion] = {"present": "absent", "absent": "present", "historical": "absent"}
_BETWEEN_EN = re.compile(
    r"(?:[\s,/&()+-]|\b(?:and|or|nor|the|with|its|proximal|distal|main|origin|of|trunk|branch(?:es)?|axis|level|root|both|either|neither"
    r"|entire|whole|adjacent|nearby|plus|then|right|left|anterior|posterior|lateral|medial|wall|walls|border|side|aspect|at|to)\b)*"
)
_BETWEEN_ZH = re.compile(
    r"(?:[\s,、/()及和与或以并]|起始部|起始段|起始|主干|近段|近端|远段|远端|分支|管壁|周围|根部|左侧|右侧|前壁|后壁|侧壁|左|右|壁|段|旁|属支|均)*"
)
_IS = re.compile(r"[^,;]{0,24}?(?:\b(?:is|are|was|were|remains?|appears?|shows?|has|have|demonstrates?|looks?)\b|[:=]|\s[-–—]\s)")
_DEGREES = re.compile(
    r"(?P<sign><=|>=|<|>|≤|≥)?\s*(?P<low>\d{1,3})(?:\s*(?:°|度)?\s*(?:-|~|–|to|至|到)\s*(?P<high>\d{1,3}))?\s*-?\s*(?:°|º|degrees?\b|deg\b|度)"
    r"(?P<more>\s*(?:以上|or more|及以上))?"
)
_LESS = re.compile(
    r"(?:less than|under|below|not more than|no more than|up to|at most|within|小于|不足|不到|未超过|不超过|低于|<)\s*(?:约|about)?\s*$"
)
_MORE = re.compile(r"(?:more than|greater than|over|above|exceed(?:s|ing)|beyond|at least|超过|大于|多于|超出|>)\s*(?:约|about)?\s*$")
_ORIGIN = re.compile(r"(?:\b(?:from|off|branch of|origin(?:ating)? (?:at|in|from))(?: the)?\s*|起自|发自|起源于|源于|来自)$")
"""Before a vessel that is only where another one comes from."""
_APART = re.compile(r"(?:\d\s*(?:mm|cm)\s+(?:away\s+|short\s+)?(?:from|of|off)(?: the)?\s*|距离?)$")
"""Before a vessel that the tumour keeps a distance from."""
_TITLE = re.compile(r"\s*:")
"""Behind a word: it heads what follows ("Vascular involvement: the mass abuts the SMA")."""
_HALF = 180
_ANSWER_NO = re.compile(r"\s*[:=\-–—]*\s*(?:none|nil|no|negative|clear|free|ok|\(-\)|-|无|阴性|否)\s*(?:[.。,;]|$)")
_ANSWERS = re.compile(
    _DEGREES.pattern.replace("?P<sign>", "").replace("?P<low>", "").replace("?P<high>", "").replace("?P<more>", "")
    + r"|\b(?:none|nil|no|negative|ok)\b|无|阴性|否|-"
)
_NEAR_NODE = ("lymph_node", "lymphadenopathy")


@dataclass(slots=True)
class _Run:
    """Vessels named next to each other."""

    vessels: list[Mention]
    arc: str = ""
    by: str = ""

    @property
    def start(self) -> int:
        return self.vessels[0].start

    @property
    def end(self) -> int:
        return self.vessels[-1].end


@dataclass(slots=True)
class Relations:
    """Reads the sentences of a report in order, and keeps which vessels were last spoken of."""

    lexicon: Lexicon
    """The words of relations."""
    shadows: Mapping[SourceName, str]
    frames: list[Frame] = field(default_factory=list)
    _topic: _Run | None = None
    _since: int = -9
    _found: dict[SourceName, list[Mention]] = field(default_factory=dict)

    def read(self, lines: Iterable[Line]) -> list[Frame]:
        """The frames of all lines, one for each vessel that something is said of."""
        listed = list(lines)
        if not any(_structure(m) or m.concept.attrs.get("organ") == "pancreas" for line in listed for m in line.mentions):
            return []
        for line in listed:
            self._line(line)
        return _settled(self.frames)

    def _line(self, line: Line) -> None:
        sentence, shadow = line.sentence, self.shadows[line.sentence.source]
        words, vessels = self._words(line)
        there = {w.id for w in words}
        words = [w for w in words if w.concept.attrs.get("beside") is None or w.concept.attrs["beside"] in there]
        if not words and not (vessels and _ANSWERS.search(shadow, sentence.start, sentence.end)):
            if vessels:
                self._keep(_Run(vessels), line)
            return
        judged = judge(shadow, sentence, _without_doubles(line.mentions, words))
        clauses = list(sentence.clauses) or [Clause(sentence.start, sentence.end)]
        if clauses[0].start > sentence.start:  # the line's label
            clauses[0] = Clause(sentence.start, clauses[0].end)
        for clause in clauses:
            inside = [[m for m in group if clause.start <= m.start < clause.end] for group in (words, vessels)]
            self._clause(line, clause, inside[0], inside[1], judged)

    def _words(self, line: Line) -> tuple[list[Mention], list[Mention]]:
        """The words of relations in a sentence, and its vessels."""
        sentence = line.sentence
        if sentence.source not in self._found:
            self._found[sentence.source] = self.lexicon.scan(self.shadows[sentence.source])
        words = [w for w in self._found[sentence.source] if sentence.start <= w.start < sentence.end]
        named = [m for m in line.mentions if _structure(m)]
        taken = {at for m in named for at in range(m.start, m.end)}
        loose = [w for w in words if "structures" in w.concept.attrs and w.start not in taken and w.end - 1 not in taken]
        return [w for w in words if "structures" not in w.concept.attrs], sorted([*named, *loose], key=lambda m: m.start)

    def _keep(self, run: _Run, line: Line) -> None:
        self._topic, self._since = _Run(list(run.vessels)), line.index

    def _clause(
        self, line: Line, clause: Clause, words: Sequence[Mention], vessels: Sequence[Mention], judged: Mapping[int, Judged]
    ) -> None:
        shadow = self.shadows[line.sentence.source]
        chinese = line.sentence.language in ("zh", "ja")
        named = [m for m in vessels if m.concept.attrs.get("structure")]
        named = [m for n, m in enumerate(named) if not (n and _ORIGIN.search(shadow, max(clause.start, m.start - 24), m.start))]
        runs = _runs(shadow, named or vessels, chinese=chinese)
        earlier = line.index != self._since
        pointing = bool(vessels) and all("points" in v.concept.attrs for v in vessels)
        if pointing and not named and self._reaches_back(line, clause, pointing=True):
            runs = [_Run(_of_kind(self._topic, vessels))]
        elif not runs and self._reaches_back(line, clause, pointing=False, own=bool(words) and words[0].start < clause.start + 24):
            runs = [_Run(list(self._topic.vessels))] if self._topic else []
        if named:
            self._keep(runs[-1], line)
        elif runs and words and self._topic is not None:
            self._since = line.index if line.index - self._since == 1 else self._since
        if not runs:
            for word in words:
                if word.concept.attrs.get("placeless") == "true":
                    self._say(line, clause, word.concept.id, word, _Run([]), _asserted(word, judged.get(word.start)), "definite", "", "")
        if not runs or _about_nodes(line, clause):
            return
        heads = [w for w in words if not w.id.startswith("arc_")]
        if not vessels and earlier:
            heads = [w for w in heads if w.id != "vessel_free"]  # "Liver normal." speaks of no vessel
        beside = {w.concept.attrs["beside"] for w in heads if "beside" in w.concept.attrs}
        heads = [w for w in heads if not (_TITLE.match(shadow, w.end) and any(o.start > w.end for o in heads))]
        heads = [w for w in heads if w.id not in beside and (w.concept.attrs.get("beside") in (None, *(v.id for v in words)))]
        self._measure(shadow, clause, runs, [w for w in words if w.id.startswith("arc_")])
        told = _shared_out(shadow, heads, runs, chinese=chinese)
        for head, mine in told:
            assertion = "absent" if _ANSWER_NO.match(shadow, head.end, clause.end) else _asserted(head, judged.get(head.start))
            certainty = judged[head.start].certainty if head.start in judged else "definite"
            for run in mine:
                arc, by = (run.arc, run.by) if run.arc else (head.concept.attrs.get("arc", ""), "word")
                self._say(line, clause, head.concept.id, head, run, assertion, certainty, arc, by)
        touched = {id(run) for head, mine in told for run in mine if head.concept.is_a("vessel_contact")}
        for run in runs:
            if id(run) not in touched and _APART.search(shadow, max(clause.start, run.start - 24), run.start):
                self._say(line, clause, "vessel_free", run.vessels[0], run, "absent", "definite", "", "")
            elif run.arc and id(run) not in touched:  # "SMA: 90 degrees"
                first = run.vessels[0]
                self._say(
                    line, clause, "vessel_touch", first, run, "absent" if run.arc == "none" else "present", "definite", run.arc, run.by
                )
            elif id(run) not in touched and _ANSWER_NO.match(shadow, run.end, clause.end):  # "CHA: none"
                self._say(line, clause, "vessel_touch", run.vessels[0], run, "absent", "definite", "", "")

    def _reaches_back(self, line: Line, clause: Clause, *, pointing: bool, own: bool = False) -> bool:
        """Whether a clause without a vessel of its own still speaks of the one before."""
        if self._topic is None or line.index - self._since > 1:
            return False
        if pointing:
            return True
        elsewhere = [p for p in line.places_in(clause) if p.organ not in ("", "pancreas", "vessel", "fat")]
        return not elsewhere and (line.index == self._since or own or not line.sentence.subject)

    def _measure(self, shadow: str, clause: Clause, runs: list[_Run], words: Sequence[Mention]) -> None:
        """Gives each number of degrees, else each word for a part of the circumference, to the vessels it stands behind."""
        for found in _DEGREES.finditer(shadow, clause.start, clause.end):
            run = next((r for r in reversed(runs) if r.start < found.start()), runs[0])
            arc = _arc(shadow, found, clause.start)
            if run.by != "degrees" or arc == "over_180":
                run.arc, run.by = arc, "degrees"
        for word in words:
            run = next((r for r in reversed(runs) if r.start < word.start), runs[0])
            if not run.arc:
                run.arc, run.by = word.concept.attrs["arc"], "part"

    def _say(
        self, line: Line, clause: Clause, concept: str, at: Mention, run: _Run, assertion: Assertion, certainty: str, arc: str, by: str
    ) -> None:
        attrs = {"arc": frozenset({arc}), "by": frozenset({by})} if arc and arc != "none" and assertion != "absent" else {}
        for vessel in run.vessels or (None,):
            place = _place(vessel) if vessel else None
            self.frames.append(
                Frame(
                    concept=self.lexicon.concepts[concept],
                    source=line.sentence.source,
                    start=clause.start,
                    end=clause.end,
                    word_start=at.start,
                    word_end=at.end,
                    sentence=line.index,
                    section=line.sentence.section,
                    assertion=assertion,
                    certainty=certainty,  # type: ignore[arg-type]
                    place=place,
                    attrs=attrs,
                )
            )


def _without_doubles(mentions: Sequence[Mention], words: Sequence[Mention]) -> list[Mention]:
    """Both together in order; of the report's other words those that no word of a relation covers or overlaps."""
    taken = {at for w in words for at in range(w.start, w.end)}
    kept = [m for m in mentions if (m.end - 1 not in taken or m.start not in taken) and (m.kind == "cue" or m.start not in taken)]
    return sorted([*kept, *words], key=lambda m: (m.start, -m.end))


def _structure(mention: Mention) -> bool:
    attrs = mention.concept.attrs
    return mention.kind == "anatomy" and "structure" in attrs


def _place(vessel: Mention) -> Place:
    return Place(
        vessel.concept.attrs.get("organ", ""),
        frozenset({vessel.concept.attrs.get("same", vessel.id)}),
        "none",
        "",
        vessel.start,
        vessel.end,
    )


def _of_kind(topic: _Run | None, words: Sequence[Mention]) -> list[Mention]:
    """Of the vessels last spoken of, those that "the vein", "the artery" means."""
    kept = list(topic.vessels) if topic else []
    kinds = {w.concept.attrs.get("structures") for w in words}
    return [v for v in kept if v.concept.attrs.get("structure") in kinds] or kept


def _about_nodes(line: Line, clause: Clause) -> bool:
    """A clause that speaks of nodes beside a vessel says nothing of the tumour's contact with it."""
    inside = line.mentions_in(clause)
    return any(m.id in _NEAR_NODE for m in inside) and not any(
        m.concept.is_a("tumour") or m.concept.is_a("malignancy") or m.id == "mass" for m in inside
    )


def _runs(shadow: str, vessels: Sequence[Mention], *, chinese: bool) -> list[_Run]:
    between = _BETWEEN_ZH if chinese else _BETWEEN_EN
    runs: list[_Run] = []
    for vessel in vessels:
        if runs and between.fullmatch(shadow, min(runs[-1].end, vessel.start), vessel.start):
            runs[-1].vessels.append(vessel)
        else:
            runs.append(_Run([vessel]))
    return runs


def _shared_out(shadow: str, heads: Sequence[Mention], runs: Sequence[_Run], *, chinese: bool) -> list[tuple[Mention, list[_Run]]]:
    """Which vessels each head is said of: those behind it ("encases the SMA"), those in front ("the SMA is encased")."""
    mine: dict[int, list[_Run]] = {id(h): [] for h in heads}
    for n, run in enumerate(runs):
        low = runs[n - 1].start if n else -1
        high = runs[n + 1].start if n + 1 < len(runs) else 1 << 30
        before = next((h for h in reversed(heads) if low < h.start < run.start), None)
        after = next((h for h in heads if run.end <= h.start < high), None)
        if before is not None and run.by == "degrees" and re.search(r"[,;]", shadow[before.end : run.start]):
            before = None  # "CHA no contact, SMV 90°"
        owner = after if before is None else before
        if before is not None and after is not None:
            if chinese:
                owner = before if run.start - before.end <= 1 else after
            else:
                owner = after if _IS.match(shadow, run.end, after.start) else before
        if owner is None and not run.arc:
            owner = next((h for h in reversed(heads) if h.start < run.start), None) or next((h for h in heads if h.start >= run.end), None)
        if owner is not None:
            mine[id(owner)].append(run)
    out = []
    for head in heads:
        own = mine[id(head)]
        if not own:
            front = next((r for r in reversed(runs) if r.start < head.start), None)
            own = [front if front is not None else runs[0]]
        out.append((head, own))
    return out


def _asserted(head: Mention, judged: Judged | None) -> Assertion:
    assertion: Assertion = judged.assertion if judged else "present"
    if head.concept.attrs.get("polarity") == "negative":
        return _FLIP.get(assertion, assertion)
    return "present" if assertion == "historical" else assertion


def _arc(shadow: str, found: re.Match[str], low: int) -> str:
    """The band of a number of degrees: none, up_to_180 or over_180; "" where the number leaves it open."""
    front = shadow[max(low, found.start() - 24) : found.start()]
    sign = found.group("sign") or ("<" if _LESS.search(front) else ">" if _MORE.search(front) or found.group("more") else "")
    value = int(found.group("high") or found.group("low"))
    if sign in (">", ">=", "≥"):
        return "over_180" if value >= _HALF else ""
    if sign in ("<", "<=", "≤"):
        return "up_to_180" if value <= _HALF else ""
    return "none" if value == 0 else "up_to_180" if value <= _HALF else "over_180"


_TRUST = ("word", "part", "degrees")


def _settled(frames: list[Frame]) -> list[Frame]:
    """Where degrees are written for a vessel, words that only stand for some ("encased") give way to them."""
    best: dict[str, str] = {}
    for frame in frames:
        name, by = next(iter(frame.place.parts)) if frame.place else "", next(iter(frame.attrs.get("by", ())), "")
        if by and _TRUST.index(by) > _TRUST.index(best.get(name, "word")):
            best[name] = by
    out = []
    for frame in frames:
        name, by = next(iter(frame.place.parts)) if frame.place else "", next(iter(frame.attrs.get("by", ())), "")
        out.append(replace(frame, attrs={}) if by and by != best.get(name, by) else frame)
    return out
