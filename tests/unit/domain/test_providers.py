"""What is taken for a provider, and what is refused with a word on it."""

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.domain.providers import checked_provider, checked_role_claim
from rollbook.domain.rights import UserRole


@pytest.mark.parametrize(
    "issuer",
    [
        "https://accounts.google.com",
        "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        "https://sso.school.lan:8443/realms/School/",
        "http://[::1]:9000",
    ],
)
def test_an_issuer_is_an_address(issuer: str) -> None:
    assert checked_provider(f" {issuer} ", "id", "secret").issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "accounts.google.com",
        "ftp://a.example",
        "https://",
        "https://a.example?x=1",
        "https://a.example/#x",
        "https://user@a.example",
        "https://a.example\\@b.example",
        "https://a.example/ b",
        "https://ä.example",
        "https://a.example/" + "x" * 200,
    ],
)
def test_what_is_no_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_provider(issuer, "id", "secret")
    assert refused.value.field == "issuer"


def test_a_claim_needs_a_name_and_a_value_and_each_value_gives_one_role() -> None:
    owner, viewer = UserRole.OWNER, UserRole.VIEWER
    assert checked_role_claim(" ", {owner: " "}) is None
    claim = checked_role_claim(" groups ", {owner: " admins ", viewer: ""})
    assert claim is not None
    assert (claim.name, claim.values) == ("groups", {owner: "admins"})
    assert claim.role_of({"admins"}) is owner
    assert claim.role_of({"", "staff"}) is None
    for name, values in (
        ("groups", {}),
        ("", {owner: "admins"}),
        ("groups", {owner: "a", viewer: "a"}),
    ):
        with pytest.raises(InvalidInput):
            checked_role_claim(name, values)
