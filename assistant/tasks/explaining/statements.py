"""Findings as statements in plain words, each with what it rests on, ready to be proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.report.findings import Finding
from assistant.tasks.explaining.advice import clean_quote
from assistant.tasks.explaining.material import Range, span_of
from assistant.tasks.explaining.proof import faults
from assistant.tasks.explaining.wording import Words

_ITEMS = 3
"""Items of one list; a patient loses the thread of longer ones."""
_NOT_SAID = frozenset({"size", "calibre", "normal_size", "distance", "shape"})
"""Measures and descriptions that are no finding by themselves."""
_LISTS = ("absent", "normal", "open", "intact")


@dataclass(slots=True)
class Statement:
    """A sentence or two of the explanation and what they rest on."""

    text: str
    evidence: list[Range]
    findings: tuple[Finding, ...] = ()
    is_quote: bool = False
    fallen_back: bool = False
    """It was worded, failed its proof, and now quotes the report."""


@dataclass(slots=True)
class Told:
    """All statements on findings, by where they belong."""

    present: list[Statement] = field(default_factory=list)
    past: list[Statement] = field(default_factory=list)
    absent: list[Statement] = field(default_factory=list)


def tell(words: Words, findings: Sequence[Finding]) -> Told:
    """The findings as proven statements, in the order of the report."""
    told = Told()
    lists: dict[str, list[tuple[str, Finding]]] = {name: [] for name in _LISTS}
    for finding in findings:
        if _NOT_SAID & set(finding.concepts[:1]) or not finding.evidence:
            continue
        if finding.assertion == "absent":
            item = _absent_item(words, finding)
            if item is not None:
                lists[item[0]].append((item[1], finding))
            else:
                _add(told.absent, _quotation(words, finding))
            continue
        target = told.past if finding.assertion == "historical" else told.present
        _add(target, _proven(words, _single(words, finding), finding))
        if finding.assertion != "historical" and (relation := _relation(words, finding)):
            _add(target, relation)
    for name in _LISTS:
        told.absent += _listed(words, name, lists[name])
    return told


def _add(target: list[Statement], statement: Statement) -> None:
    """Adds a statement; one that says the same again only adds its evidence, and no quotation is given twice."""
    for known in target:
        if known.text == statement.text:
            known.evidence = sorted({*known.evidence, *statement.evidence})
            known.findings += statement.findings
            return
        inside = all(any(k[0] <= s and e <= k[1] for k in known.evidence) for s, e in statement.evidence)
        if statement.is_quote and known.is_quote and inside:
            return
    target.append(statement)


def _single(words: Words, finding: Finding) -> str | None:
    """A finding that is there, may be there, or was there."""
    if finding.concepts[:1] == ("abnormality",):
        return None
    thing, where = words.present(finding), words.where(finding)
    if thing is None or where is None:
        return None
    name = {"present": "present", "possible": "possible", "historical": "past"}[finding.assertion]
    if finding.assertion == "possible" and words.glossary.cue("not_ruled_out").search(words.material.quotes(finding)):
        name = "not_ruled_out"
    if not where and words.language == "zh" and name in ("present", "possible"):
        where = "检查发现" if name == "present" else ""
    parts = [str(words.sentence(name)).format(thing=thing, where=where)]
    if size := words.size(finding):
        many = bool(words.count(finding)) or words.is_largest(finding)
        parts.append(str(words.sentence("largest" if many and words.is_largest(finding) else "size")).format(size=size))
    if finding.change:
        parts.append(words.sentence("change")[finding.change])
    if attributes := words.attributes(finding):
        parts.append(str(words.sentence("calls")).format(list=_and(words, attributes)))
    if words.language == "zh":
        return "，".join(p.rstrip("。") for p in parts) + "。"
    return " ".join(parts)


def _and(words: Words, items: Sequence[str], last: str = "and") -> str:
    if len(items) == 1:
        return items[0]
    return str(words.sentence("comma")).join(items[:-1]) + str(words.sentence(last)) + items[-1]


def _proven(words: Words, text: str | None, finding: Finding) -> Statement:
    """The statement where it reads back as the finding; else the report's own words."""
    sources = words.material.quotes(finding).split("\n")
    if text is not None and not faults(text, [finding], sources, words.glossary, parts_tell_side=_parts_tell_side(words, finding)):
        return Statement(text, span_of(finding.evidence), (finding,))
    fallback = _quotation(words, finding)
    fallback.fallen_back = True
    return fallback


def _parts_tell_side(words: Words, finding: Finding) -> bool:
    return any(c.startswith(("liver_s", "vertebra", "disc")) for c in finding.concepts)


def _quotation(words: Words, finding: Finding) -> Statement:
    first = next(e for e in finding.evidence if e.source == "text")
    quote = str(words.sentence("quote")).format(quote=clean_quote(first.quote))
    return Statement(quote, span_of(finding.evidence), (finding,), is_quote=True)


def _relation(words: Words, finding: Finding) -> Statement | None:
    """The report's own words where they say what a finding does to its neighbours, which no template can."""
    cue = words.glossary.cue("relation")
    for evidence in finding.evidence:
        if evidence.source == "text" and cue.search(words.material.shadow, evidence.start, evidence.end):
            line = words.material.line(evidence.start)
            end = evidence.end
            if line is not None:
                stop = words.material.shadow.find(".", end, line.end)
                end = min(line.end, evidence.start + 200) if stop < 0 else min(stop, evidence.start + 200)
            quote = clean_quote(words.material.text[evidence.start : max(end, evidence.end)])
            span = (evidence.start, max(end, evidence.end))
            return Statement(str(words.sentence("quote")).format(quote=quote), [span], (), is_quote=True)
    return None


# --- what is not there


def _absent_item(words: Words, finding: Finding) -> tuple[str, str] | None:
    """The list that an absent finding goes into, and its words there; None where they cannot be proven."""
    quote = words.material.quotes(finding)
    kind = _kind(words, finding, quote)
    if kind == "absent":
        name, where = words.name(finding, some=True), words.where(finding)
        if where and finding.anatomy.lower() not in quote and any(c.startswith(("disc_", "vertebra_")) for c in finding.concepts):
            where = ""  # "No fracture" below the line of L5-S1 is said of the whole spine
        if name is None or where is None:
            return None
        item = where + name if words.language == "zh" else name + where
    else:
        place = words.place(finding)
        if place is None:
            return None
        item = place
    text = str(words.sentence(kind)).format(list=item)
    if faults(text, [finding], quote.split("\n"), words.glossary, parts_tell_side=True):
        return None
    return kind, item


def _kind(words: Words, finding: Finding, quote: str) -> str:
    """Whether the report denies a thing, or calls a place normal, open or intact without naming what it is free of."""
    named = finding.observation.lower() and finding.observation.lower() in quote
    if named and finding.concepts[:1] != ("abnormality",):
        return "absent"
    for name in ("open", "intact", "normal"):
        if words.glossary.cue(name).search(quote):
            return name
    return "absent" if finding.concepts[:1] != ("abnormality",) or not finding.concepts[1:] else "normal"


def _listed(words: Words, name: str, items: Sequence[tuple[str, Finding]]) -> Iterator[Statement]:
    unique: dict[str, list[Finding]] = {}
    for item, finding in items:
        unique.setdefault(item, []).append(finding)
    keys = list(unique)
    for at in range(0, len(keys), _ITEMS):
        chunk = keys[at : at + _ITEMS]
        findings = tuple(f for k in chunk for f in unique[k])
        evidence = sorted({s for f in findings for s in span_of(f.evidence)})
        text = str(words.sentence(name)).format(list=_and(words, chunk, "or" if name == "absent" else "and"))
        yield Statement(text, evidence, findings)
