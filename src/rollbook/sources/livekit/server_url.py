"""Where a LiveKit server is asked who is in its rooms."""

from urllib.parse import SplitResult, urlsplit

from rollbook.domain.errors import InvalidInput
from rollbook.service.platforms import PlatformSetting

_SCHEMES = {"http", "https", "ws", "wss"}


def _checked(value: str) -> str:
    """A URL without a slash at its end. No message repeats it: it may hold a password."""
    parts = _split(value.strip())
    if parts is None or parts.scheme not in _SCHEMES or not parts.hostname:
        raise _wrong(
            "must be the URL of the LiveKit server, with http, https, ws or wss and a host, "
            f"such as {SERVER_URL.example}"
        )
    if parts.username is not None or parts.password is not None:
        raise _wrong(
            "must hold no user name and no password: leave them out, "
            "the API key and secret of the source are used"
        )
    if parts.query or parts.fragment:
        raise _wrong("must end before any ? or #: leave out what follows")
    return parts.geturl().rstrip("/")


def _split(url: str) -> SplitResult | None:
    if not url.isprintable() or " " in url:
        return None  # what is no URL, though the library would leave parts of it out
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at only when asked for
    except ValueError:
        return None
    return parts


def _wrong(said: str) -> InvalidInput:
    return InvalidInput(f"{SERVER_URL.name} {said}", field=SERVER_URL.name)


SERVER_URL = PlatformSetting(
    "server_url",
    "The URL of the LiveKit server. Reconciliation needs it: Rollbook asks there who is in the "
    "rooms, and so finds the joins and leaves whose events were lost.",
    "https://livekit.example:7880",
    _checked,
)
