"""Keys of a running service: what the operator changes holds within seconds, or at once."""

import json
import time
from pathlib import Path

from server.process import Service, run
from server.tenants import new_tenant
from support.visits import Visit

REVOKED_WITHIN_SECONDS = 5


def added_key(url: str, org_id: str) -> str:
    key: str = json.loads(run(url, "org", "key", "add", org_id, "--json"))["orgId"]
    return key


def test_a_key_that_is_added_works_at_once_beside_the_others(
    service: Service, served_url: str
) -> None:
    tenant = new_tenant(served_url)
    assert service.ask(tenant.key, uid="u").status_code == 200
    for _ in range(2):
        assert service.ask(added_key(served_url, tenant.org_id), uid="u").status_code == 200
    assert service.ask(tenant.key, uid="u").status_code == 200


def test_a_key_that_is_revoked_is_refused_within_five_seconds_and_no_other(
    service: Service, served_url: str
) -> None:
    tenant = new_tenant(served_url)
    other = added_key(served_url, tenant.org_id)
    assert service.ask(tenant.key, uid="u").status_code == 200
    (first, _) = json.loads(run(served_url, "org", "key", "list", tenant.org_id, "--json"))
    run(served_url, "org", "key", "revoke", tenant.org_id, first["id"])
    revoked = time.monotonic()
    while service.ask(tenant.key, uid="u").status_code != 401:
        assert time.monotonic() - revoked < REVOKED_WITHIN_SECONDS
        time.sleep(0.1)
    assert service.ask(tenant.key, uid="u").status_code == 401
    assert service.ask(other, uid="u").status_code == 200


def test_a_key_that_was_refused_is_not_remembered_as_wrong(
    service: Service, served_url: str
) -> None:
    tenant = new_tenant(served_url, set_up=False)
    assert service.ask(tenant.key, uid="u").status_code == 422
    assert service.ask(tenant.key + "x", uid="u").status_code == 401


def test_the_first_imported_file_sets_an_organization_up_at_once(
    service: Service, served_url: str, tmp_path: Path
) -> None:
    tenant = new_tenant(served_url, set_up=False)
    assert service.ask(tenant.key, uid="student-123").status_code == 422
    file = tmp_path / "first.jsonl"
    file.write_text(Visit().line())
    run(served_url, "import", str(file), "--org", tenant.key)
    answer = service.ask(tenant.key, uid="student-123", startDate="2024-01-15")
    assert answer.status_code == 200
    assert answer.json()["data"]["summary"]["totalSessions"] == 1


def test_another_time_zone_of_the_organization_holds_within_five_seconds(
    service: Service, served_url: str
) -> None:
    tenant = new_tenant(served_url)
    assert service.ask(tenant.key, uid="u").headers["Report-Time-Zone"] == "UTC"
    run(served_url, "org", "set-timezone", tenant.org_id, "Asia/Kolkata")
    changed = time.monotonic()
    while service.ask(tenant.key, uid="u").headers["Report-Time-Zone"] != "Asia/Kolkata":
        assert time.monotonic() - changed < REVOKED_WITHIN_SECONDS
        time.sleep(0.1)
