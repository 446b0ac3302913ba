"""What addresses hold sealed opens again, in its place alone."""

import base64
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.secret_keys import SecretKeys
from rollbook.web.dashboard.sealed_addresses import PRIVATE, AddressSeal, opened_query

KEY, NEWER = "k" * 32, "n" * 32
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
NAMES = st.sampled_from(sorted(PRIVATE))


def seal(*keys: str, org_id: str = "school") -> AddressSeal:
    return AddressSeal(SecretKeys(keys or (KEY,)), org_id)


@given(NAMES, TEXT)
def test_what_is_sealed_opens_to_the_same_words(name: str, text: str) -> None:
    sealed = seal().sealed(name, text)
    assert seal().opened(name, sealed) == text
    assert sealed == seal().sealed(name, text)
    assert urlencode({"v": sealed}) == f"v={sealed}"  # nothing in it has to be written otherwise


@given(st.lists(st.tuples(st.sampled_from(["uid", "q", "range", "id"]), TEXT), max_size=5))
def test_a_query_opens_to_what_was_asked(asked: list[tuple[str, str]]) -> None:
    one = seal()
    sealed = [(n, one.sealed(n, text) if n in PRIVATE else text) for n, text in asked]
    assert parse_qsl(opened_query(one, urlencode(sealed).encode()).decode()) == asked


@pytest.mark.parametrize(
    "words", ["jane", "~", "~jane", "~not base64!", "~" + "A" * 21, "\u7530\u4e2d", "a~b", "%7e"]
)
def test_words_that_nobody_sealed_are_meant_as_they_stand(words: str) -> None:
    assert seal().opened("uid", words) == words
    query = urlencode({"uid": words, "range": "term"}).encode()
    assert parse_qsl(opened_query(seal(), query).decode()) == [("uid", words), ("range", "term")]


def test_elsewhere_and_changed_it_does_not_open() -> None:
    sealed = seal().sealed("uid", "student-123")
    assert seal(NEWER, KEY).opened("uid", sealed) == "student-123"
    whole = bytearray(base64.urlsafe_b64decode(sealed[1:] + "=" * (-len(sealed[1:]) % 4)))
    whole[-1] ^= 1
    changed = "~" + base64.urlsafe_b64encode(whole).decode().rstrip("=")
    for other, name, told in (
        (seal(org_id="another"), "uid", sealed),
        (seal(NEWER), "uid", sealed),
        (seal(), "q", sealed),
        (seal(), "uid", changed),
    ):
        with pytest.raises(InvalidInput, match="open the page from its list again"):
            other.opened(name, told)
