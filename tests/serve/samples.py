"""A report with a review written by hand: every kind of result, overlapping evidence, and hostile text."""

from __future__ import annotations

from assistant.report.findings import Finding, Lesion, Structured, TimePoint
from assistant.report.results import (
    Category,
    Explanation,
    ExplanationSentence,
    GlossaryEntry,
    InputReading,
    Issue,
    LesionRef,
    Provenance,
    Review,
    WhatIf,
)
from assistant.report.text import Evidence, Report, Span

TEXT = (
    "FINDINGS: 23 mm mass in segment 8 with arterial hyperenhancement </div><script>alert(1)</script> and washout & fade.\r\n"
    'No "effusion" onmouseover="alert(2)". \u202eesrever\u202c \x1b[31m \ud800 \x00 end.\nIMPRESSION: left segment 8 mass, LR-4.'
)
REPORT = Report(id='r"><img src=x onerror=alert(3)>', text=TEXT, exam="CT <b>liver</b>", indication="cirrhosis", sex="M", age=61)


def at(words: str, source: str = "text") -> Evidence:
    text = REPORT.source(source)  # type: ignore[arg-type]
    start = text.index(words)
    return REPORT.quote(start, start + len(words), source)  # type: ignore[arg-type]


def review(language: str = "en") -> Review:
    mass, enhancing = at("23 mm mass in segment 8"), at("arterial hyperenhancement </div><script>alert(1)</script> and washout")
    washout, left = at("</script> and washout & fade"), at("left")
    return Review(
        id=REPORT.id,
        language=language,
        structured=Structured(
            template="liver_ct_multiphase",
            sections={"findings": TEXT[10:60]},
            findings=(
                Finding(
                    anatomy="segment 8",
                    observation="mass",
                    size_mm=(23, 19.5),
                    change="larger",
                    lesion_id="L1",
                    evidence=(mass, at("left segment 8 mass")),
                ),
                Finding(observation="<i>effusion</i>", assertion="absent", evidence=(at('No "effusion"'),)),
                Finding(observation="washout", assertion="possible", laterality="right", evidence=(washout,)),
            ),
        ),
        lesions=(
            Lesion(
                id="L1",
                label="segment 8",
                size_mm=23,
                timeline=(TimePoint(months_before=6, size_mm=(15,)), TimePoint(size_mm=(23, 19.5), evidence=(mass,))),
                evidence=(mass,),
            ),
        ),
        categories=(
            Category(
                guideline="lirads_ctmri_v2018",
                lesion=LesionRef(id="L1", label="segment 8 <u>", size_mm=23),
                category="LR-5",
                label="LR-5",
                possible=("LR-5",),
                stated="LR-4",
                stated_evidence=(at("LR-4"),),
                inputs={
                    "aphe": InputReading(value="nonrim", state="stated", evidence=(enhancing,)),
                    "washout": InputReading(value=True, state="stated", evidence=(washout,)),
                    "capsule": InputReading(value=None, state="not_stated"),
                    "risk": InputReading(value=True, state="stated", evidence=(at("cirrhosis", "indication"),)),
                },
                rows=("A8",),
                management="Discuss <script>alert(4)</script>",
                citation="table",
            ),
            Category(
                guideline="lungrads_v2022",
                category=None,
                possible=("3", "4A"),
                missing=("solid_mm",),
                if_reported=(WhatIf(input="solid_mm", value=4, category="3"), WhatIf(input="solid_mm", value=6, category="4A")),
                inputs={"size_mm": InputReading(value=8.5, state="uncertain", evidence=(mass,))},
                confidence="known",
            ),
        ),
        issues=(
            Issue(
                type="laterality",
                severity="error",
                start=left.start,
                end=left.end,
                quote="left",
                expected="right",
                related=(Span(start=10, end=15),),
                message='The side differs: "left" <script>',
                rule="laterality.impression",
            ),
        ),
        explanation=Explanation(
            language=language,
            text="Main points:\nThere is a lump <script>.\nAsk your doctor.",
            grade=4.2,
            sentences=(ExplanationSentence(text="There is a lump <script>.", evidence=(Span(start=mass.start, end=mass.end),)),),
            glossary=(GlossaryEntry(term="washout", plain="dye leaves <b>fast</b>"),),
        ),
        provenance=Provenance(versions={"radassist": "0.1.0", "lexicon": "abc"}),
    )
