"""How long somebody was there, as reports say it: `1h 2m 36s`, `59 Min. 0 Sek.`, `1 時間 0 分 0 秒`."""

import re

_PART = re.compile(r"(\d{1,9})\s*([^\W\d_]+)\.?")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)  # as a spreadsheet writes one
_UNITS = {
    3600: ("h", "std", "godz", "uur", "t", "時間", "小时", "小時", "시간", "ч"),
    60: ("m", "分", "분", "м"),
    1: ("s", "秒", "초", "сек"),
}


def seconds_of(text: str) -> int | None:
    """The seconds of a duration with units; None where it is none, or of an unknown language."""
    if clock := _CLOCK.fullmatch(text.strip()):
        hours, minutes, seconds = map(int, clock.groups())
        return 3600 * hours + 60 * minutes + seconds
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip(" ,"):
        return None
    units = [_unit(word.casefold()) for _, word in parts]
    if not all(units):
        return None
    return sum(int(number) * unit for (number, _), unit in zip(parts, units, strict=True))


def seconds_of_minutes(text: str) -> int | None:
    """The seconds of a cell under "(minutes)": a number, perhaps with its unit."""
    number = text.removesuffix("mins").removesuffix("min").strip()
    return 60 * int(number) if re.fullmatch(r"\d{1,6}", number, re.ASCII) else seconds_of(text)


def _unit(word: str) -> int:
    return next((unit for unit, words in _UNITS.items() if word.startswith(words)), 0)
