"""Earlier reports of the same patient: what their lesions measured becomes an earlier size of the lesions of this one.

A lesion is taken for the same by place and kind, where that leaves only one on either side. What this report itself says of an
earlier size comes first; then the earlier reports add nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from assistant.knowledge.lexicon import Lexicon
from assistant.reading.lesions import PART_ROLES, place_fit
from assistant.report.facts import Reading, SizeAt, Track
from assistant.report.text import PriorReport, Report

_DAYS_PER_MONTH = 30.4375
_MOST = 4
"""Earlier reports that are read, the latest ones."""
_SAME_PLACE = 2.0

Reader = Callable[[Report], Reading]


def follow_priors(report: Report, tracks: Sequence[Track], lexicon: Lexicon, read: Reader) -> None:
    """Adds to the lesions what earlier reports say of them."""
    waiting = [t for t in tracks if t.count == 1 and not any(s.is_prior for s in t.sizes)]
    if not waiting:
        return
    for prior, offset in _latest_first(report):
        earlier = read(Report(id=prior.id, text=prior.text, date=prior.date, exam=report.exam, language=report.language))
        known = [t for t in earlier.tracks if t.count == 1 and _now(t)]
        months = months_between(report.date, prior.date)
        for track, before in _pairs(waiting, known, lexicon):
            track.sizes += [
                SizeAt(s.axes_mm, months, prior.date, s.start + offset, s.end + offset, "prior", s.role, is_prior=True)
                for s in _now(before)
            ]


def months_between(later: str | None, earlier: str | None) -> float | None:
    """Months from one day (or month) to another; None where one is not known or they are the wrong way round."""
    days = [_day(text) for text in (later, earlier)]
    if days[0] is None or days[1] is None or days[1] >= days[0]:
        return None
    return round((days[0] - days[1]).days / _DAYS_PER_MONTH, 1)


def _day(text: str | None) -> date | None:
    try:
        parts = [int(p) for p in (text or "")[:10].replace("/", "-").split("-")]
        return date(parts[0], parts[1], parts[2] if len(parts) > 2 else 15)
    except (ValueError, IndexError):
        return None


def _latest_first(report: Report) -> list[tuple[PriorReport, int]]:
    """Earlier reports with where their text begins in the source "prior"; the latest first."""
    placed = []
    at = 0
    for prior in report.prior:
        placed.append((prior, at))
        at += len(prior.text) + 1
    told = [(p, at) for p, at in placed if p.text.strip()]
    return sorted(told, key=lambda one: one[0].date or "", reverse=True)[:_MOST]


def _now(track: Track) -> list[SizeAt]:
    """Its sizes at the time of its report, in its text."""
    return [s for s in track.sizes if not s.is_prior and s.source == "text" and s.role not in (PART_ROLES - {"solid_component"})]


def _pairs(waiting: Sequence[Track], known: Sequence[Track], lexicon: Lexicon) -> list[tuple[Track, Track]]:
    """Lesions of now and then that can only be each other."""
    fits = {t.id: [k for k in known if _same(t, k, known, waiting, lexicon)] for t in waiting}
    claimed = [k.id for found in fits.values() for k in found]
    return [(t, fits[t.id][0]) for t in waiting if len(fits[t.id]) == 1 and claimed.count(fits[t.id][0].id) == 1]


def _same(now: Track, then: Track, known: Sequence[Track], waiting: Sequence[Track], lexicon: Lexicon) -> bool:
    if not now.organ or now.organ != then.organ:
        return False
    if (now.entities or then.entities) and not now.entities & then.entities:
        return False
    fit = place_fit(now.place, then.place, lexicon)
    alone = all(sum(t.organ == now.organ for t in those) == 1 for those in (known, waiting))
    return fit >= _SAME_PLACE or (alone and fit >= 0 and bool(now.kinds & then.kinds))
