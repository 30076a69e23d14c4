"""Names: a finding's anatomy and observation in the report's own language, and in its own words where it has them."""

from __future__ import annotations

import re

from assistant.report.facts import Concept, Place
from assistant.tasks.structuring.things import Line, Seen
from assistant.tasks.structuring.wording import wording

_ADJECTIVAL = ("al", "ic", "ary", "ar", "ous", "ian", "oid")
_SIZE_WORDS = re.compile(r"\b(?:size|calib(?:re|er)|width|diameter)s?\b|大小|管径|宽度")
_SIDES = ("left", "right", "bilateral", "both")


def anatomy(seen: Seen, text: str, shadow: str, *, chinese: bool) -> str:
    """Where, in the report's words; an adjective or abbreviation becomes its noun ("renal" is kidney)."""
    place, where = seen.place, seen.where
    if place is None:
        return ""
    fallback = _name(where, place, chinese=chinese)
    if place.start < 0 or place.end <= place.start:
        return fallback
    words = " ".join(text[place.start : place.end].split())
    folded = shadow[place.start : place.end]
    if folded.strip() in _SIDES or folded.strip() in ("左侧", "右侧", "双侧", "两侧", "左", "右"):
        return fallback
    if chinese or where is None:
        return words
    name = where.attrs.get("en", "")
    last = folded.split()[-1] if folded.split() else ""
    known = name.lower().split()
    adjective = last.endswith(_ADJECTIVAL) and last not in known
    if name and last and (adjective or (len(last) <= 4 and not any(w[:4] == last[:4] for w in known))):
        first = folded.split()[0]
        return f"{first} {name}" if first in _SIDES and first not in name else name
    return words


def _name(where: Concept | None, place: Place, *, chinese: bool) -> str:
    attrs = where.attrs if where is not None else {}
    if chinese:
        return attrs.get("zh", "") or place.words
    return attrs.get("en", "") or place.organ.replace("_", " ")


def observation(seen: Seen, line: Line, text: str, *, chinese: bool) -> tuple[str, tuple[str, ...]]:
    """What, and our ids for it."""
    tongue = "zh" if chinese else "en"
    if seen.measured:
        return str(wording()["measured"][seen.measured][tongue]), (seen.measured,)
    if seen.suspected:
        return ("恶性" if chinese else "malignancy"), seen.ids
    if seen.named_by:
        return text[seen.named_by[0][0] : seen.named_by[0][1]], seen.ids
    if seen.concept.attrs.get("removal"):
        row = wording()["removed"].get(seen.place.organ if seen.place else "")
        if row:
            return str(row[tongue]), (str(row["concept"]),)
    if "negates" in seen.concept.attrs:
        denied = seen.concept.attrs["negates"]
        if denied == "abnormality" and seen.place is not None and _SIZE_WORDS.search(seen.place.words):
            denied = "large"  # "heart size is normal"
        special = seen.where.attrs.get(denied, "") if seen.where is not None else ""
        name = special or seen.concept.attrs.get("fallback", "") or denied
        row = wording()["negated"].get(name) or wording()["negated"]["abnormality"]
        return str(row[tongue]), (name,)
    parts = [text[a:b] for a, b in seen.spans]
    parts[0] = text[_led_in(seen, line, text) : seen.spans[0][1]]
    return ("" if chinese else " ").join(" ".join(p.split()) for p in parts), seen.ids


def _led_in(seen: Seen, line: Line, text: str) -> int:
    """The start of the descriptors right in front of a thing: "irregular hypoechoic mass"."""
    start = seen.spans[0][0]
    for mention in reversed(line.mentions):
        if (
            mention.end <= start
            and mention.concept.kind in ("descriptor", "property", "extent")
            and not text[mention.end : start].strip(" -")
        ):
            if (
                mention.start < seen.clause.start
                or mention.concept.attrs.get("degree")
                or mention.concept.attrs.get("suspicion")
                or mention.concept.attrs.get("dimension")
            ):
                break
            start = mention.start
    return start


def concepts(seen: Seen, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Our ids: the observation first, then where it is."""
    place = (seen.where.id if seen.where is not None else seen.place.organ) if seen.place is not None else ""
    return tuple(dict.fromkeys(i for i in (*ids, place, seen.place.organ if seen.place else "") if i))
