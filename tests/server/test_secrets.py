"""No secret is in what a service says, however much it says."""

import json
import re
import subprocess
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from server.databases import PASSWORD
from server.process import ROLLBOOK, SESSIONS, Service, environment, run, serving
from server.tenants import Tenant, new_tenant
from support.dump import everything_of
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


MARKER = "whsec-of-a-full-run-that-nobody-else-has"
LIVEKIT_SECRET = "livekit-secret-of-a-full-run-0123456789"
METRICS_TOKEN = "token-of-a-full-run-for-metrics-0123456789"
KEYS = ("secret-key-of-a-full-run-0123456789-abc", "secret-key-of-a-full-run-the-next-one-00")
TALKATIVE = {
    "ROLLBOOK_LOG_LEVEL": "debug",
    "ROLLBOOK_LOG_FORMAT": "json",
    "ROLLBOOK_ACCESS_LOG": "json",
    "ROLLBOOK_METRICS_TOKEN": METRICS_TOKEN,
}


def test_after_a_full_run_no_secret_is_anywhere_it_could_be_read(url: str, tmp_path: Path) -> None:
    run(url, "db", "upgrade")
    tenant = new_tenant(url)
    heard = Heard({tenant.key, PASSWORD, MARKER, LIVEKIT_SECRET, METRICS_TOKEN, *KEYS})
    before = TALKATIVE | {"ROLLBOOK_SECRET_KEY": KEYS[0]}
    proved = ("--header", "X-Proof", "--value")
    header = added(url, before, tenant, "jitsi", *proved, stdin=MARKER)
    signed = ("--api-key", "APIfullrun", "--api-secret")
    livekit = added(url, before, tenant, "livekit", *signed, stdin=LIVEKIT_SECRET)
    with serving(url, tmp_path, settings=before) as service:
        heard.look_at(service)
        heard.texts["answers"] += "".join(provoke(service, tenant))
        dashboard(service, tenant, header, heard)
        heard.texts["answers"] += deliveries(service, header, livekit)
        heard.look_at(service)
    after = TALKATIVE | {"ROLLBOOK_SECRET_KEY": ",".join(reversed(KEYS))}
    for command in (("secrets", "rotate"), ("secrets", "status"), ("audit",), ("check",)):
        heard.texts["commands"] += run(url, *command, settings=after)
    with serving(url, tmp_path, settings=after) as service:
        heard.texts["answers"] += deliveries(service, header, livekit)
        heard.look_at(service)
    heard.texts["dump"] = "\n".join(map(str, everything_of(url)))
    heard.nothing_private()
    # What the run did is there to be found, so the search was in the right places.
    assert '"event":"access"' in heard.texts["log"]
    assert '"status":401' in heard.texts["log"]
    assert '"action": "signed-in"' in heard.texts["log"]
    assert "rollbook_http_request" in heard.texts["metrics"]
    assert "sealed:1:" in heard.texts["dump"]
    assert tenant.org_id in heard.texts["dump"]


@dataclass
class Heard:
    """What was said where, and what must be nowhere in it."""

    private: set[str]
    texts: dict[str, str] = field(default_factory=lambda: defaultdict(str))

    def look_at(self, service: Service) -> None:
        """Note what the service says, and what all users of the machine can read of it."""
        proof = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        self.texts["metrics"] += httpx.get(f"{service.url}/metrics", headers=proof).text
        self.texts["processes"] += seen_by_others(service)
        self.texts["log"] += service.said()

    def nothing_private(self) -> None:
        for secret in self.private:
            for name, text in self.texts.items():
                assert secret not in text, f"a secret is in the {name}"


def added(
    url: str, settings: dict[str, str], tenant: Tenant, kind: str, *options: str, stdin: str
) -> str:
    """Add a source, whose last secret is typed; answers the path of its webhooks."""
    done = subprocess.run(
        [ROLLBOOK, "source", "add", kind, "--org", tenant.org_id, *options, "-", "--json"],
        env=environment(url, **settings), input=stdin + "\n",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert stdin not in done.stdout + done.stderr
    path: str = json.loads(done.stdout)["webhookUrl"]
    return path


def dashboard(service: Service, tenant: Tenant, path: str, heard: Heard) -> None:
    """Sign in, wrongly and rightly, look at pages and change things."""
    with httpx.Client(base_url=service.url) as client:
        for key in (tenant.key + "x", tenant.key):
            form = {"token": token_in(client.get("/sign-in").text), "key": key}
            heard.texts["pages"] += client.post("/sign-in", data=form).text
        heard.private |= {value for value in client.cookies.values() if value}
        token = token_in(client.get("/settings").text)
        for page in ("/settings", "/sources", "/changes", "/", "/usage.csv", "/nothing"):
            # The token of its forms is the one secret that a page has to have.
            heard.texts["pages"] += client.get(page).text.replace(token, "")
        source_id = path.rpartition("/")[2]
        form = {"token": token, "source": source_id, "header": "X-Proof", "value": MARKER}
        assert client.post("/sources/rotate", data=form).status_code == 303
        asked = {"token": token, "label": "a label", "may_read": "yes"}
        made = client.post("/settings/keys", data=asked, follow_redirects=True)
        new_key = re.search(r"rb_[a-z2-7]{10}_[a-z2-7]{32}", made.text)
        assert new_key
        heard.private |= {new_key[0], token}
        client.post("/settings", data={"token": "wrong"})
        client.post("/sign-out", data={"token": token})


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found
    return found[1]


def deliveries(service: Service, header: str, livekit: str) -> str:
    """Webhooks, good and bad, of two platforms; what they are answered."""
    with httpx.Client(base_url=service.url) as client:
        good = client.post(header, content=b"{}", headers={"X-Proof": MARKER})
        assert good.status_code == 400, "proved, and then not understood"
        answers = [
            good,
            client.post(header, content=b"{}", headers={"X-Proof": MARKER + "x"}),
            client.post(header + "x", content=b"{}", headers={"X-Proof": MARKER}),
            client.post(livekit, content=b"{}", headers={"Authorization": LIVEKIT_SECRET}),
            client.post(livekit, content=b"{}", headers={"Authorization": "a.b.c"}),
            client.get(f"/v1/webhooks/jitsi/x?secret={MARKER}&key={LIVEKIT_SECRET}"),
        ]
    return "".join(answer.text for answer in answers)


def seen_by_others(service: Service) -> str:
    """What every user of the machine can read of the service's processes."""
    text = ""
    for process in service.processes():
        folder = Path(f"/proc/{process.pid}")
        for name in ("cmdline", "comm", "status"):
            with suppress(FileNotFoundError, ProcessLookupError):
                text += (folder / name).read_text(errors="replace")
        with suppress(FileNotFoundError):
            # Whose it is, reads it: nobody else.
            assert (folder / "environ").stat().st_mode & 0o077 == 0
    assert "rollbook" in text
    return text
