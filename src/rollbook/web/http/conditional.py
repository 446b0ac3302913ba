"""Answers to who has one already: their tags (RFC 9110, 8.8.3 and 13.1.2)."""

import hashlib


def tag_of(body: str) -> str:
    """The tag of a body. It is weak: the same for all codings on the way."""
    return f'W/"{hashlib.blake2b(body.encode(), digest_size=12).hexdigest()}"'


def has_already(if_none_match: str, tag: str) -> bool:
    """Whether a header If-None-Match names a tag, weak or not. Our tags have no commas."""
    told = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return any(one in {"*", tag.removeprefix("W/")} for one in told)
