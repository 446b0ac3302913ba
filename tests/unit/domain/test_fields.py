"""What text from outside must be like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role


@pytest.mark.parametrize("value", ["a", "x" * 256, "語" * 256, " padded ", "=cmd|", "👩‍🏫"])
def test_an_identifier_stays_as_it_is(value: str) -> None:
    assert fields.identifier(value, "uid") == value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "uid must not be blank"),
        (" \t\r\n", "uid must not be blank"),
        ("x" * 257, "uid must be at most 256 characters long"),
        ("a\0b", "uid must not contain a NUL character"),
        ("a\ud800b", "uid must be valid Unicode text"),
    ],
)
def test_an_identifier_is_refused_in_one_sentence_about_its_field(value: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^{why}$") as refused:
        fields.identifier(value, "uid")
    assert refused.value.field == "uid"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_blank_label_role_or_address_is_an_unknown_one(value: str | None) -> None:
    assert fields.label(value, "name") is None
    assert fields.role(value) is None
    assert fields.ip_address(value) is None


@pytest.mark.parametrize("value", ["n" * 1001, "\0", "\udfff"])
def test_a_label_that_cannot_be_kept_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^roomTitle must "):
        fields.label(value, "roomTitle")


def test_a_label_stays_as_it_is() -> None:
    assert fields.label("n" * 1000, "name") == "n" * 1000
    assert fields.label(" Ünï ", "name") == " Ünï "


@pytest.mark.parametrize("value", ["TEACHER", "teacher", " Teacher "])
def test_a_role_is_known_in_any_case(value: str) -> None:
    assert fields.role(value) is Role.TEACHER


def test_an_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="TEACHER, STUDENT, MODERATOR, ADMIN"):
        fields.role("JANITOR")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("192.168.1.100", "192.168.1.100"),
        (" 192.168.1.100 ", "192.168.1.100"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.168.1.100", "192.168.1.100"),
    ],
)
def test_an_address_is_written_in_its_usual_form(value: str, written: str) -> None:
    assert fields.ip_address(value) == written


@pytest.mark.parametrize(
    "value", ["localhost", "1.2.3", "1.2.3.256", "192.168.001.100", "1.2.3.4/8"]
)
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^ipAddress must be an IPv4 or IPv6 address$"):
        fields.ip_address(value)


@given(st.ip_addresses())
def test_an_address_reads_back_as_it_is_written(address: object) -> None:
    written = fields.ip_address(str(address))
    assert fields.ip_address(written) == written
