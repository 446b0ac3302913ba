"""The ids and keys of organizations."""

import re

import pytest

from rollbook.domain.ids import OrgId, new_org_id
from rollbook.domain.organizations import key_hash, key_id, new_key, org_id_of_key
from rollbook.domain.sources import new_source_id, org_id_of_source


def test_a_key_leads_to_its_organization_and_nothing_else_does() -> None:
    org_id = new_org_id()
    assert org_id_of_key(new_key(org_id)) == org_id
    assert org_id_of_source(new_source_id(org_id)) == org_id


@pytest.mark.parametrize(
    "text", ["", "rb_", "x" * 46, "rb_aaaaaaaaaa_" + "A" * 32, "rb_aaaaaaaaaa_" + "a" * 32 + "\n"]
)
def test_what_has_not_the_form_of_a_key_opens_nothing(text: str) -> None:
    assert org_id_of_key(text) is None
    assert org_id_of_source(text) is None


def test_the_secret_part_of_a_key_is_at_least_128_bits_and_never_the_same() -> None:
    secrets = {new_key(OrgId("aaaaaaaaaa")).rpartition("_")[2] for _ in range(100)}
    assert len(secrets) == 100
    assert all(re.fullmatch("[a-z2-7]{32}", secret) for secret in secrets)  # 5 bits a letter


def test_what_is_kept_of_a_key_is_its_sha_256() -> None:
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert key_hash("abc") == known
    assert key_id(known) == known[:12]
