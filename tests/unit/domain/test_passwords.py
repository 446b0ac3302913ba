"""Which passwords are taken, by the rules of ASVS 2.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.passwords import require_good

ADA = {"name": "Ada King", "email": "a.king-lovelace@school.example"}


@pytest.mark.parametrize(
    "password",
    [
        "eleven char",
        "x" * 129,
        "aaaaaaaaaaaa",
        "123456789012",
        "password1234",
        "P@ssw0rd!2026",
        "Rollbook2026!",
        "--adaking--2026",
        "A.King-Lovelace 7",
    ],
)
def test_what_is_short_or_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        require_good(password, **ADA)


@given(st.lists(st.characters(categories=["L", "P", "Z"]), min_size=12, max_size=128, unique=True))
def test_long_ones_of_any_characters_are_taken(letters: list[str]) -> None:
    password = "".join(letters)
    # Nobody's name is put together by chance here: only "king" is looked for, of four letters.
    if "king" not in password.casefold():
        require_good(password, **ADA)
