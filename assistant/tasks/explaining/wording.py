"""Findings in plain words: what, where, how big, and whether it changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from assistant.knowledge.glossary import Glossary, Language, PlaceName, Thing
from assistant.report.findings import Finding
from assistant.tasks.explaining.material import Material

_LEVEL = re.compile(r"(disc|vertebra)_([ctls])(\d{1,2})(?:_([ctls])(\d{1,2}))?$")
_DERIVED_SIDE = re.compile(r"liver_|lung_|thyroid_")
"""Parts whose name alone tells the side."""
_MM = re.compile(r"(\d+(?:\.\d+)?)(?=(?:\s*(?:x|\*|by|-|to|~|/)\s*\d+(?:\.\d+)?)*\s*(cm|mm|厘米|毫米|公分))")


@dataclass(slots=True)
class Words:
    """Words a finding in one language."""

    material: Material
    language: Language

    @property
    def glossary(self) -> Glossary:
        return self.material.glossary

    def sentence(self, name: str) -> Any:
        """A template of the language."""
        return self.glossary.templates.sentences[self.language][name]

    @property
    def is_own(self) -> bool:
        """Whether the explanation is in the report's own language."""
        return self.material.reading.language == self.language

    # --- what

    def thing(self, finding: Finding) -> Thing | None:
        """The glossary's entry for what was seen."""
        denied = finding.assertion == "absent" and finding.concepts[:1] == ("lymph_node",)
        if denied and self.glossary.cue("enlarged").search(self.material.quotes(finding)):
            return self.glossary.things["lymphadenopathy"]  # what is denied is not that there are any
        return next((t for c in finding.concepts if (t := self.glossary.things.get(c))), None)

    def name(self, finding: Finding, *, some: bool = False) -> str | None:
        """What was seen, in plain words; the report's own words where there are none and the languages agree."""
        thing = self.thing(finding)
        if thing is not None:
            return thing.zh.name if self.language == "zh" else (thing.en.some if some else thing.en.one)
        own = finding.observation.strip()
        return own if own and self.is_own else None

    def count(self, finding: Finding) -> str:
        """ "several", or "" where the report speaks of one or says nothing."""
        cue = self.glossary.cue("several")
        return str(self.sentence("count")["several"]) if any(cue.search(p) for p in self.material.pieces(finding)) else ""

    def present(self, finding: Finding) -> str | None:
        """The thing as it is said to be there."""
        count = self.count(finding)
        name = self.name(finding, some=bool(count))
        if name is None:
            return None
        plural = count and (self.language == "zh" or _is_plural(name))
        return f"{count} {name}" if plural and self.language == "en" else f"{count}{name}" if plural else name

    # --- where

    def where(self, finding: Finding, *, always: bool = False) -> str | None:
        """The place with preposition and side, "" where none is said, None where it cannot be said in this language.

        Args:
            finding: What was seen there.
            always: Say the place even where the words for the thing already do.
        """
        found = self._place(finding)
        side = finding.laterality
        if found is None:
            words = finding.anatomy.strip()
            if not words or words.lower() in _NO_PLACE:
                return self._side_only(side)
            if not self.is_own:
                return None
            place = words if self.language == "zh" else self.sentence("the") + words
            return str(self.sentence("in")).format(place=place) + self._missing_side(place, finding)
        key, name = found
        if not always and self._implied(finding, key):
            return self._side_only(side)
        place = self._filled(name, side)
        if self.language == "zh":
            return place + (self._missing_side(place, finding) if "（" not in place else "")
        article = "" if place.startswith(("both ", "the ")) else self.sentence("the")
        if key.startswith("disc_"):
            return str(self.sentence("at")).format(place=place) + self._missing_side(place, finding)
        return str(self.sentence("in")).format(place=article + place) + self._missing_side(place, finding)

    def _side_only(self, side: str) -> str:
        return "" if side == "none" else str(self.sentence("side")[side])

    def _place(self, finding: Finding) -> tuple[str, PlaceName] | None:
        for concept in finding.concepts:
            if level := _LEVEL.match(concept):
                return concept, self._level(level)
            if (name := self.glossary.places.get(concept)) is not None:
                return concept, name
        return None

    def _level(self, match: re.Match[str]) -> PlaceName:
        kind, a, m, b, n = match.groups()
        words = f"{a.upper()}{m}" + (f"-{(b or a).upper()}{n}" if n else "")
        levels = self.glossary.levels
        region = levels["regions"][a]
        return PlaceName(**{lang: levels[kind][lang].format(level=words, region=region[lang]) for lang in ("en", "zh")})

    def _implied(self, finding: Finding, key: str) -> bool:
        """Whether the thing's own words already say the place ("fluid around the lung")."""
        thing, place = self.thing(finding), self.glossary.places.get(key)
        if thing is None or place is None:
            return False
        words = thing.zh.name if self.language == "zh" else thing.en.one + thing.en.some
        return any(w in words for w in place.said_by)

    def _filled(self, name: PlaceName, side: str) -> str:
        sides = self.sentence("sides")
        if self.language == "zh":
            words = (name.zh_both if side == "bilateral" else name.zh_none if side == "none" else None) or name.zh
            return words.replace("{side}", "" if side == "none" else sides[side])
        if side == "bilateral":
            return name.both or (f"both {name.en.replace('{side} ', '')}" if "{side}" in name.en else name.en)
        if side == "none":
            return name.none or name.en.replace(" on the {side}", "").replace("{side} ", "")
        return name.en.replace("{side}", sides[side])

    def _missing_side(self, place: str, finding: Finding) -> str:
        """The side, where it is known and the place's words do not say it."""
        side = finding.laterality
        if side == "none" or any(w in place.lower() for w in _SIDE_WORDS[side]):
            return ""
        if any(_DERIVED_SIDE.match(c) for c in finding.concepts) and not _says_side(self.material.quotes(finding), side):
            return ""
        return str(self.sentence("side")[side]) if self.language == "en" else f"（{self.sentence('sides')[side]}）"

    def place(self, finding: Finding) -> str | None:
        """The place alone, as an item of a list ("the spleen")."""
        where = self.where(finding, always=True)
        if not where:
            return None
        return where.removeprefix(" in ").removeprefix(" at ") if self.language == "en" else where

    # --- how big, how changed

    def size(self, finding: Finding) -> str:
        """The size, in the unit in which the report gives it."""
        if not finding.size_mm:
            return ""
        in_cm = self._in_cm(finding)
        values = [v / 10 if in_cm else v for v in finding.size_mm]
        if self.language == "zh":
            return "×".join(f"{v:g}" for v in values) + ("厘米" if in_cm else "毫米")
        return " by ".join(f"{v:g}" for v in values) + (" cm" if in_cm else " mm")

    def _in_cm(self, finding: Finding) -> bool:
        for number, unit in _MM.findall(self.material.quotes(finding)):
            if unit in ("cm", "厘米", "公分") and abs(float(number) * 10 - finding.size_mm[0]) < 0.01:
                return True
        return False

    def is_largest(self, finding: Finding) -> bool:
        """Whether the size is that of the largest of several."""
        return bool(self.glossary.cue("largest").search(self.material.quotes(finding)))

    def attributes(self, finding: Finding) -> list[str]:
        """Words that the report adds to the finding and that are not denied there."""
        denial = self.glossary.cue("denial")
        own = self.name(finding) or ""
        out: list[str] = []
        pattern, attributes = self.glossary.attribute_cues
        for piece in self.material.pieces(finding):
            cues = pattern.findall(piece)
            if not cues or denial.search(piece):
                continue
            for cue in cues:
                words = attributes[cue].zh if self.language == "zh" else attributes[cue].en
                if words not in out and words not in own:
                    out.append(words)
        return out


_NO_PLACE = frozenset({"lymph node", "lymph nodes", "nodes", "淋巴结"})
"""Words for a place that only repeat the thing."""
_SIDE_WORDS = {"left": ("left", "左"), "right": ("right", "右"), "bilateral": ("both", "双", "两")}


def _says_side(quote: str, side: str) -> bool:
    return any(w in quote for w in _SIDE_WORDS[side]) or (side == "bilateral" and "bilateral" in quote)


def _is_plural(name: str) -> bool:
    """Whether an English name is a plural that "several" can stand before."""
    head = re.split(r" \(| (?:of|in|that|from|on|next|behind|between|with|around|at|to)\b", name)[0]
    return head.endswith("s") and not head.endswith(("ss", "sis", "us"))
