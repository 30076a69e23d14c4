"""Numbers spelled out, English and Chinese: "twenty six", "five point six", "two and a half", 三点五, 十二, 半."""

from __future__ import annotations

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_SMALL = {word: value for value, word in enumerate((*_UNITS, *_TEENS))}
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: 10 * tens for tens, word in enumerate(_ROUND, start=2)} | {"fourty": 40}
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3}

ENGLISH = (
    r"(?:(?:zero|one|two|three|four(?:teen|ty)?|five|six(?:teen|ty)?|seven(?:teen|ty)?|eight(?:een|y)?|nine(?:teen|ty)?|ten|eleven|twelve|"
    r"t(?:hirteen|wenty|hirty)|fi(?:fteen|fty)|forty|hundred|half|point|nought|oh)(?![a-z]))"
)
"""One word of a spelled number, as a pattern."""
CHINESE = "[〇零一二两三四五六七八九十百半点]"


def english_number(words: str) -> float | None:
    """The value of a spelled English number, None where the words make none.

    Example: english_number("twenty-six point five") -> 26.5
    """
    whole, decimals, used = 0.0, "", False
    after_point = half = False
    for word in words.replace("-", " ").split():
        if word in ("and", "a"):
            continue
        if word == "half":
            half = True
        elif word == "point":
            if after_point:
                return None
            after_point = True
        elif word in _SMALL or word in ("oh", "nought"):
            value = _SMALL.get(word, 0)
            if after_point:
                decimals += str(value)
            elif used and (whole % 10 or (whole % 100 and value > 9)):
                return None
            else:
                whole += value
            used = True
        elif word in _TENS:
            if after_point:
                decimals += str(_TENS[word])
            elif used and whole % 100:
                return None
            else:
                whole += _TENS[word]
            used = True
        elif word == "hundred":
            whole = (whole or 1) * 100
            used = True
        else:
            return None
    if not used and not half:
        return None
    if after_point and not decimals:
        return None
    return whole + (float("0." + decimals) if decimals else 0.0) + (0.5 if half else 0.0)


def chinese_number(words: str) -> float | None:
    """The value of a Chinese number, None where the characters make none.

    Example: chinese_number("十二点五") -> 12.5
    """
    if words == "半":
        return 0.5
    half = words.endswith("半")
    whole_words, _, decimal_words = words.rstrip("半").partition("点")
    if "点" in decimal_words or ("点" in words and not decimal_words):
        return None
    total, digit, seen = 0.0, None, False
    for char in whole_words:
        if char in _DIGITS:
            digit = _DIGITS[char] if digit is None else digit * 10 + _DIGITS[char]
            seen = True
        elif char == "十":
            total += (1 if digit is None else digit) * 10
            digit, seen = None, True
        elif char == "百":
            total += (1 if digit is None else digit) * 100
            digit, seen = None, True
        else:
            return None
    if not seen or any(c not in _DIGITS for c in decimal_words):
        return None
    decimals = "".join(str(_DIGITS[c]) for c in decimal_words)
    return total + (digit or 0) + (float("0." + decimals) if decimals else 0.0) + (0.5 if half else 0.0)
