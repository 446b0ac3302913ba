"""Tokens of a provider: the right one is read, and every other is refused."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from rollbook.domain.providers import Provider, RoleClaim
from rollbook.domain.rights import UserRole
from rollbook.identity.answers import Keys, identity_of, keys_of
from rollbook.service.organizations.provider_ports import AnswerRefused, ProviderUnavailable

NOW = 1_790_000_000
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("one", "two"))
PROVIDER = Provider("https://id.example", "rollbook", "secret")
RIGHT: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "42",
    "aud": "rollbook",
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": "n1",
    "email": "Ada@School.example",
    "email_verified": True,
}
GONE = "(left out)"
KEYS = keys_of({"keys": [KEY.as_dict(private=False)]})


def token(key: Any = KEY, header: dict[str, Any] | None = None, **other: Any) -> str:
    claims = {name: value for name, value in {**RIGHT, **other}.items() if value is not GONE}
    told = {"alg": "RS256", "kid": "one", **(header or {})}
    return jwt.encode(told, claims, key, algorithms=[told["alg"]])


def read(told: str, keys: Keys = KEYS, *, anew: bool = False) -> Any:
    return keys.claims(told, PROVIDER, "n1", NOW * 1000, anew=anew)


def test_the_right_answer_says_who_somebody_is() -> None:
    identity = identity_of(read(token()), PROVIDER, "t")
    assert identity.subject == "42"
    assert identity.email == "ada@school.example"
    assert identity.email_verified
    assert identity.roles == frozenset()
    assert read(token(aud=["rollbook", "another"], azp="rollbook"))["sub"] == "42"
    assert read(token(exp=NOW - 30))["sub"] == "42", "clocks differ"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": GONE},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": GONE},
        {"aud": ["rollbook", "another"]},
        {"aud": ["rollbook", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": NOW - 61},
        {"exp": GONE},
        {"exp": "soon"},
        {"iat": GONE},
        {"iat": NOW + 61},
        {"nbf": NOW + 61},
        {"nonce": "n2"},
        {"nonce": GONE},
        {"sub": GONE},
    ],
    ids=str,
)
def test_an_answer_that_is_not_this_one_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(AnswerRefused):
        read(token(**wrong))


def test_what_is_signed_otherwise_is_refused() -> None:
    secret = OctKey.import_key(b"s" * 32)
    unsigned = token().rpartition(".")[0] + "."
    changed = token().partition(".")[0] + "." + token(sub="1").split(".", 1)[1]
    none = "eyJhbGciOiJub25lIn0." + unsigned.partition(".")[2]
    for told in (
        token(OTHER),
        token(secret, {"alg": "HS256"}),
        token(OTHER, {"kid": "two"}),
        unsigned,
        none,
        changed[:-4] + "AAAA",
        "nothing",
        "",
        "é.é.é",
        "x" * 20_000,
    ):
        with pytest.raises(AnswerRefused):
            read(told)


def test_it_is_known_whether_a_key_is_here() -> None:
    assert KEYS.has_key_of(token())
    assert not KEYS.has_key_of(token(OTHER, {"kid": "two"}))


def test_who_had_to_show_themselves_again_did_so() -> None:
    assert read(token(auth_time=NOW - 5), anew=True)
    for wrong in ({}, {"auth_time": NOW - 600}, {"auth_time": "now"}):
        with pytest.raises(AnswerRefused):
            read(token(**wrong), anew=True)


def test_keys_that_cannot_be_used_are_left_out() -> None:
    right = KEY.as_dict(private=False)
    odd = [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA"},
        {"kty": "new"},
        "text",
        {**right, "use": "enc"},
    ]
    assert read(token(), keys_of({"keys": [*odd, right]}))
    nothing: list[dict[str, Any]] = [{}, {"keys": odd}, {"keys": "text"}, {"keys": []}]
    for none in nothing:
        with pytest.raises(ProviderUnavailable):
            keys_of(none)


def test_roles_are_read_of_the_claim_that_is_named_and_the_most_counts() -> None:
    claim = RoleClaim("groups", {UserRole.OWNER: "admins", UserRole.VIEWER: "staff"})
    provider = Provider("https://id.example", "rollbook", "secret", claim)
    for told, role in [
        (["staff", "admins", 5], UserRole.OWNER),
        ("staff", UserRole.VIEWER),
        (["pupils"], None),
        (GONE, None),
        ({"staff": 1}, None),
    ]:
        identity = identity_of(read(token(groups=told)), provider, "t")
        assert claim.role_of(identity.roles) is role


@pytest.mark.parametrize("verified", [False, GONE, "false", 1, None])
def test_an_address_counts_where_the_provider_verified_it(verified: Any) -> None:
    assert not identity_of(read(token(email_verified=verified)), PROVIDER, "t").email_verified
