"""Texts without the case of their letters, in both engines as `str.casefold` has them.

SQLite is given that function. PostgreSQL's own depend on how a server was built and set up, so it is
told letter by letter: of a text whose letters are all small, or all ASCII, it looks no further.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

_OWN_ALPHABETS = (range(0x80, 0x100), range(0x400, 0x460))
"""Latin-1 and Cyrillic: short enough to look each letter up among."""


def casefold(text: str | None) -> str | None:
    """What SQLite calls for `casefold(text)`."""
    return None if text is None else text.casefold()


@cache
def postgres_template() -> str:
    """The same as an expression of PostgreSQL, with `{}` in each place of the text."""
    letters = _letters()
    single = {one: small for one, small in letters.items() if len(small) == 1}
    usual = {one: small for one, small in single.items() if _is_usual(one)}
    small = 'lower({} COLLATE "C")'
    return f"""CASE WHEN octet_length({{}}) = length({{}}) OR {{}} !~ '[{_ranges(letters)}]' THEN {small}
        WHEN {{}} !~ '[{_ranges(letters.keys() - usual.keys())}]' THEN {_translated(small, usual)}
        ELSE {_replaced(_translated(small, single), letters)} END"""


def _letters() -> Mapping[str, str]:
    """Every letter beyond ASCII that is not its own small form, and that form."""
    every = map(chr, range(0x80, sys.maxunicode + 1))
    return {one: one.casefold() for one in every if one.casefold() != one}


def _is_usual(letter: str) -> bool:
    return any(ord(letter) in alphabet for alphabet in _OWN_ALPHABETS)


def _translated(sql: str, letters: Mapping[str, str]) -> str:
    return f"translate({sql}, '{''.join(letters)}', '{''.join(letters.values())}')"


def _replaced(sql: str, letters: Mapping[str, str]) -> str:
    for one, small in letters.items():
        if len(small) > 1:
            sql = f"replace({sql}, '{one}', '{small}')"
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
