"""Who the patient is: age and sex of the record, and what the text states of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.knowledge.checks import CheckRule
from assistant.report.results import Issue
from assistant.report.text import Sex, SourceName
from assistant.tasks.checks.subject import PATIENT_FREE, Subject


@dataclass(frozen=True, slots=True)
class Stated:
    """An age or sex that the text states of the patient."""

    value: float | Sex
    start: int
    end: int


_MALE = "man|male|gentleman|boy|m"
_FEMALE = "woman|female|lady|girl|f"


@functools.cache
def _patient() -> re.Pattern[str]:
    return re.compile(
        r"\b(?P<age>\d{1,3})[ -]?(?P<unit>years?|yrs?|y|months?|mo|weeks?|wks?|days?)(?:[ -]?old|/?o|[ -]of[ -]age)\b"
        rf"(?:[ ,]+(?:[a-z-]+ ){{0,2}}?(?P<sex>{_MALE}|{_FEMALE})\b)?"
        rf"|\b(?P<age2>\d{{1,3}}) ?(?:y ?)?(?P<sex2>m|f)(?=[ ,.;:\n)]|$)(?! ?(?:/|x|\d))"
        rf"|\b(?:aged|age:) ?(?P<age3>\d{{1,3}})\b"
        rf"|\b(?:sex|gender): ?(?P<sex3>{_MALE}|{_FEMALE})\b"
        r"|(?:患者|病人|性别)?:?[,， ]?(?<![少幼产妇孕])(?P<sex4>男|女)(?:性|患)?(?:患者|,)?[,， ]{0,2}"
        r"(?P<age4>\d{1,3})(?P<unit4>岁|个月|月|天)"
        r"|(?:年龄|患者|病人):?[,， ]?(?P<age5>\d{1,3})(?P<unit5>岁)"
        r"|(?<![\d.])(?P<age6>\d{1,3})(?P<unit6>岁)(?:的)?(?P<sex6>男|女)?(?:性)?(?!时|起|发病|开始|前|后)"
        r"|性别:? ?(?P<sex7>男|女)|(?:患者|病人)[,，]?(?P<sex8>男|女)性?"
    )


@functools.cache
def _relatives() -> re.Pattern[str]:
    return re.compile(
        r"(?:mother|father|brother|sister|aunt|uncle|wife|husband|parent|cousin|relative|family|donor|"
        r"since|at (?:the )?age|when|until|over|under|than|children|from|"
        r"母亲?|父亲?|兄|弟|姐|妹|家族|供体|自|于|[在至到]|大于|小于)[^.。;\n]{0,24}$"
    )


_WORDS = ("year", "yr", "y/o", " yo", "month", "week", "day", "岁", "aged", "age:", "sex", "gender", "男", "女", "个月")
_SHORT = re.compile(r"\d ?(?:y ?)?[mf][ ,.;:)\n]")
"""What every statement of age or sex has; looking for it first spares most texts the long pattern."""

_YEARS = {"m": 1 / 12, "w": 1 / 52.2, "d": 1 / 365.25, "个": 1 / 12, "月": 1 / 12, "天": 1 / 365.25}


def stated_patient(about: Subject, source: SourceName = "text") -> tuple[list[Stated], list[Stated]]:
    """The ages in years and the sexes that a text states of the patient, in order."""
    ages: list[Stated] = []
    sexes: list[Stated] = []
    shadow = about.reading.shadow.get(source, "")
    if not any(word in shadow for word in _WORDS) and not _SHORT.search(shadow):
        return ages, sexes
    for found in _patient().finditer(shadow):
        if _relatives().search(shadow, max(0, found.start() - 30), found.start()):
            continue
        if source == "text" and about.section(found.start()) in PATIENT_FREE:
            continue
        groups = {k: v for k, v in found.groupdict().items() if v}
        bare = "age2" in groups
        if bare and not re.search(r"(?:^|[\n:.;,] ?|patient |pt )$", shadow[max(0, found.start() - 10) : found.start()]):
            continue
        sex = next((v for k, v in groups.items() if k.startswith("sex")), "")
        age_key = next((k for k in groups if k.startswith("age")), "")
        if age_key:
            unit = next((v for k, v in groups.items() if k.startswith("unit")), "")
            years = float(groups[age_key]) * (_YEARS.get(unit[0], 1.0) if unit and unit[0] != "y" else 1.0)
            if years <= 125:
                ages.append(Stated(years, found.start(age_key), _age_end(found, age_key)))
        if sex:
            key = next(k for k in groups if k.startswith("sex"))
            value: Sex = "M" if sex in _MALE.split("|") or sex == "男" else "F"
            sexes.append(Stated(value, found.start(key), found.end(key)))
    return ages, sexes


def _age_end(found: re.Match[str], key: str) -> int:
    """The end of "85-year-old" without the noun behind it."""
    sex = next((k for k, v in found.groupdict().items() if v and k.startswith("sex")), "")
    words = found.string[found.start(key) : found.start(sex) if sex and found.start(sex) > found.start(key) else found.end()]
    old = re.match(r"\d+[ -]?[a-z]+(?:[ -]?old|/?o|[ -]of[ -]age)|\d+\s?(?:岁|个月|月|天)?", words)
    return found.start(key) + (old.end() if old else len(words.rstrip(" ,")))


@dataclass(frozen=True, slots=True)
class Patient:
    """Age and sex: the record's, else the first that the report states."""

    age: float | None
    sex: Sex | None
    ages: tuple[Stated, ...]
    sexes: tuple[Stated, ...]


def patient_of(about: Subject) -> Patient:
    """The patient of a report."""
    report = about.reading.report
    ages, sexes = stated_patient(about)
    told_ages, told_sexes = stated_patient(about, "indication")
    age = report.age if report.age is not None else next((float(s.value) for s in (*told_ages, *ages)), None)
    told = next((s.value for s in (*told_sexes, *sexes)), None)
    sex: Sex | None = report.sex or ("M" if told == "M" else "F" if told == "F" else None)
    return Patient(age, sex, tuple(ages), tuple(sexes))


_SLACK_YEARS = 1.01
"""A birthday may lie between the order and the report."""


def disagreeing_age(about: Subject, rule: CheckRule, patient: Patient) -> Iterator[Issue]:
    """Ages in the text that are not the patient's."""
    for stated in patient.ages:
        if patient.age is not None and abs(float(stated.value) - patient.age) > _SLACK_YEARS:
            yield about.issue(rule, stated.start, stated.end, expected=f"{patient.age:g}")


def disagreeing_sex(about: Subject, rule: CheckRule, patient: Patient) -> Iterator[Issue]:
    """Sexes in the text that are not the patient's."""
    names = {"M": "男", "F": "女"} if about.language == "zh" else {"M": "male", "F": "female"}
    for stated in patient.sexes:
        if patient.sex is not None and stated.value != patient.sex:
            yield about.issue(rule, stated.start, stated.end, expected=names[patient.sex])
