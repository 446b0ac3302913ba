"""Texts as they are searched and sorted: without the case of their letters and without accents.

SQLite is given functions of Python's. PostgreSQL's own depend on how a server was built and set up, so
it is told letter by letter: of a text that is all ASCII it looks no further.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

_MARKS = frozenset(
    chr(code)
    for first, last in (
        (0x0300, 0x036F),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0xFE20, 0xFE2F),
        (0x0591, 0x05C7),
        (0x0610, 0x061A),
        (0x064B, 0x065F),
        (0x0670, 0x0670),
    )
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)) in {"Mn", "Me"}
)
"""What is left out: accents, and the vowel points of Hebrew and Arabic. Marks that make another letter
of one, as those of Indic scripts and of kana do, stay."""

_LETTERS_OF_THEIR_OWN = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "ŋ": "n", "ĸ": "q",
    "æ": "ae", "œ": "oe", "þ": "th",
}  # fmt: skip
"""Latin letters that no mark tells apart from those that others type, and sort them, for."""

_LATIN_1, _CYRILLIC, _MORE_LATIN = range(0x80, 0x100), range(0x400, 0x460), range(0x100, 0x180)
_ALPHABETS = (
    (_LATIN_1,),
    (_CYRILLIC, _LATIN_1),
    (_MORE_LATIN, _LATIN_1),
    (range(0x590, 0x700),),
    (range(0x80, 0x400), range(0x1E00, 0x2000)),
)
"""PostgreSQL looks each letter of a text up among others, one after another. So a text is told by the first
of these that has all of its letters: Western, Cyrillic, Central European, Hebrew and Arabic, the rest of
Latin with Greek. What is in none of them is told by all letters, of which there are thousands."""

NO_LETTERS_FROM = 0x30000
"""From there on all stay themselves, in every Unicode so far: to look at each of a million takes a second."""

MOST_WORDS = 12
"""Words of a search that are looked for."""


def plain(text: str | None) -> str | None:
    """What SQLite calls for `plain(text)`."""
    if text is None:
        return None
    return text.lower() if text.isascii() else text.translate(_PLAIN)


def holds(words: str, one: str, other: str | None) -> bool:
    """What SQLite calls, row after row, to ask whether all of some words, a JSON array, are in two texts."""
    text = f"{one} {other}" if other else one
    told = text.lower() if text.isascii() else text.translate(_PLAIN)
    for word in _words(words):  # noqa: SIM110 - a generator costs as much as all the rest
        if word not in told:
            return False
    return True


def words_of(search: str) -> list[str]:
    """The words of a search, as they are looked for in plain texts."""
    # No name has a NUL, and PostgreSQL takes none.
    told = plain(search.replace("\0", "\N{REPLACEMENT CHARACTER}")) or ""
    return list(dict.fromkeys(told.split()))[:MOST_WORDS]


@cache
def postgres_plain() -> str:
    """`plain` as an expression of PostgreSQL, with `{}` in each place of the text."""
    letters, small = _letters(), 'lower({} COLLATE "C")'
    ways = [
        f"WHEN octet_length({{}}) = length({{}}) OR {{}} !~ '[{_ranges(letters)}]' THEN {small}"
    ]
    for alphabets in _ALPHABETS:
        own = _only(letters, alphabets)
        others = _ranges(letters.keys() - own.keys())
        ways.append(f"WHEN {{}} !~ '[{others}]' THEN {_told(small, own)}")
    return "\n        ".join(["CASE", *ways, f"ELSE {_told(small, letters)} END"])


def postgres_holds(texts: Iterable[str], words: str) -> str:
    """`holds` as an expression of PostgreSQL: texts are made plain once, whatever the words are."""
    # Each by itself: a name may have accents, and an id is mostly ASCII, which takes no time.
    plain_ones = [f"COALESCE({postgres_plain().replace('{}', text)}, '')" for text in texts]
    told = " || ' ' || ".join(plain_ones)
    # As LIKE wants it, where these three mean something.
    escaped = "replace(replace(replace(w.word, '\\', '\\\\'), '%', '\\%'), '_', '\\_')"
    every = f"jsonb_array_elements_text(CAST({words} AS jsonb)) w (word)"
    patterns = f"ARRAY(SELECT '%' || {escaped} || '%' FROM {every})"  # noqa: S608 - of our own texts
    return f'({told}) COLLATE "C" LIKE ALL ({patterns})'


class _Plain(dict[int, str]):
    """What becomes of a letter, by its number; found when it is first asked for."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _plain_letter(chr(code))
        return found


_PLAIN = _Plain()


def _plain_letter(letter: str) -> str:
    small = letter.casefold()
    if small == letter and unicodedata.is_normalized("NFD", letter):
        # It has no case and no parts, as most that there are.
        return "" if letter in _MARKS else _LETTERS_OF_THEIR_OWN.get(letter, letter)
    parts = unicodedata.normalize("NFD", small)
    kept = "".join(part for part in parts if part not in _MARKS)
    # Letters that are made of others without any of these marks stay whole: those of Korean.
    told = small if kept == parts else kept
    return "".join(_LETTERS_OF_THEIR_OWN.get(one, one) for one in told)


@lru_cache(maxsize=64)
def _words(words: str) -> tuple[str, ...]:
    return tuple(json.loads(words))


@cache
def _letters() -> Mapping[str, str]:
    """Every letter beyond ASCII that does not stay itself, and what becomes of it."""
    every = map(chr, range(0x80, NO_LETTERS_FROM))
    return {one: told for one in every if (told := _plain_letter(one)) != one}


def _only(letters: Mapping[str, str], alphabets: Iterable[range]) -> Mapping[str, str]:
    return {one: told for one, told in letters.items() if any(ord(one) in own for own in alphabets)}


def _told(sql: str, letters: Mapping[str, str]) -> str:
    """The text with its letters exchanged; PostgreSQL leaves out what has no other in its place."""
    single = {one: told for one, told in letters.items() if len(told) == 1}
    gone = [one for one, told in letters.items() if not told]
    sql = f"translate({sql}, '{''.join((*single, *gone))}', '{''.join(single.values())}')"
    for one, told in letters.items():
        if len(told) > 1:
            sql = f"replace({sql}, '{one}', '{told}')"
    return sql


def _ranges(letters: Iterable[str]) -> str:
    """Letters as they stand in the brackets of a regular expression."""
    return "".join(
        first if first == last else f"{first}-{last}" for first, last in _runs(sorted(letters))
    )


def _runs(letters: list[str]) -> Iterator[tuple[str, str]]:
    first = last = letters[0]
    for letter in letters[1:]:
        if ord(letter) != ord(last) + 1:
            yield first, last
            first = letter
        last = letter
    yield first, last
