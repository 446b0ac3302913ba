"""Tokens that lead to an organization: in links, and in cookies. Whoever has one may, so only its hash is kept."""

import hashlib
import re

from rollbook.domain.ids import OrgId, random_text

_TOKEN = re.compile(r"([a-z2-7]{10})_([a-z2-7]{32})", re.ASCII)


def new_token(org_id: OrgId | str) -> str:
    """A fresh token of a link: 160 random bits, and the organization that it leads to."""
    return f"{org_id}_{random_text(32)}"


def org_id_of_token(token: str) -> OrgId | None:
    """The organization that a link's token claims to lead to; None where it is not in the form of one."""
    match = _TOKEN.fullmatch(token)
    return OrgId(match.group(1)) if match else None


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256 in hex. Enough, as it is long and nobody can guess it."""
    return hashlib.sha256(token.encode()).hexdigest()
