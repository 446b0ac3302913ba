"""Ways to break what lets people in, and what limits them."""

from support.mutation import In

_WEB, _SOURCES = "src/rollbook/web", "src/rollbook/sources"
_SERVICE = "src/rollbook/service/organizations"
_SIGN_IN = "tests/web/test_sign_in_attempts.py"

AT_THE_DOOR = (
    In(
        f"{_WEB}/dashboard/cookies.py",
        _SIGN_IN,
        {"one-form-token-for-all": ("key, nonce.encode(),", 'key, b"form",')},
    ),
    In(
        f"{_WEB}/http/clients.py",
        _SIGN_IN,
        {
            "header-believed-from-anybody": ("while told and self._have(client):", "while told:"),
            "header-believed-from-nobody": (
                "while told and self._have(client):",
                "while not told:",
            ),
            "each-address-of-ipv6-a-client": ("_OF_ONE_CLIENT = 64", "_OF_ONE_CLIENT = 128"),
        },
    ),
    In(
        f"{_SERVICE}/attempts.py",
        _SIGN_IN,
        {
            "no-limit-for-a-client": ("        if wait > 0:", "        if wait > 10**12:"),
            "a-right-key-held-up": (
                "if can_be_guessed(key) and key_hash(key) not in self._opened:",
                "if key_hash(key) not in self._opened:",
            ),
            "guesses-looked-at-for-ever": (
                "if can_be_guessed(key) and key_hash(key) not in self._opened:",
                "if not key:",
            ),
        },
    ),
    In(
        f"{_SERVICE}/limits.py",
        "tests/contract/test_limits.py",
        {
            "each-process-a-bucket-of-its-own": (
                "seen = await self._store.full_at(org_id)",
                "seen = None",
            ),
            "buckets-moved-unseen": (
                "if await self._store.move(org_id, seen, lease.full_at):",
                "if not await self._store.move(org_id, seen, lease.full_at) or granted:",
            ),
        },
    ),
    In(
        f"{_SOURCES}/getstream.py",
        "tests/unit/sources/test_source_signatures.py",
        {
            "an-event-known-by-a-header-that-is-not-signed": (
                'Heading(event.get("type"), None, event.get("created_at"))',
                'Heading(event.get("type"), request.headers.get("x-webhook-id"), event.get("created_at"))',
            ),
        },
    ),
)
