"""Reading fields that may be of any type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain import fields
from rollbook.service.platforms import UnreadableDelivery
from rollbook.sources.common.payloads import (
    address,
    fingerprint,
    identifier,
    instant,
    joined_identifier,
    label,
    part,
    phone_number,
    read_json,
    read_object,
)

MOMENT = 1_795_424_401_342


@pytest.mark.parametrize(
    "written",
    [
        "33612345678", "+33612345678", " +33 6 12 34 56 78 ", "33-612-345-678", "33.612.345.678",
        "33612345678 (+33612345678)", "+33612345678(mobile)",
    ],
)  # fmt: skip
def test_a_phone_number_is_its_digits(written: str) -> None:
    assert phone_number(written) == "33612345678"


@pytest.mark.parametrize(
    "written", ["336*****78", "anonymous", "Ola 7", "", "7", "+", "1" * 40, "١٢٣٤٥٦", 336, None]
)
def test_what_is_masked_or_no_number_is_none(written: object) -> None:
    assert phone_number(written) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (1_795_424_401, 1_795_424_401_000),
        ("1795424401", 1_795_424_401_000),
        (1_795_424_401.342, MOMENT),
        ("1795424401.342", MOMENT),
        (MOMENT, MOMENT),
        (str(MOMENT), MOMENT),
        (1_795_424_401_342_999, MOMENT),
        (1_795_424_401_342_179_098, MOMENT),
        ("1795424401342179098", MOMENT),
        ("2026-11-23T09:00:01.342Z", MOMENT),
        ("2026-11-23T10:00:01.342118903+01:00", MOMENT),
    ],
)
def test_an_instant_is_read_in_any_unit(written: object, moment: int) -> None:
    assert instant(written) == moment


@pytest.mark.parametrize(
    "written",
    [
        None, "", "soon", True, False, 0, "0", -1, "-1", 1e300, 10**400, [], {}, float("nan"),
        "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-23", "2026-11-23T09:00:00",
        "9999-12-31T23:59:59-23:00", "٣٤٥",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_not_known(written: object) -> None:
    assert instant(written) is None
    assert instant(written, MOMENT) == MOMENT


def test_the_first_usable_identifier_counts() -> None:
    assert identifier(None, "", "  ", True, 1.5, [], {}, "a", "b") == "a"
    assert identifier(16_778_240) == "16778240"
    assert identifier() is None


@given(st.text(st.characters(codec=None), min_size=1))
def test_an_identifier_is_kept_or_becomes_its_fingerprint(text: str) -> None:
    for candidate in (text, text * 300):
        kept = identifier(candidate)
        if kept is not None:
            assert fields.identifier(kept, "id") == kept == identifier(kept)
            assert kept in (candidate, fingerprint(candidate))


def test_long_identifiers_stay_apart() -> None:
    long = "x" * fields.MAX_ID_LENGTH
    assert identifier(long) == long
    assert identifier(long + "a") != identifier(long + "b")
    assert joined_identifier(long, "a") != joined_identifier(long, "b")
    assert joined_identifier("a", "b") == "a:b"
    assert joined_identifier("a", None) is joined_identifier(None, "b") is None


def test_a_label_is_cut_and_mended() -> None:
    assert label("x" * 5_000) == "x" * fields.MAX_LABEL_LENGTH
    assert label("a\0b\ud800") == "a\ufffdb\ufffd"
    assert label("María 🎓") == "María 🎓"
    nothings: list[object] = [None, "", " \t", 42, True, [], {}]
    for nothing in nothings:
        assert label(nothing) is None


def test_an_address_that_is_none_is_not_known() -> None:
    assert address(" 203.0.113.57 ") == "203.0.113.57"
    assert address("2001:DB8:4F:0::19") == "2001:db8:4f::19"
    for nothing in (None, "", "203.0.113.257", "unknown", "203.0.113.57, 10.0.0.1", 3_405_803_833):
        assert address(nothing) is None


def test_a_part_that_is_no_object_is_empty() -> None:
    assert part({"a": {"b": 1}}, "a") == {"b": 1}
    others: list[object] = [None, [], "text", 1, True]
    for value in others:
        assert part({"a": value}, "a") == {}
    assert part({}, "a") == {}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableDelivery):
        read_object(body)


def test_json_is_cleaned_as_it_is_read() -> None:
    assert read_json(b'{"password": "x", "n": 1e999}') == {"password": "[redacted]", "n": None}


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])
