"""No secret is in what a service says, however much it says."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from server.databases import PASSWORD
from server.process import SESSIONS, Service, run, serving
from server.tenants import Tenant, new_tenant
from support.visits import Visit


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database whose URL holds a password, where it can hold one."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    plain: str = request.getfixturevalue("postgres_server").new_database()
    return urlsplit(plain)._replace(netloc=f"postgres:{PASSWORD}@").geturl()


def says_no_secret(said: str, tenant: Tenant) -> None:
    assert tenant.key not in said
    assert tenant.key.rpartition("_")[2] not in said
    assert PASSWORD not in said


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_service_at_its_most_talkative_tells_no_secret(
    url: str, tmp_path: Path, log_format: str
) -> None:
    run(url, "db", "upgrade")
    tenant = new_tenant(url)
    tenant.saw(Visit())
    talkative = {"ROLLBOOK_LOG_LEVEL": "debug", "ROLLBOOK_LOG_FORMAT": log_format}
    with serving(url, tmp_path, settings=talkative) as service:
        answers = provoke(service, tenant)
        tenant.spoils_the_role_of("student-123")
        answers.append(service.ask(tenant.key, uid="student-123").text)
        assert "INTERNAL_ERROR" in answers[-1]
        service.stop()
        assert "not a valid Role" in service.said()
        says_no_secret(service.said(), tenant)
        says_no_secret("\n".join(answers), tenant)


def provoke(service: Service, tenant: Tenant) -> list[str]:
    """Every kind of answer; in each, what was sent is a secret wherever it may be one."""
    with service.client(tenant.key) as client:
        return [
            client.post(SESSIONS, json={"uid": "student-123", "startDate": "2024-01-15"}).text,
            client.post(SESSIONS, json={"uid": "x", "export": "csv"}).text,
            client.post(SESSIONS, content=b"{").text,
            client.post(SESSIONS, json={"uid": "u", "startDate": tenant.key}).text,
            client.post(SESSIONS, json={"uid": "u", "timezone": tenant.key}).text,
            client.post(SESSIONS, json={"uid": "u", "export": tenant.key}).text,
            client.post("/v1/events", json={"events": [{"id": "e", "type": tenant.key}]}).text,
            client.get(SESSIONS).text,
            client.get(f"/{tenant.key}").text,
            client.get("/readyz").text,
            client.post(SESSIONS, json={"uid": "u"}, headers={"VF-ORG-ID": tenant.key + "x"}).text,
        ]
