"""Spread: which lymph nodes, neighbouring structures and distant organs a report says that a tumour involves.

Staging asks of every node, structure and organ whether it is involved, and reports answer in lists ("hilar, subcarinal and right
paratracheal nodes, up to 18 mm, suspicious for metastases") whose verdict often stands in another clause. So places and verdicts are
gathered clause by clause here, and each place keeps its strongest verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.report.facts import Clause, Measurement, Mention, Place, Reading, Sentence
from assistant.report.text import SourceName

Kind = Literal["node", "invasion", "metastasis"]
Verdict = Literal["sure", "maybe", "open", "enlarged", "no"]
"""enlarged: a node called slightly enlarged, with neither a size nor a word on what it is; open: the report says that it cannot be told."""

_RANK: dict[Verdict, int] = {"no": 0, "enlarged": 1, "maybe": 2, "open": 3, "sure": 4}
_NODE_MM = 10.0
"""Short axis from which a node of the chest or abdomen counts as involved where the report says nothing else of it."""
_STRONG = re.compile(
    r"suggest|suspic|suspect|consider|consistent|compatible|in keeping|indicat|represent|favou?r|likely"
    r"|probabl|concern|worrisome|考虑|提示|符合|倾向|高度|可能性大"
)
_WEAK = re.compile(
    r"possib|\bmay\b|might|could|cannot|can not|can't|rule|exclud|differential|question|equivocal|\?"
    r"|versus|\bvs\b|indeterminate|不除外|不能除外|待排|不排除|除外|可疑|疑似|可能(?!性大)"
)
_LATER = re.compile(
    r"\b(?:may|might|could) be (?:present|seen|considered|there)|\bcannot be (?:excluded|ruled out"
    r"|assessed|denied)|(?:不除外|待排|可疑|可能)(?!性大)"
)
"""Behind a word: what is only thought possible."""
_RATHER = re.compile(
    r"(?:考虑|倾向|首先)[^,;。不]{0,20}可能(?!.*(?:不除外|待排))"
    r"|(?:suggest|indicat|rais)\w*\s+(?:the |a )?(?:strong |high )?possibility"
)
"""A lean to one side in spite of the hedge."""
_THE_HILAR = re.compile(r"\bthe (?:pulmonary )?hilar\b")
_DENIES = re.compile(r"[.,;]\s*(?:but |and )?no\b|\bbut no\b|[,;。]\s*(?:而|但|余)?[^,;。]{0,8}(?:未见|无)")
_DIAPHRAGM = re.compile(r"diaphragm|膈")
_STUFF = ("soft tissue", "软组织")
"""What a mass is made of, not where it is."""
_CHEST = re.compile(r"chest|thora|lung|胸|肺")
_LIVER = re.compile(r"liver|hepat|肝")
_NODAL = re.compile(r"nod(?:e|al)|淋巴")
_NEAR_TO = re.compile(
    r"(?:near|adjacent to|close to|next to|abut\w*|contact\w*(?: with)?|along|beside|touch\w*|from"
    r"|displac\w*|compress\w*|reach\w*)\s+(?:the\s+)?(?:\w+\s+){0,4}$|(?:邻近|紧邻|贴近|紧贴|毗邻|推移|推压|与)$"
)
"""Before a place: what lies beside the tumour, not what it grows into."""
_SKIPPED = frozenset({"indication", "technique", "comparison", "recommendation"})
_MILD = re.compile(r"slight|mild|borderline|minimal|somewhat|prominent|noticeable|轻度|稍|略|饱满|可疑")
_MULTIPLE = re.compile(r"multiple|numerous|several|innumerable|extensive|diffuse|widespread|多发|多个|数个|数枚|多枚|广泛|各组|各区")
_STATION = re.compile(r"(1[0-4]|[1-9])([rl])?(?![\d.])")
_STATION_LIST = re.compile(
    r"(?<![\d.a-z])(?:1[0-4]|[1-9])[rl]?(?:\s*(?:[,、/&+]|和|及|与|and|, and)\s*(?:station |stations )?(?:1[0-4]|[1-9])[rl]?(?![\da-z.]))+"
    r"(?!\s*(?:mm|cm|x|×|\*|个|枚|肋|年|月|天|分|期))"
)
_STATION_AFTER = re.compile(r"\s*(?:组|区|站|stations?\b|nodal stations?\b)")
_STATION_BEFORE = re.compile(r"(?:stations?|levels?|zones?|nodes?|第|淋巴结)[\s(:]*$")
_FROM_BEFORE = re.compile(
    r"[\s\W]*(?:it|its|this|these|they|the (?:latter|largest|larger|former|nodes?|tumou?rs?|lesions?"
    r"|mass)|all|both|which|largest|较大|大者|最大|其|均|考虑|符合|提示|倾向|可能|转移|suspic|suggest)"
)
_APART = re.compile(r"[,;]|\band\b|及|和|与|、")
_LIST = re.compile(r"[\s,/、&]*(?:(?:and|or|及|和|与|the|of|to)[\s]*)*")
_TRAILING_SIDE = re.compile(r"\bon the (left|right)(?: side)?\b|\((left|right)\)|\b(?:bi(?=laterally)|on both sides)()")
_PLURAL = re.compile(
    r"metastases|mets\b|lesions|nodules|masses|tumou?rs\b|foci|deposits|nodes\b|多发|多个|数个|数枚|多枚|multiple"
    r"|numerous|several|innumerable|scattered|two\b|three\b|four\b|five\b|(?<![\d.])[2-9] (?!mm|cm|x|\d)"
    r"|[2-9两三四五](?:枚|个|处)"
)
_ONE = re.compile(r"\b(?:single|solitary|one|an?)\b|单发|孤立|单个|一枚|一个|1个|1枚")
_SHORT_NODE = re.compile(r"[<≤]|小于|不足|未达|不超过|less than|under \d|below \d|smaller than|no (?:node|lymph node)s? (?:larger|greater)")
_ORGAN_WORDS = (
    ("lung", re.compile(r"lung|pulmon|肺")),
    ("bone", re.compile(r"bon[ey]|osseous|skelet|骨")),
    ("adrenal_gland", re.compile(r"adrenal|肾上腺")),
    ("brain", re.compile(r"brain|cerebr|脑")),
    ("liver", re.compile(r"liver|hepat|肝(?!门)")),
    ("pleura", re.compile(r"pleura|胸膜")),
    ("peritoneum", re.compile(r"periton|腹膜(?!后)")),
)
"""Organs inside a word for a metastasis: "adrenal metastasis", 骨转移."""


@dataclass(frozen=True, slots=True)
class Involvement:
    """One place that a report speaks of as involved or free."""

    kind: Kind
    organ: str
    parts: frozenset[str]
    side: str
    """right, left, bilateral or none."""
    relative: str
    """same or opposite side of the tumour, in words ("ipsilateral"); empty: not said so."""
    lobe: str
    """same or other lobe, in words; empty: not said so."""
    verdict: Verdict
    many: bool
    """Several there."""
    sentence: int
    source: SourceName
    start: int
    end: int


@dataclass(slots=True)
class _Site:
    place: Place | None
    relative: str = ""
    lobe: str = ""
    side: str = "none"


@dataclass(slots=True)
class _Scene:
    """One clause with what it holds."""

    reading: Reading
    index: int
    sentence: Sentence
    clause: Clause
    shadow: str
    mentions: list[Mention]
    places: list[Place]
    sizes: list[Measurement]

    @property
    def text(self) -> str:
        return self.shadow[self.clause.start : self.clause.end]

    def of(self, *concepts: str) -> list[Mention]:
        return [m for m in self.mentions if not m.concept.parents.isdisjoint(concepts)]

    def said(self, mention: Mention) -> bool:
        """Whether a word is said to hold, without a hedge."""
        judged = self.reading.judged[self.index].get(mention.start)
        return judged is None or judged.assertion == "present"

    def verdict(self, mention: Mention) -> Verdict:
        """What is said of a word here: there, perhaps there, or not."""
        judged = self.reading.judged[self.index].get(mention.start)
        assertion = judged.assertion if judged else "present"
        if mention.concept.attrs.get("default_assertion") == "possible" and assertion == "present":
            assertion = "possible"
        if assertion in ("absent", "historical"):
            return "no"
        if assertion == "present":
            return "maybe" if _LATER.search(self.shadow, mention.end, self.clause.end) else "sure"
        if judged and judged.certainty == "probable" and not _WEAK.search(self.text):
            return "sure"
        return "sure" if _STRONG.search(self.text) and (not _WEAK.search(self.text) or _RATHER.search(self.text)) else "maybe"


def spread(reading: Reading) -> tuple[Involvement, ...]:
    """Every place that the report calls involved, perhaps involved or free, in order of the text."""
    out: list[Involvement] = []
    for kind_of in (_nodes, _invasions, _metastases):
        out += kind_of(reading)
    return tuple(out)


def _bare(place: Place) -> bool:
    """ "S8" alone: in a report on the chest a segment of the lung."""
    return place.organ == "liver" and not _LIVER.search(place.words)


def _without_node(place: Place, mentions: Sequence[Mention]) -> Place:
    """ "Hilar nodes" are at the hilum, though the words are one place."""
    if "lymph_node_place" not in place.parts:
        return place
    inside = [m.concept for m in mentions if place.start <= m.start < place.end and m.kind == "anatomy" and m.id != "lymph_node_place"]
    if not inside:
        return place
    organ = inside[-1].attrs.get("organ", inside[-1].id)
    return replace(place, organ=organ, parts=frozenset().union(*(c.parents for c in inside)) - {organ})


def _scenes(reading: Reading) -> Iterator[_Scene]:
    chest = bool(_CHEST.search(reading.shadow.get("exam", "")))
    for index, sentence in enumerate(reading.sentences):
        if sentence.source != "text" or sentence.section in _SKIPPED:
            continue
        shadow = reading.shadow[sentence.source]
        for number, clause in enumerate(sentence.clauses or (Clause(sentence.start, sentence.end),)):
            if number == 0:
                clause = Clause(sentence.start, clause.end)  # with the line's label ("RML: second nodule 9 mm")
            yield _Scene(
                reading,
                index,
                sentence,
                clause,
                shadow,
                [m for m in reading.mentions[index] if clause.start <= m.start < clause.end],
                [
                    _without_node(p, reading.mentions[index])
                    for p in reading.places[index]
                    if clause.start <= p.start < clause.end and not (chest and _bare(p)) and p.words not in _STUFF
                ],
                [m for m in reading.measurements[index] if clause.start <= m.start < clause.end],
            )


# -- places ------------------------------------------------------------------------------------------------------------

_NODE_ORGANS = frozenset(
    {
        "hilum",
        "mediastinum",
        "lymph_node",
        "neck",
        "axilla",
        "trachea",
        "airway",
        "vessel",
        "retroperitoneum",
        "abdomen",
        "oesophagus",
        "internal_mammary",
        "supraclavicular",
        "pericardium",
        "diaphragm",
        "cervix",
        "porta_hepatis",
        "mesentery",
        "groin",
    }
)
_LUNG_LIKE = frozenset({"lung", "pleura", "fissure"})


def _sites(scene: _Scene, places: Sequence[Place]) -> list[_Site]:
    """Places with the side that their words, their list or the clause gives them."""
    out: list[_Site] = []
    relatives = [m for m in scene.mentions if m.concept.attrs.get("relative")]
    lobes = [m for m in scene.reading.mentions[scene.index] if m.concept.attrs.get("lobe")]
    trailing = _TRAILING_SIDE.search(scene.text)
    for n, place in enumerate(places):
        side: str = place.laterality
        if side == "none" and n and scene.sentence.language not in ("zh", "ja"):
            gap = scene.shadow[places[n - 1].end : place.start]
            if out and _LIST.fullmatch(gap) and out[-1].side in ("left", "right"):
                side = out[-1].side
        if side == "none" and trailing:
            side = trailing.group(1) or trailing.group(2) or "bilateral"
        near = [m for m in relatives if (m.end <= place.start and place.start - m.end <= 40) or 0 <= m.start - place.end <= 30]
        relative = near[-1].concept.attrs["relative"] if near else ""
        if side != "none" and relative and not any(0 <= place.start - m.end <= 4 for m in near):
            relative = ""
        out.append(_Site(place, relative, lobes[0].concept.attrs["lobe"] if lobes else "", side))
    for mention in relatives:  # "no metastasis on the opposite side": a side without a place
        if not places:
            out.append(_Site(None, mention.concept.attrs["relative"], lobes[0].concept.attrs["lobe"] if lobes else ""))
            break
    if not out and lobes:
        out.append(_Site(None, "", lobes[0].concept.attrs["lobe"]))
    return out


def _made(kind: Kind, scene: _Scene, site: _Site, verdict: Verdict, *, many: bool = False) -> Involvement:
    place = site.place
    start, end = scene.clause.start, scene.clause.end
    if place is not None and not start <= place.start < end:
        start = min(start, place.start)
    return Involvement(
        kind, place.organ if place else "lung" if site.lobe else "", place.parts if place else frozenset(), site.side, site.relative,
        site.lobe, verdict, many, scene.index, scene.sentence.source, start, end,
    )  # fmt: skip


# -- lymph nodes -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Topic:
    """The nodes in hand."""

    sites: list[_Site]
    scene: _Scene
    verdict: Verdict = "no"
    benign: bool = False
    many: bool = False
    enlarged: bool = False
    firm: bool = False
    """More than being enlarged speaks for involvement."""


def _nodes(reading: Reading) -> Iterator[Involvement]:
    topic: _Topic | None = None
    labelled = -1
    last = -1
    before: tuple[int, list[_Site]] = (-2, [])
    for scene in _scenes(reading):
        named = scene.of("lymph_node", "lymph_node_place") or [
            m for m in scene.of("site_metastasis") if _NODAL.search(scene.shadow, m.start, m.end)
        ]
        stations = [p for p in scene.places if any(part.startswith(("station_", "nodes_")) for part in p.parts)]
        label = scene.sentence.subject.lower()
        if label and ("node" in label or "淋巴" in label):
            labelled = scene.sentence.paragraph
        under = labelled == scene.sentence.paragraph and labelled >= 0
        same = topic is not None and last == scene.index
        follows = topic is not None and last == scene.index - 1 and bool(_FROM_BEFORE.match(scene.text))
        places = [*(p for p in scene.places if p.organ not in _LUNG_LIKE), *_numbers(scene), *_within_names(scene, named)]
        if named or (under and places) or (stations and (same or any(_numbered(p) for p in stations))):
            if topic is not None and not (same and not topic.sites):
                yield from _closed(topic)
            places = [p for p in places if p.organ in _NODE_ORGANS or p.parts or named or under]
            sites = _sites(scene, places)
            if same and topic is not None and not sites and topic.sites:
                sites = topic.sites
            if not sites and before[0] == scene.index:
                sites = before[1]
            if _THE_HILAR.search(scene.text):
                sites = [replace_side(x) for x in sites]
            denied = _denied_later(scene, named)
            for site in sites:
                if denied >= 0 and site.place is not None and site.place.start > denied:
                    yield _made("node", scene, site, "no")
            sites = [x for x in sites if denied < 0 or x.place is None or x.place.start <= denied]
            topic = _Topic(sites, scene)
            _judge_nodes(topic, scene, named)
            last = scene.index
        elif topic is not None and (same or follows):
            others = [p for p in scene.places if p.organ not in _NODE_ORGANS]
            tumour = scene.of("mass", "nodule") and not scene.of("metastasis")
            if others or tumour:
                yield from _closed(topic)
                topic = None
                continue
            if not topic.sites and scene.places:
                topic.sites = _sites(scene, scene.places)
            _judge_nodes(topic, scene, [])
            last = scene.index
        elif topic is not None:
            yield from _closed(topic)
            topic = None
        if places and not named:
            before = (scene.index, _sites(scene, [p for p in places if p.organ in _NODE_ORGANS]))
    if topic is not None:
        yield from _closed(topic)


_NAMED_PLACES = (
    (re.compile(r"hilar"), "hilum", frozenset[str]()),
    (re.compile(r"mediastinal"), "mediastinum", frozenset[str]()),
    (re.compile(r"supraclavicular"), "neck", frozenset({"supraclavicular"})),
    (re.compile(r"axillary"), "axilla", frozenset[str]()),
    (re.compile(r"retroperitoneal|para-aortic"), "retroperitoneum", frozenset[str]()),
    (re.compile(r"mesenteric|pelvic|inguinal|porto?caval|periportal"), "abdomen", frozenset[str]()),
)
"""Places inside the words for nodes ("enlarged mediastinal lymph nodes")."""


def _within_names(scene: _Scene, named: Sequence[Mention]) -> Iterator[Place]:
    """The places that a word for nodes holds itself."""
    for mention in named:
        words = scene.shadow[mention.start : mention.end]
        for pattern, organ, parts in _NAMED_PLACES:
            found = pattern.search(words)
            if found is None or any(p.start < mention.end and mention.start < p.end for p in scene.places):
                continue
            side = next(
                (m.concept.attrs.get("side", "none") for m in scene.mentions if m.kind == "side" and 0 <= mention.start - m.end <= 2),
                "none",
            )
            start = mention.start + found.start()
            yield Place(organ, parts, side, found.group(), start, mention.start + found.end())  # type: ignore[arg-type]


def _numbers(scene: _Scene) -> Iterator[Place]:
    """Stations that a list gives by number alone: "stations 4R, 7 and 10R", 5、6组, "(4R, 7)"."""
    for run in _STATION_LIST.finditer(scene.text):
        listed = run.group()
        before = scene.text[max(0, run.start() - 14) : run.start()]
        if not (_STATION_AFTER.match(scene.text, run.end()) or _STATION_BEFORE.search(before) or re.search(r"\d[rl]", listed)):
            continue
        for one in _STATION.finditer(listed):
            start = scene.clause.start + run.start() + one.start()
            if any(p.start <= start < p.end for p in scene.places):
                continue
            number, side = one.group(1), {"r": "right", "l": "left"}.get(one.group(2) or "", "none")
            parts = frozenset({"lymph_node_station", "mediastinum", f"station_{number}"})
            yield Place("lymph_node", parts, side, one.group(), start, start + len(one.group()))  # type: ignore[arg-type]


def _denied_later(scene: _Scene, named: Sequence[Mention]) -> int:
    """Where a second statement of the clause denies: "a hilar node is avid; no mediastinal node"; -1: nowhere."""
    found = _DENIES.search(scene.shadow, scene.clause.start + 1, scene.clause.end)
    return found.start() if found and any(m.start < found.start() for m in named) else -1


def replace_side(site: _Site) -> _Site:
    """ "The hilar nodes" of a report on one tumour are those of its side."""
    if site.place is None or site.place.organ != "hilum" or site.side != "none" or site.relative:
        return site
    return _Site(site.place, "same", site.lobe, site.side)


def _numbered(place: Place) -> bool:
    return any(c.isdigit() for c in place.words)


def _closed(topic: _Topic) -> Iterator[Involvement]:
    verdict: Verdict = "no" if topic.benign and (topic.verdict != "sure" or not topic.firm) else topic.verdict
    if verdict == "maybe" and topic.enlarged:
        verdict = "sure"  # enlarged, and a metastasis is thought of: the two together are what CT goes by
    for site in topic.sites:
        yield _made("node", topic.scene, site, verdict, many=topic.many)


def _judge_nodes(topic: _Topic, scene: _Scene, named: Sequence[Mention]) -> None:
    """Adds to the nodes in hand what a clause says of them."""
    found: list[Verdict] = []
    denied = bool(named) and all(scene.verdict(m) == "no" for m in named)
    for mention in scene.of("metastasis", "malignancy", "node_positive_said", "node_avid", "node_matted", "abnormal_uptake", "invasion"):
        if mention.concept.is_a("lymph_node"):
            continue
        verdict = scene.verdict(mention)
        found.append("no" if denied and verdict == "sure" and mention.kind == "descriptor" else verdict)
    axes = [
        min(m.values[:2])
        for m in scene.sizes
        if m.kind == "length" and m.values and m.role not in ("distance", "depth") and not m.is_prior and m.bound != "<"
    ]
    avid = any(m.kind == "suv" for m in scene.sizes)
    small = bool(axes) and max(axes) < _NODE_MM
    if not denied and not any(v == "no" for v in found):
        if any(a >= _NODE_MM for a in axes) and not _SHORT_NODE.search(scene.text):
            found.append("sure")
        if avid:
            found.append("sure")
        enlarged: list[Mention] = [
            m for m in scene.of("enlargement", "node_enlarged", "lymphadenopathy") if scene.said(m) and all(map(scene.said, named))
        ]
        if enlarged and not small:
            topic.firm = topic.firm or "sure" in found
            found.append("enlarged" if _MILD.search(scene.text) else "sure")
            topic.enlarged = True
    if scene.of("node_matted") and (scene.of("tumour", "mass") or re.search(r"tumou?r|\bmass\b|肿块|肿瘤", scene.text)):
        for site in topic.sites:
            if site.side == "none" and not site.relative:
                site.relative = "same"
    benign = [m for m in scene.of("node_benign", "reactive_change") if scene.verdict(m) != "no" or m.concept.is_a("node_benign")]
    topic.benign = topic.benign or bool(benign)
    topic.many = topic.many or bool(_MULTIPLE.search(scene.text))
    best: Verdict = max(found, key=lambda v: _RANK[v], default="no")
    if "no" in found and best == "enlarged":
        best = "no"  # enlarged, no metastasis
        topic.benign = True
    if not topic.enlarged and best == "sure":
        topic.firm = True
    if _RANK[best] > _RANK[topic.verdict]:
        topic.verdict = best


# -- neighbouring structures -------------------------------------------------------------------------------------------


def _invasions(reading: Reading) -> Iterator[Involvement]:
    before: tuple[int, list[_Site]] = (-2, [])
    for scene in _scenes(reading):
        named = [m for m in scene.of("organ_invaded", "beyond_gerota") if _DIAPHRAGM.search(scene.shadow, m.start, m.end)]
        for mention in named[:1]:  # words of abdominal tumours that hold the verb and the organ
            yield _made("invasion", scene, _Site(Place("diaphragm", start=mention.start, end=mention.end)), scene.verdict(mention))
        heads = scene.of("invasion", "bone_eroded") or named[:1]
        places = scene.places
        if not heads:
            if places:
                before = (scene.index, _sites(scene, places))
            continue
        node = bool(scene.of("lymph_node"))
        for head in heads:
            verdict = scene.verdict(head)
            if head.concept.is_a("bone_eroded") and verdict == "sure" and not scene.of("invasion"):
                continue
            reached = _reached(scene, head, heads)
            sites = _sites(scene, reached)
            if not sites and (before[0] == scene.index or (before[0] == scene.index - 1 and not scene.reading.places[scene.index])):
                sites = before[1]
            for site in sites:
                if not (node and site.place is not None and site.place.organ in ("lymph_node",)):
                    yield _made("invasion", scene, site, verdict)
        if places:
            before = (scene.index, _sites(scene, places))


def _reached(scene: _Scene, head: Mention, heads: Sequence[Mention]) -> list[Place]:
    """The places of a clause that a word of invasion is about: those nearer to it than to another such word."""
    out = []
    for place in scene.places:
        nearest = min(heads, key=lambda h: max(h.start - place.end, place.start - h.end))
        if (nearest is head or nearest.start == head.start) and not _NEAR_TO.search(scene.shadow, scene.clause.start, place.start):
            out.append(place)
    return out


# -- distant organs ----------------------------------------------------------------------------------------------------


def _metastases(reading: Reading) -> Iterator[Involvement]:
    before: tuple[int, list[_Site], bool] = (-2, [], False)
    for scene in _scenes(reading):
        heads = [m for m in scene.of("metastasis", "extra_tumour_nodule") if not m.concept.is_a("lymphangitic_carcinomatosis")]
        lytic = scene.of("lytic_lesion")
        sites = _sites(scene, scene.places)
        many = _many(scene)
        primary = bool(scene.of("carcinoma", "tumour", "mass", "primary_word"))
        if not heads:
            odd = scene.of("uncharacterised")
            if odd and (sites or before[0] in (scene.index, scene.index - 1)):
                for site in sites or before[1]:
                    yield _made("metastasis", scene, site, "open", many=before[2])
            if sites and (scene.of("focal", "lesion", "lytic_lesion", "nodule", "mass", "enlargement", "effusion", "thickening") or lytic):
                before = (scene.index, sites, many)
            elif scene.places:
                before = (-2, [], False)
            continue
        for head in heads[:3]:
            verdict = scene.verdict(head)
            elsewhere = any(s.place is not None and s.place.organ not in _LUNG_LIKE for s in sites)
            own = (
                head.concept.attrs.get("place", "")
                or ("" if elsewhere else head.concept.attrs.get("spread_place", ""))
                or _organ_in(scene, head)
            )
            if own and not any(s.place is not None and s.place.organ == own for s in sites):
                rest = [s for s in sites if s.place is None or s.place.organ in ("lung", own)] if own in ("lung", "pleura") else []
                mine = [replace_site(s, own) for s in rest] or [_Site(Place(organ=own, start=head.start, end=head.end))]
                if before[0] in (scene.index, scene.index - 1) and all(s.place is None and not s.relative and not s.lobe for s in rest):
                    mine = [
                        s for s in before[1] if s.place is not None and s.place.organ in (own, "lung" if own == "pleura" else own)
                    ] or mine
            elif sites:
                nodal = bool(_NODAL.search(scene.shadow, head.start, head.end))
                mine = [
                    s for s in sites if not (s.place is not None and s.place.organ == "lung" and (nodal or (primary and own != "lung")))
                ]
            elif before[0] == scene.index or (before[0] == scene.index - 1 and (_FROM_BEFORE.match(scene.text) or not scene.places)):
                mine = before[1]
                many = many or before[2]
                if verdict == "maybe" and lytic:
                    verdict = "sure"
            else:
                mine = []
            for site in mine:
                yield _made("metastasis", scene, site, verdict, many=many)
        before = (-2, [], False)


def _organ_in(scene: _Scene, head: Mention) -> str:
    """The organ that a word for a metastasis names itself."""
    if _NODAL.search(scene.shadow, head.start, head.end):
        return ""
    return next((organ for organ, words in _ORGAN_WORDS if words.search(scene.shadow, head.start, head.end)), "")


def replace_site(site: _Site, organ: str) -> _Site:
    """The site as one of an organ that a word implies."""
    if site.place is None:
        return _Site(Place(organ=organ), site.relative, site.lobe, site.side)
    return site if site.place.organ == organ else _Site(replace(site.place, organ=organ), site.relative, site.lobe, site.side)


def _many(scene: _Scene) -> bool:
    text = scene.text
    return bool(_PLURAL.search(text)) and not (_ONE.search(text) and not re.search(r"metastases|多发|multiple|several|numerous", text))
