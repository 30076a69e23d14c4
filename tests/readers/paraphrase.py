"""Reports made from a small grammar: what is true, what of it is said, and in which words. Seeded, so every run reads the same."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from assistant.knowledge.decide import decide, fill_silence

LIVER, LUNG = "lirads_ctmri_v2018", "lungrads_v2022"
HELD = ("shown", "held_out")
_ROMAN = {2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI", 7: "VII", 8: "VIII"}
_OBJECT = {"en": {"lesion": "the lesion", "nodule": "the nodule"}, "zh": {"lesion": "病灶", "nodule": "结节"}}


@dataclass(frozen=True)
class Said:
    """One value that a report states: the input, the value, the production that says it."""

    input: str
    value: Any
    words: str


@dataclass(frozen=True)
class Draft:
    """A report in pieces, so that one piece can be taken out or put otherwise while all others stay the same."""

    language: str
    exam: str
    indication: str
    intro: str
    tail: str
    """How phrases are joined to the first sentence."""
    before: tuple[str, ...]
    phrases: tuple[Said, ...]
    sentences: tuple[tuple[Said, str], ...]
    """With the words that the sentence uses for the lesion."""
    slots: Mapping[str, str]
    around: tuple[str, ...]
    noun: str

    def text(self, subject: str | None = None) -> str:
        """The report; `subject`: the words for the lesion in every sentence, empty for none at all."""
        own = grammar(self.language)
        tail = self.tail.format(a=own["and"].join(p.words for p in self.phrases)) if self.phrases else ""
        told = [self._fill(said.words, chosen if subject is None else subject) for said, chosen in self.sentences]
        body = "".join(f"{s}{own['stop']}" for s in [*self.before, self._fill(self.intro, "") + tail, *told]).strip()
        names = own["headings"]
        head = f"{names['exam']}{self.exam}\n" + (f"{names['indication']}{self.indication}\n" if self.indication else "")
        gap = " " if self.language == "en" else ""
        return f"{head}{names['findings']}{gap.join([*self.around[:1], body, *self.around[1:]])}"

    def _fill(self, sentence: str, subject: str) -> str:
        subject = subject.format(**self.slots)
        full = {**self.slots, "It": subject, "it": subject[:1].lower() + subject[1:], "it_object": _OBJECT[self.language][self.noun]}
        for name in {"segment", "type"} & set(self.slots):
            full[name.capitalize()] = self.slots[name][:1].upper() + self.slots[name][1:]
        out = re.sub("(?<=[mc]m)(?=[mp]?GGN)", " ", sentence.format(**full).strip())
        if self.language == "en":
            out = re.sub(r"\b([Aa]) (?=8|18|observation)", r"\1n ", out)
            out = re.sub(r"^is ", "", out) if not subject else out  # telegraphic: "Hypervascular on the arterial phase."
        return out[:1].upper() + out[1:]


@dataclass(frozen=True)
class Generated:
    """A report with the truth behind it. `said` is what the text states; `world` is what is true, said or not."""

    guideline: str
    draft: Draft
    said: tuple[Said, ...]
    world: Mapping[str, Any]
    setting: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The report as a reader gets it."""
        return self.draft.text()

    def without(self, name: str) -> Generated:
        """The same report with one statement left out, be it a phrase, a sentence or the indication."""
        draft = self.draft
        left = replace(
            draft,
            phrases=tuple(p for p in draft.phrases if p.input != name),
            sentences=tuple(s for s in draft.sentences if s[0].input != name),
            indication="" if name in ("risk_basis", "exam") else draft.indication,
            before=() if name == "risk_basis" else draft.before,
        )
        return replace(self, draft=left, said=tuple(s for s in self.said if s.input != name))

    def removable(self) -> list[str]:
        """Inputs that can be left out: those not said within the sentence that names the lesion."""
        return [s.input for s in self.said if self.without(s.input).text != self.text]

    def alone(self) -> Generated:
        """The same report without the sentences about other things."""
        return replace(self, draft=replace(self.draft, around=()))

    @property
    def stated(self) -> dict[str, Any]:
        """Input to value, for what the report states."""
        return {s.input: s.value for s in self.said}

    def expected(self) -> set[str]:
        """The categories that are possible for a reader who understood every word."""
        known = {**self.setting, **self.stated}
        if self.guideline == LUNG and "exam" not in known and "status" in known:
            known["exam"] = ("annual", "followup")  # a comparison with an earlier screen says that this is not the first
        return categories(self.guideline, known)

    def true(self) -> set[str]:
        """The categories with everything told: an answer that leaves all of these out is unsafe."""
        return categories(self.guideline, {**self.setting, **self.world})


def categories(guideline: str, known: Mapping[str, Any]) -> set[str]:
    """The categories that the tables leave open."""
    if guideline == LUNG:
        outer = {"exam": known["exam"]} if "exam" in known else {}
        known = {**outer, "nodules": [{k: v for k, v in known.items() if k != "exam"}]}
    return set(decide(guideline, fill_silence(guideline, known).known).possible)


@functools.cache
def grammar(language: str) -> Mapping[str, Any]:
    """The productions of a language."""
    loaded: Mapping[str, Any] = yaml.load((Path(__file__).parent / f"grammar_{language}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return loaded


@dataclass
class Writer:
    """Writes one report after another from one stream of random numbers."""

    language: str
    held: str
    seed: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.language} {self.held} {self.seed}")
        self.all = grammar(self.language)

    def report(self, guideline: str) -> Generated:
        """A report for a guideline."""
        return self.liver() if guideline == LIVER else self.lung()

    def liver(self) -> Generated:
        """A report on one liver observation."""
        rng, own = self.rng, self.all[LIVER]
        modality = rng.choice(("ct", "mri_eca"))
        mm = rng.choice((7, 8, 12, 14, 15, 17, 18, 21, 24, 26, 32, 41))
        world: dict[str, Any] = {
            "risk_basis": rng.choice(("cirrhosis", "chronic_hbv")),
            "size_mm": mm,
            "aphe": rng.choice(("nonrim", "nonrim", "none")),
            "washout": rng.choice(("nonperipheral", "none")),
            "capsule": rng.choice(("enhancing", "none")),
        }
        n, short = rng.choice(list(_ROMAN)), max(5, mm - 3)
        size = rng.choice(own["size_form"]).format(mm=mm, cm=mm / 10, short=short, short_cm=short / 10)
        segment = rng.choice(own["segment"]).format(n=n, roman=_ROMAN[n])
        slots = {"lesion": rng.choice(own["lesion"]), "segment": segment, "size": size}
        said: list[Said] = []
        phrases: list[Said] = []
        sentences: list[Said] = []
        indication, before, intro = "", "", "intro_without_size"
        for name, value in world.items():
            if rng.random() < 0.1:
                continue  # not stated
            if name == "size_mm":
                intro = rng.choice(("intro", "intro", "intro_without_size"))
                words = rng.choice(own["size_mm"][self.held])
                said.append(Said(name, value, words if intro != "intro" else "(in the first sentence)"))
                sentences += [said[-1]] if intro != "intro" else []
                continue
            production = rng.choice([p for p in own[name][value][self.held] if p.get("exam", modality) == modality])
            said.append(Said(name, value, next(v for k, v in production.items() if k != "exam")))
            if name == "risk_basis":
                indication, before = production.get("indication", ""), production.get("sentence", "")
            else:
                (phrases if "phrase" in production else sentences).append(said[-1])
        if rng.random() < 0.3:
            rng.shuffle(sentences)
        first = rng.choice(own[intro][self.held])
        draft = self._draft(LIVER, rng.choice(own["exam"][modality]), indication, first, before, phrases, sentences, slots)
        return Generated(LIVER, draft, tuple(said), world, {"modality": modality, "multiphase": True})

    def lung(self) -> Generated:
        """A report on one lung nodule of a screening examination."""
        rng, own = self.rng, self.all[LUNG]
        kind = rng.choice(("solid", "part_solid", "non_solid"))
        mm = rng.choice((5, 7, 9, 12, 16, 19, 22, 31))
        world: dict[str, Any] = {"type": kind, "mean_mm": mm, "exam": rng.choice(("baseline", "annual", "annual"))}
        if kind == "part_solid":
            world["solid_mm"] = rng.choice([s for s in (3, 4, 6, 7, 9) if s < mm])
        if world["exam"] == "annual":
            world["status"] = rng.choice(("new", "stable", "growing"))
        size = rng.choice(own["size_form"]).format(mm=mm, cm=mm / 10, long=mm + 1, short=mm - 1)
        slots = {"type": rng.choice(own["type"][kind][self.held]), "segment": rng.choice(own["segment"]), "size": size, "lesion": "nodule"}
        slots |= {"solid": str(world["solid_mm"])} if "solid_mm" in world else {}
        # a size right after "... with a solid component" would be that of the component
        bound = re.search("(component|portion|core|elements|成分)$", slots["type"])
        intro = rng.choice([i for i in own["intro"][self.held] if not bound or re.search("size.*type", i)])
        said, sentences, indication = [Said("type", kind, slots["type"]), Said("mean_mm", mm, intro)], [], ""
        for name in ("solid_mm", "status", "exam"):
            if name not in world or rng.random() < 0.1:
                continue
            choices = own[name] if name == "solid_mm" else own[name][world[name]]
            said.append(Said(name, world[name], rng.choice(choices[self.held])))
            if name == "exam":
                indication = said[-1].words
            else:
                sentences.append(said[-1])
        draft = self._draft(LUNG, rng.choice(own["exam_line"]), indication, intro, "", [], sentences, slots)
        return Generated(LUNG, draft, tuple(said), world, {})

    def _draft(
        self,
        guideline: str,
        exam: str,
        indication: str,
        intro: str,
        before: str,
        phrases: Sequence[Said],
        sentences: Sequence[Said],
        slots: Mapping[str, str],
    ) -> Draft:
        subjects = self.all["subjects" if guideline == LIVER else "lung_subjects"]
        return Draft(
            language=self.language,
            exam=exam,
            indication=indication,
            intro=intro,
            tail=self.rng.choice(self.all["with"]),
            before=(before,) if before else (),
            phrases=tuple(phrases),
            sentences=tuple((s, self.rng.choice(subjects)) for s in sentences),
            slots=slots,
            around=tuple(self.rng.sample(self.all[guideline]["distractors"], 3)),
            noun="lesion" if guideline == LIVER else "nodule",
        )
