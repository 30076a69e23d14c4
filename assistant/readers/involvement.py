"""What a guideline calls the nodes, structures and organs that a report says a tumour involves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from assistant.knowledge.guideline import Input
from assistant.knowledge.predicates import Involved, Site
from assistant.reading.spread import Involvement
from assistant.report.facts import Place, Reading
from assistant.report.text import Evidence

State = Literal["stated", "negated", "uncertain"]
Found = tuple[tuple[Any, ...], State, tuple[Evidence, ...]]
"""The values that stay possible, how they are known, and the words."""

_OPEN_MOST = 3
"""Doubtful places of which every combination is looked at; of more, none or all."""
_LOBES = frozenset({"lung_rul", "lung_rml", "lung_rll", "lung_lul", "lung_lll"})


def from_spread(rule: Involved, spec: Input, facts: Mapping[str, Any], reading: Reading) -> Found | None:
    """The value of an input from what the tumour involves; None where the report says nothing of it."""
    mine = [i for i in facts["spread"]() if i.kind == rule.kind or (rule.count is not None and i.kind == "node")]
    primary: Place | None = facts.get("place")
    if rule.count is not None:
        return _counted(rule, mine, reading)
    named = [(i, value) for i in mine for value in [_named(rule.sites, i, primary)] if value is not None]
    lower = {v for site in rule.sites if site.doubt == "absent" for v in _values(site)}
    sure = _first(i_v for i_v in named if _sure(rule, i_v[0]))
    maybe = {v: i for v, i in _first(i_v for i_v in named if _maybe(rule, i_v[0])).items() if v not in sure and v not in lower}
    vaguer: dict[Any, set[Any]] = {
        v: set(site.unless) - {site.unsaid, site.several}
        for site in rule.sites
        for v in ((site.unsaid, site.several) if site.unsaid is not None else (site.value,))
        if site.unless and v is not None
    }
    told = set(sure) | set(maybe)
    for found in (sure, maybe):
        for value in [v for v in found if told & vaguer.get(v, set())]:
            del found[value]
    proof = tuple(reading.report.quote(i.start, i.end, i.source) for i in (*sure.values(), *maybe.values()))
    if spec.type == "flags":
        base = tuple(sorted(map(str, sure)))
        if maybe:
            return tuple(tuple(sorted({*base, *extra})) for extra in _some(sorted(map(str, maybe)))), "uncertain", proof
        if base:
            return (base,), "stated", proof
    elif spec.type == "bool":
        if sure:
            return (True,), "stated", proof
        if maybe:
            return (True, False), "uncertain", proof
    else:
        ranked = [v for site in rule.sites for v in _values(site)]
        best = min(sure, key=ranked.index, default=None)
        higher = [v for v in maybe if best is None or ranked.index(v) < ranked.index(best)]
        if higher:
            return (*higher, spec.default if best is None else best), "uncertain", proof
        if best is not None:
            return (best,), "stated", proof
    return None


def _first(pairs: Iterable[tuple[Involvement, Any]]) -> dict[Any, Involvement]:
    out: dict[Any, Involvement] = {}
    for involvement, value in pairs:
        out.setdefault(value, involvement)
    return out


def _sure(rule: Involved, found: Involvement) -> bool:
    return found.verdict == "sure" or (found.verdict == "enlarged" and rule.enlarged == "present")


def _maybe(rule: Involved, found: Involvement) -> bool:
    return (
        found.verdict == "open"
        or (found.verdict == "maybe" and rule.doubt == "unknown")
        or (found.verdict == "enlarged" and rule.enlarged == "unknown")
    )


def _some(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if len(names) > _OPEN_MOST:
        yield ()
        yield tuple(names)
        return
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def _values(site: Site) -> list[Any]:
    return [v for v in (site.value, site.right, site.left, site.same, site.opposite, site.both, site.unsaid, site.several) if v is not None]


def _within(name: str, wanted: str | tuple[str, ...] | None) -> bool:
    return wanted is None or name == wanted or (isinstance(wanted, tuple) and name in wanted)


def _named(sites: Sequence[Site], found: Involvement, primary: Place | None) -> Any:
    """What the first site that the place fits is called."""
    for site in sites:
        if not _within(found.organ, site.organ):
            continue
        if site.part is not None and not any(_within(p, site.part) for p in found.parts):
            continue
        if site.never is not None and any(_within(p, site.never) for p in found.parts):
            continue
        if site.lobe is not None and _lobe(found, primary) != site.lobe:
            continue
        value = _by_side(site, found, primary)
        if value is not None:
            return value
    return None


def _by_side(site: Site, found: Involvement, primary: Place | None) -> Any:
    if found.side == "right" and site.right is not None:
        return site.right
    if found.side == "left" and site.left is not None:
        return site.left
    how = relation(found, primary)
    if how == "unsaid" and found.many and site.several is not None:
        return site.several
    for name, value in (("both", site.both), ("same", site.same), ("opposite", site.opposite), ("unsaid", site.unsaid)):
        if value is not None and how == name:
            return value
    return site.value


def relation(found: Involvement, primary: Place | None) -> str:
    """How a place lies to the tumour: same, opposite, both, or unsaid."""
    if found.side == "bilateral":
        return "both"
    if found.side in ("right", "left") and primary is not None and primary.laterality in ("right", "left"):
        return "same" if found.side == primary.laterality else "opposite"
    return found.relative or "unsaid"


def _lobe(found: Involvement, primary: Place | None) -> str:
    """Whether a place of the lung is in the tumour's lobe or in another one of its side; "" where it is neither or not said."""
    mine = primary.parts & _LOBES if primary is not None else frozenset()
    theirs = found.parts & _LOBES
    how = relation(found, primary)
    if how in ("opposite", "both"):
        return ""
    if mine and theirs:
        return "same" if mine & theirs else "other" if how == "same" else ""
    return found.lobe


def _counted(rule: Involved, mine: Sequence[Involvement], reading: Reading) -> Found | None:
    """How many metastases, or how many organ systems with metastases."""
    sure = [(s, i) for i in mine if i.verdict == "sure" for s in [_system(rule, i)] if s is not None]
    maybe = [(s, i) for i in mine if _maybe(rule, i) for s in [_system(rule, i)] if s is not None]
    certain = {s for s, _ in sure}
    proof = tuple(reading.report.quote(i.start, i.end, i.source) for _, i in (*sure, *maybe))
    least, most = _amount(rule, sure), _amount(rule, [*sure, *maybe])
    if not sure and not maybe:
        return None
    values = tuple(dict.fromkeys((least, most)))
    if rule.count == "systems":
        if not certain and len({s for s, _ in maybe}) < 2:
            return None  # whether there is any is asked of the lesions
        values = tuple(dict.fromkeys((len(certain), len(certain | {s for s, _ in maybe}))))
    return values, "stated" if len(values) == 1 else "uncertain", proof


def _system(rule: Involved, found: Involvement) -> int | None:
    return next((n for n, organs in enumerate(rule.systems) if found.organ in organs or found.parts & set(organs)), None)


def _amount(rule: Involved, found: Sequence[tuple[int, Involvement]]) -> int:
    """How many places, where more than one is told as two."""
    places: list[tuple[int, str, frozenset[str]]] = []
    for system, involvement in found:
        if involvement.many or involvement.side == "bilateral":
            return 2
        one = (system, involvement.side, involvement.parts)
        if any(_alike(one, other) for other in places):
            continue
        places.append(one)
    return min(2, len(places))


def _alike(one: tuple[int, str, frozenset[str]], other: tuple[int, str, frozenset[str]]) -> bool:
    """Whether two mentions of one organ can be the same metastasis told twice."""
    sides = {one[1], other[1]} - {"none"}
    return one[0] == other[0] and len(sides) <= 1 and (one[2] <= other[2] or other[2] <= one[2])
