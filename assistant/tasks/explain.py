"""Explains a report to its patient: findings in plain words, each sentence proven against what it rests on, or the report's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.knowledge.glossary import Glossary, Language, load_glossary
from assistant.report.facts import Reading, Sentence
from assistant.report.findings import Structured
from assistant.report.results import Category, Explanation, ExplanationSentence, GlossaryEntry
from assistant.report.text import Span
from assistant.tasks.explaining.advice import Piece, clean_quote, pieces, scores
from assistant.tasks.explaining.grade import grade
from assistant.tasks.explaining.material import Material, material
from assistant.tasks.explaining.proof import faults
from assistant.tasks.explaining.statements import Statement, Told, tell
from assistant.tasks.explaining.wording import Words

_REASONS = {
    "language": {"en": "The report is in a language that cannot be explained yet.", "zh": "暂不支持该报告的语言。"},
    "nothing": {"en": "The report has no findings that could be put into plain words.", "zh": "报告中没有可以转述的内容。"},
    "number": {"en": "The explanation has a number that the report does not give: {what}.", "zh": "说明中出现了报告里没有的数字：{what}。"},
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LEAST_QUOTE = 12
"""Characters of an impression sentence below which it is a heading or a number, not a statement."""


def explain(
    reading: Reading,
    structured: Structured,
    categories: Sequence[Category] = (),
    language: str | None = None,
    *,
    glossary: Glossary | None = None,
) -> Explanation:
    """The report in plain words.

    Args:
        reading: The report, read.
        structured: Its findings, which are what is explained.
        categories: What the guidelines give. Not told to the patient: only what the report itself states is.
        language: "en" or "zh"; None: the report's own.
        glossary: The plain words; None: those of the knowledge base.

    Returns:
        Sentences with their evidence, most important first; `withheld` says why where there is no explanation.
    """
    glossary = glossary or load_glossary()
    wanted: Language = "zh" if (language or reading.language) == "zh" else "en"
    if reading.language not in ("en", "zh"):
        return _withheld(wanted, "language")
    words = Words(material(reading, glossary), wanted)
    told = tell(words, structured.findings)
    advised = _proven_pieces(words, [*scores(words), *pieces(words)])
    groups = _ordered(words, told, advised)
    said = [s for statements in groups.values() for s in statements]
    if not said:
        return _withheld(wanted, "nothing")
    source = words.material.shadow
    sizes = [v for f in structured.findings for v in f.size_mm]
    known = set(_NUMBER.findall(source)) | {f"{v:g}" for v in sizes} | {f"{v / 10:g}" for v in sizes}
    foreign = [n for s in said for n in _NUMBER.findall(_without_places(s.text)) if n not in known and n not in _LEVEL_NUMBERS]
    if foreign:
        return _withheld(wanted, "number", foreign[0])
    return Explanation(
        language=wanted,
        text=_laid_out(words, groups),
        grade=grade(" ".join(s.text for s in said)) if wanted == "en" else None,
        sentences=tuple(ExplanationSentence(text=s.text, evidence=tuple(Span(start=a, end=b) for a, b in s.evidence)) for s in said),
        glossary=tuple(_terms(words, said)),
    )


_LEVEL_NUMBERS = frozenset(str(n) for n in range(1, 13))
"""Numbers of spine levels, which reports also write without one of their letters or numbers ("L4/5")."""


def _without_places(text: str) -> str:
    return re.sub(r"\b[CTLS]\d{1,2}\b", "", text)


def _withheld(language: Language, reason: str, what: str = "") -> Explanation:
    return Explanation(language=language, text="", withheld=_REASONS[reason][language].replace("{what}", what))


def _proven_pieces(words: Words, found: Iterable[Piece]) -> list[tuple[str, Statement]]:
    """Advice and scores that read back as the words they rest on; else these words."""
    out: list[tuple[str, Statement]] = []
    for piece in found:
        source = words.material.shadow[piece.start : piece.end]
        statement = Statement(piece.text, [(piece.start, piece.end)], is_quote=piece.is_quote)
        # A meaning may name cancer where the score's own system does; that is proven by the score.
        if piece.kind != "score" and faults(piece.text, (), (source,), words.glossary):
            quote = str(words.sentence("quote")).format(quote=clean_quote(words.material.text[piece.start : piece.end]))
            statement = Statement(quote, [(piece.start, piece.end)], is_quote=True, fallen_back=True)
        out.append((piece.kind, statement))
    return out


def _ordered(words: Words, told: Told, advised: list[tuple[str, Statement]]) -> dict[str, list[Statement]]:
    """Statements by heading: what the report concludes, what comes next, what else was seen, what was not."""
    bodies = [(s.start, s.end) for s in words.material.reading.sections if s.name == "impression" and s.end > s.start]
    concluded = [s for s in told.present if _first_in(s, bodies) is not None] if bodies else list(told.present)
    concluded.sort(key=lambda s: _first_in(s, bodies) or 0)
    groups = {
        "main": concluded + [s for kind, s in advised if kind == "score"],
        "advice": [s for kind, s in advised if kind in ("advice", "told")],
        "other": [s for s in told.present if s not in concluded],
        "past": told.past,
        "absent": told.absent,
        "notes": [s for kind, s in advised if kind == "limit"],
    }
    noted = [e for _, s in advised for e in s.evidence]
    groups["absent"] = [s for s in told.absent if not (s.is_quote and all(any(a <= x and y <= b for a, b in noted) for x, y in s.evidence))]
    covered = bytearray(len(words.material.text))
    for start, end in (e for statements in groups.values() for s in statements for e in s.evidence):
        covered[start:end] = b"\x01" * (end - start)
    groups["main"] += _untold(words.material, words, bodies, covered)
    return {name: statements for name, statements in groups.items() if statements}


def _first_in(statement: Statement, bodies: Sequence[tuple[int, int]]) -> int | None:
    places = [a for a, b in statement.evidence if any(low <= a < high for low, high in bodies)]
    return min(places, default=None)


def _untold(about: Material, words: Words, bodies: Sequence[tuple[int, int]], covered: bytearray) -> list[Statement]:
    """Sentences of the conclusion that nothing said so far rests on, in the report's own words."""
    out = []
    for line in about.lines:
        concludes = any(low <= line.start < high for low, high in bodies)
        if not concludes or _is_told(about, line, covered):
            continue
        quote = clean_quote(about.text[line.start : line.end])
        if len(quote) >= (_LEAST_QUOTE if quote.isascii() else 5):
            out.append(Statement(str(words.sentence("quote")).format(quote=quote), [(line.start, line.end)], is_quote=True))
    return out


def _is_told(about: Material, line: Sentence, covered: bytearray) -> bool:
    """Whether something said rests on the sentence, and nothing that the glossary knows stands in it outside of that."""
    if 1 not in covered[line.start : line.end]:
        return False
    mentions = about.reading.mentions[about.index(line)]
    named = [m for m in mentions if m.kind in ("observation", "risk") and m.id.removeprefix("risk_") in about.glossary.things]
    return all(0 not in covered[m.start : m.end] for m in named)


def _laid_out(words: Words, groups: dict[str, list[Statement]]) -> str:
    """The text with headings, a line for each statement, and the advice to ask the doctor."""
    heads = words.sentence("heads")
    colon = "：" if words.language == "zh" else ":"
    blocks = [f"{heads[name]}{colon}\n" + "\n".join(s.text for s in statements) for name, statements in groups.items()]
    return "\n\n".join([words.sentence("opening"), *blocks, words.sentence("closing")])


def _terms(words: Words, said: Sequence[Statement]) -> list[GlossaryEntry]:
    """The medical terms of the statements, each once, in their order."""
    out: dict[str, GlossaryEntry] = {}
    for statement in said:
        for finding in statement.findings:
            thing = words.thing(finding)
            if thing is None or finding.concepts[:1] == ("abnormality",):
                continue
            term = finding.observation if words.is_own and finding.observation else _term(words, thing.en.one, thing.zh.name)
            plain = thing.zh.plain if words.language == "zh" else thing.en.plain
            out.setdefault(plain, GlossaryEntry(term=term, plain=plain))
    return list(out.values())


def _term(words: Words, english: str, chinese: str) -> str:
    inside = re.search(r"\(([^)]*)\)", english)
    return chinese if words.language == "zh" else (inside[1] if inside else english)
