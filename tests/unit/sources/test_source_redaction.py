"""No credential of a payload is stored, wherever a platform or its users put it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.redaction import MAX_DEPTH, REDACTED, Redaction, storable
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
CREDENTIAL_KEYS = {
    "turnPassword",
    "turn_password",
    "session-token",
    "moderator-pass",
    "viewer-pass",
    "plainToken",
}


def credentials_in(thing: Any) -> list[str]:
    if isinstance(thing, list):
        return [one for member in thing for one in credentials_in(member)]
    if not isinstance(thing, dict):
        return []
    own = [str(value) for key, value in thing.items() if key in CREDENTIAL_KEYS]
    return own + [one for member in thing.values() for one in credentials_in(member)]


def stored(kind: str, event: Any) -> str:
    body = json.dumps(event, ensure_ascii=False)
    if kind == "bigbluebutton":
        body = urlencode({"event": body})
    if kind == "twilio":
        body = urlencode(event)
    request = WebhookRequest({}, body.encode())
    (delivery,) = SOURCE_KINDS[kind].translate(request, TranslationSettings(), 0)
    return delivery.payload


def test_no_credential_of_the_fixtures_is_stored() -> None:
    seen = set()
    for path in FIXTURES.glob("*/*.json"):
        event = json.loads(path.read_text())
        if path.name.startswith(("_", "api.")):
            continue
        payload = stored(path.parent.name, event)
        for credential in credentials_in(event):
            assert credential not in payload
            assert REDACTED in payload
            seen.add(credential)
    assert len(seen) >= 5  # the fixtures do hold some of each kind


def test_what_is_no_credential_is_stored_as_it_came() -> None:
    for path in FIXTURES.glob("*/*.json"):
        event = json.loads(path.read_text())
        if not credentials_in(event) and not path.name.startswith(("_", "api.")):
            payload = json.loads(stored(path.parent.name, event))
            assert payload == (event[0] if isinstance(event, list) else event)


@pytest.mark.parametrize(
    "key",
    [
        "password", "turnPassword", "turn_password", "TURN-PASSWORD", "moderator-pass", "viewerPass",
        "session-token", "sessionToken", "access_token", "token", "pwd", "passcode", "clientSecret",
        "apiKey", "api_key", "accessKey", "streamKey", "Authorization", "set-cookie", "zak", "jwt",
        "credentials", "start_url", "pin",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["s3cret-value", 4711, {"inner": "s3cret-value"}, ["4711"]])
def test_a_key_that_sounds_like_a_credential_is_redacted(key: str, value: object) -> None:
    assert storable({"a": [{key: value}]}) == {"a": [{key: REDACTED}]}


@pytest.mark.parametrize(
    "key",
    ["customer_key", "idempotencyKey", "registrant_id", "name", "identity", "passenger", "keyboard"],
)  # fmt: skip
def test_other_keys_are_kept(key: str) -> None:
    assert storable({key: "value"}) == {key: "value"}


@pytest.mark.parametrize("value", [None, "", True, False])
def test_a_credential_that_says_nothing_is_kept(value: object) -> None:
    assert storable({"password": value}) == {"password": value}


def test_credentials_in_json_that_users_put_into_text_are_redacted() -> None:
    metadata = json.dumps({"role": "teacher", "deep": json.dumps([{"token": "s3cret"}])})
    kept = storable({"metadata": metadata})
    assert "s3cret" not in json.dumps(kept)
    assert isinstance(kept, dict)
    assert json.loads(kept["metadata"])["role"] == "teacher"


def test_json_in_text_without_credentials_keeps_its_spelling() -> None:
    text = '{ "plan" : "pro",  "n": 1.50 }'
    assert storable({"metadata": text}) == {"metadata": text}
    assert storable({"name": "[Teacher] María"}) == {"name": "[Teacher] María"}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://h/x?sessionToken=s3cret&a=1", "https://h/x?sessionToken=[redacted]&a=1"),
        ("https://zoom.us/j/1?pwd=s3cret", "https://zoom.us/j/1?pwd=[redacted]"),
        ("https://s3/x?a=1&X-Amz-Signature=s3cret#f", "https://s3/x?a=1&X-Amz-Signature=[redacted]#f"),
        ("https://user:s3cret@h/x", "https://[redacted]@h/x"),
        ("rtmps://live.example.com/app/s3cret", "rtmps://live.example.com/[redacted]"),
        ("https://h/x?design=modern&page=2", "https://h/x?design=modern&page=2"),
    ],
)  # fmt: skip
def test_credentials_in_addresses_are_redacted(address: str, kept: str) -> None:
    assert storable({"referer": address}) == {"referer": kept}
    assert storable({"referer": f"[see {address}"}) == {"referer": f"[see {kept}"}


def test_text_that_no_database_holds_is_mended() -> None:
    assert storable({"a\0": "b\0\ud800c"}) == {"a\ufffd": "b\ufffd\ufffdc"}
    assert storable([float("inf"), float("nan"), 1.5]) == [None, None, 1.5]
    assert storable({"m": '{"a": "\\u0000", "b": "\\ud800"}'}) == {
        "m": '{"a": "\ufffd", "b": "\ufffd"}'
    }


def test_nesting_ends_somewhere() -> None:
    deep: Any = "bottom"
    for _ in range(MAX_DEPTH * 3):
        deep = {"a": [deep]}
    assert "[too deep]" in json.dumps(storable(deep))
    text: Any = "bottom"
    for _ in range(12):
        text = json.dumps([text])
    assert storable(text) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(st.characters(codec=None)),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    )
)
def test_what_is_storable_stays_as_it_is(value: object) -> None:
    once = storable(value)
    assert storable(once) == once
    json.dumps(once, ensure_ascii=False, allow_nan=False).encode()


TEXTS = st.text(st.sampled_from('ab =?&:/{}[]"\0\u00e9\ud800@'), max_size=12)


@given(TEXTS)
def test_a_text_is_kept_alike_in_an_object_and_in_a_list(text: str) -> None:
    # Most members of objects are seen at a glance to hide nothing; those of lists are looked at.
    assert storable({"said": text}) == {"said": storable([text])[0]}  # type: ignore[index]  # a list again


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(TEXTS | st.sampled_from(sorted(CREDENTIAL_KEYS)), inner)
        ),
        max_leaves=10,
    ),
    escaped=st.booleans(),
)
def test_a_value_is_kept_alike_whether_its_body_is_known_or_not(
    value: object, *, escaped: bool
) -> None:
    body = json.dumps(value, ensure_ascii=escaped)
    try:
        told = body.encode()
    except UnicodeEncodeError:
        return
    assert Redaction(told).storable(value) == storable(value)
