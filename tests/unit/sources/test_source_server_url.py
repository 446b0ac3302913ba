"""Where a LiveKit server is: a URL that can be asked, and that holds no password."""

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.sources.livekit.server_url import SERVER_URL


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("https://livekit.example:7880", "https://livekit.example:7880"),
        ("http://127.0.0.1:7880", "http://127.0.0.1:7880"),
        ("wss://school.livekit.cloud", "wss://school.livekit.cloud"),
        ("ws://[::1]:7880", "ws://[::1]:7880"),
        ("HTTPS://LiveKit.example/", "https://LiveKit.example"),
        (" https://proxy.example/livekit// \n", "https://proxy.example/livekit"),
    ],
)
def test_a_url_that_can_be_asked_is_kept_without_a_slash_at_its_end(value: str, kept: str) -> None:
    assert SERVER_URL.checked(value) == kept


def refused(value: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        SERVER_URL.checked(value)
    assert caught.value.field == "server_url"
    return caught.value.message


@pytest.mark.parametrize(
    "value",
    [
        "",
        "livekit.example",
        "livekit.example:7880",
        "//livekit.example",
        "https:",
        "https://",
        "https://:7880",
        "https:///rooms",
        "https://livekit.example:port",
        "https://livekit.example:65536",
        "https://[::1",
        "https://live kit.example",
        "https://livekit.example\nX-Header:",
        "https://livekit\t.example",
        "https://livekit\u202e.example",
        "ftp://livekit.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_url_of_a_server_is_refused_with_what_is_expected(value: str) -> None:
    assert refused(value) == (
        "server_url must be the URL of the LiveKit server, with http, https, ws or wss and a "
        "host, such as https://livekit.example:7880"
    )


@pytest.mark.parametrize("login", ["ann:pass1", "ann", ":pass1", "ann:", "@", "ann:pass1@more"])
def test_a_name_or_password_is_refused_and_not_repeated(login: str) -> None:
    message = refused(f"https://{login}@livekit.example")
    assert message == (
        "server_url must hold no user name and no password: leave them out, the API key and "
        "secret of the source are used"
    )


@pytest.mark.parametrize("rest", ["?token=1", "/?a", "#top", "/livekit?x=1#y"])
def test_what_follows_the_path_is_refused(rest: str) -> None:
    message = refused(f"https://livekit.example{rest}")
    assert message == "server_url must end before any ? or #: leave out what follows"
