"""What the report advises, says of its limits, and tells of whom it told; its stated categories."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.knowledge.glossary import Family
from assistant.tasks.explaining.material import Material, Range
from assistant.tasks.explaining.wording import Words

_WHEN = re.compile(
    r"(?:\b(?P<how>in|at|after|within) )?(?P<n>\d+|one|two|three|four|five|six|nine|twelve)(?:\s*(?:-|to|~|or|至)\s*(?P<m>\d+))?"
    r"[ -]?(?P<u>days?|weeks?|months?|years?)(?: (?:time|interval))?|"
    r"(?P<zn>\d+)(?:[~-](?P<zm>\d+))?(?P<zu>天|周|个月|月|年)(?P<zhow>后|内)?"
)
_ZH_UNIT = {"day": "天", "week": "周", "month": "个月", "year": "年"}
_EN_UNIT = {"天": "day", "周": "week", "个月": "month", "月": "month", "年": "year"}
_NEGATED = re.compile(r"\b(?:no|not|needs no|without)\b|无需|不需|不必")
_CUT = re.compile(r"[;；。]|\.(?=\s|$)|\n")
_ZH_START = re.compile(r"(?:建议|必要时|请结合|随访|复查)")
_LONGEST = 220


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the report that is said again for its own sake."""

    kind: str
    """advice, limit, told or score."""
    start: int
    end: int
    text: str
    """The finished sentence."""
    is_quote: bool = False


def pieces(words: Words) -> Iterator[Piece]:
    """Advice, limits and communication, in the order of the report, each said once."""
    material, cue = words.material, words.glossary.cue
    seen: set[str] = set()
    told = False
    for line in material.told():
        for start, end in _parts(material, line.start, line.end):
            folded = material.shadow[start:end]
            if cue("told").search(folded):
                if not told:
                    told = True
                    yield Piece("told", start, end, words.sentence("told"))
                continue
            if cue("advice").search(folded):
                piece = _advice(words, *_from_cue(material, start, end))
            elif cue("limits").search(folded):
                piece = Piece("limit", start, end, _quoted(words, "quote_note", start, end), is_quote=True)
            else:
                continue
            if piece.text not in seen:
                seen.add(piece.text)
                yield piece


def _parts(material: Material, start: int, end: int) -> Iterator[Range]:
    """A sentence cut at semicolons, each part trimmed."""
    at = start
    for cut in [m.start() for m in _CUT.finditer(material.shadow, start, end)] + [end]:
        low, high = at, cut
        low = _MARKER.match(material.shadow, low, high).end()  # type: ignore[union-attr]
        while high > low and material.text[high - 1] in " \t\r\n.;；。":
            high -= 1
        if high - low > 3:
            yield low, high
        at = cut + 1


_MARKER = re.compile(r"\s*(?:\(?\d{1,2}(?:\)|[.、](?!\d))|[-•*])?\s*")


def _from_cue(material: Material, start: int, end: int) -> Range:
    """Where the advice itself begins: at the last comma or colon before its first cue."""
    if material.reading.language == "zh":
        found = _ZH_START.search(material.shadow, start, end)
        cut = max((material.shadow.rfind(mark, start, found.start()) for mark in ",:、"), default=-1) if found else -1
        return max(start, cut + 1), end
    first = material.glossary.cue("advice").search(material.shadow, start, end)
    if first is None:
        return start, end
    cut = max(material.shadow.rfind(mark, start, first.start()) for mark in (", ", ": "))
    # "Incidental cyst, needs no follow-up": what it is said of belongs to it.
    return (cut + 2, end) if cut > start and len(material.shadow[cut:end]) > 24 else (start, end)


def _advice(words: Words, start: int, end: int) -> Piece:
    """The advice in plain words where it is understood to the last word, else quoted."""
    material, glossary = words.material, words.glossary
    folded = material.shadow[start:end]
    rest = folded
    when = ""
    found = _WHEN.search(rest)
    if found:
        when = _when(words, found)
        rest = rest[: found.start()] + " " + rest[found.end() :]
    actions: list[str] = []
    for name, pattern in glossary.action_cues:
        match = pattern.search(rest)
        if match and not (name == "follow_up" and actions):
            actions.append(name)
            rest = rest[: match.start()] + " " + rest[match.end() :]
    repeats = bool(glossary.repeat_cues.search(folded)) and any(a in _REPEATABLE for a in actions)
    rest = glossary.filler_cues.sub(" ", rest)
    if not actions or len(actions) > 2 or (when and len(actions) > 1) or re.search(r"[\w一-鿿]", rest) or _NEGATED.search(folded):
        return Piece("advice", start, end, _quoted(words, "quote_advice", start, end), is_quote=True)
    said = str(words.sentence("and")).join(_action(words, a, again=repeats and a in _REPEATABLE) for a in actions)
    return Piece("advice", start, end, str(words.sentence("advice")).format(action=said, when=when))


_REPEATABLE = frozenset({"ct", "mri", "us", "xray", "mammogram", "pet"})


def _action(words: Words, name: str, *, again: bool) -> str:
    action = words.glossary.templates.actions[name]
    if again:
        return str(words.sentence("another")).format(action=action.zh if words.language == "zh" else action.en)
    return action.zh if words.language == "zh" else f"{action.article} {action.en}".strip()


def _when(words: Words, found: re.Match[str]) -> str:
    number, last = found["n"] or found["zn"], found["m"] or found["zm"]
    frame = str(words.sentence("within" if "within" in (found["how"] or "") or found["zhow"] == "内" else "when"))
    unit = (found["u"] or "").rstrip("s") or _EN_UNIT[found["zu"]]
    if words.language == "zh":
        digits = _DIGITS.get(number, number)
        return frame.format(when=f"{digits}{'至' + last if last else ''}{_ZH_UNIT[unit]}")
    many = "s" if last or number not in ("1", "one") else ""
    return frame.format(when=f"{number}{' to ' + last if last else ''} {unit}{many}")


_DIGITS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "nine": "9", "twelve": "12"}


def _quoted(words: Words, template: str, start: int, end: int) -> str:
    return str(words.sentence(template)).format(quote=clean_quote(words.material.text[start:end]))


def clean_quote(text: str) -> str:
    """The report's own words on one line, without marks that would end the quotation, at a length that can be read."""
    flat = " ".join(text.replace("“", '"').replace("”", '"').split()).strip(" .;,。；，")
    return flat if len(flat) <= _LONGEST else flat[:_LONGEST].rsplit(" ", 1)[0]


def _in_impression(material: Material, family: Family) -> bool:
    """Whether the conclusion gives a category of the family, which then is the one that counts."""
    return any(s.name == "impression" and family.pattern.search(material.shadow, s.start, s.end) for s in material.reading.sections)


def scores(words: Words) -> Iterator[Piece]:
    """Categories that the report states, each with what it says in plain words."""
    material = words.material
    shadow = material.shadow
    seen: set[tuple[str, str]] = set()
    if not any(word in shadow for word in ("rads", "bosniak", "tr", "lr")):
        return
    for family, data in words.glossary.families.items():
        for match in data.pattern.finditer(shadow):
            line = material.line(match.start())
            value = match["v"]
            meaning = data.values.get(value)
            if meaning is None or (family, value) in seen or line is None or line.section in ("comparison", "indication", "technique"):
                continue
            if line.section != "impression" and _in_impression(material, data):
                continue
            seen.add((family, value))
            quote = material.text[match.start() : match.end()]
            said = str(words.sentence("score")).format(score=quote, meaning=meaning.zh if words.language == "zh" else meaning.en)
            yield Piece("score", match.start(), match.end(), said)
