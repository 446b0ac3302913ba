"""Ids: how one is made, and which text is an organization's.

An `OrgId` was made here, or read from a key or a source's id of the right form; organizations and
their sources carry it. Ports say `str`: to name the type in a hundred signatures more would find
nothing, as every statement names the organization apart from all else that it is given.
"""

import secrets
from base64 import b32encode
from typing import NewType

OrgId = NewType("OrgId", str)


def new_org_id() -> OrgId:
    """A fresh organization id: 50 random bits, not a secret."""
    return OrgId(random_text(10))


def random_text(length: int) -> str:
    """So many random letters and digits, 5 bits each."""
    return b32encode(secrets.token_bytes(length * 5 // 8 + 1)).decode().lower()[:length]
