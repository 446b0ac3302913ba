"""The page of what was changed here, and what is noted of who comes and goes."""

import json
import re

import pytest
from web.application import Application, Running

from rollbook.domain.audit import Action, Doer, Entry
from rollbook.web.dashboard import words

FROM = {"X-Forwarded-For": "203.0.113.5", "X-Request-Id": "request-7"}


async def token(application: Application, page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', (await application.client.get(page)).text)
    assert found
    return found[1]


async def sign_in(application: Application) -> None:
    form = {"token": await token(application, "/sign-in"), "key": application.key}
    answer = await application.client.post("/sign-in", data=form, headers=FROM)
    assert answer.status_code == 303


async def noted(application: Application) -> list[Entry]:
    """What the organization's audit has, the latest first."""
    found = await application.services.audit.latest(application.org_id, None, 100)
    return [kept.entry for kept in found]


async def test_who_comes_changes_takes_away_and_goes_is_noted(running: Running) -> None:
    async with running() as application:
        client = application.client
        await sign_in(application)
        form = {"token": await token(application, "/settings"), "time_zone": "Asia/Tokyo"}
        assert (await client.post("/settings", data=form, headers=FROM)).status_code == 303
        assert (await client.get("/usage.csv", headers=FROM)).status_code == 200
        assert (await client.head("/usage.csv", headers=FROM)).status_code == 200
        out = {"token": await token(application, "/settings")}
        assert (await client.post("/sign-out", data=out, headers=FROM)).status_code == 303
        done = (await noted(application))[:4]
        assert [entry.action for entry in done] == [
            Action.SIGNED_OUT,
            Action.EXPORTED,
            Action.SETTING_CHANGED,
            Action.SIGNED_IN,
        ]
        for entry in done:
            assert re.fullmatch(r"key [0-9a-f]{12}", entry.doer.who)
            assert (entry.doer.whence, entry.doer.request_id) == ("203.0.113.5", "request-7")
        assert application.key not in repr(done)


async def test_a_roster_that_a_program_puts_is_noted_with_its_key(running: Running) -> None:
    async with running() as application:
        answer = await application.client.put(
            "/v1/rooms/math/roster",
            json={"members": [{"uid": "ann", "name": "Ann"}]},
            headers={"VF-ORG-ID": application.key, **FROM},
        )
        assert answer.status_code == 200, answer.text
        latest = (await noted(application))[0]
        assert (latest.action, latest.what) == (Action.ROSTER_CHANGED, "room math")
        assert latest.doer.whence == "203.0.113.5"


async def test_the_page_shows_the_latest_and_the_way_to_all_others(running: Running) -> None:
    async with running() as application:
        client, services = application.client, application.services
        for number in range(120):
            doer = Doer(f"<b>number {number}</b>", "203.0.113.5")
            await services.audit.add(Entry(application.org_id, number, Action.EXPORTED, doer, "x"))
        other = Entry("another", services.now(), Action.ERASED, Doer("stranger"))
        await services.audit.add(other)
        await sign_in(application)
        assert 'href="/changes"' in (await client.get("/settings")).text
        path, seen, pages = "/changes", list[str](), 0
        while path:
            page = (await client.get(path)).text
            assert "stranger" not in page
            assert "<b>" not in page
            seen += re.findall(r"number \d+", page)
            assert len(re.findall("<tr>", page)) <= 51
            pages += 1
            onward = re.search(r'rel="next" href="([^"]+)"', page)
            path = onward[1] if onward else ""
        assert seen == [f"number {number}" for number in reversed(range(120))]
        assert pages == 3


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1-", "-1-a", "9" * 30 + "-a", "1-A", "1-a-b", "\u0661-a"]
)
async def test_an_address_that_leads_nowhere_is_refused(running: Running, cursor: str) -> None:
    async with running() as application:
        await sign_in(application)
        answer = await application.client.get("/changes", params={"before": cursor})
        assert answer.status_code == 400
        empty = await application.client.get("/changes", params={"before": "0-a"})
        assert empty.status_code == 200
        assert "Nothing before that" in empty.text


async def test_strangers_are_in_the_log_alone(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(ROLLBOOK_LOG_LEVEL="info", ROLLBOOK_LOG_FORMAT="json") as application:
        wrong = "rb_wrong_key_that_somebody_tries"
        for _ in range(12):
            form = {"token": await token(application, "/sign-in"), "key": wrong}
            await application.client.post("/sign-in", data=form, headers=FROM)
        await sign_in(application)
        assert {entry.action for entry in await noted(application)} == {
            Action.ORGANIZATION_ADDED,
            Action.KEY_ADDED,
            Action.SOURCE_ADDED,
            Action.SIGNED_IN,
        }
        assert await application.services.audit.latest("", None, 10) == []
    said = capfd.readouterr().err
    lines = [json.loads(line) for line in said.splitlines() if '"security"' in line]
    told = [(line["action"], line["level"]) for line in lines]
    assert told.count(("sign-in-refused", "warning")) == 10
    assert told.count(("locked-out", "warning")) == 2
    assert told.count(("signed-in", "info")) == 1
    assert all(line["whence"] == "203.0.113.5" for line in lines if "in" in line["action"][:8])
    assert {line["request_id"] for line in lines if line["action"] == "signed-in"} == {"request-7"}
    assert wrong not in said


def test_every_action_has_words() -> None:
    assert words.DONE.keys() == set(Action)


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("/v1/participant/sessions", {"uid": "ann", "export": "csv"}, "sessions of a person, CSV"),
        ("/v1/rooms/math/classes?format=xlsx", None, "classes, xlsx"),
    ],
)
async def test_files_for_programs_are_in_the_log_alone(
    running: Running,
    capfd: pytest.CaptureFixture[str],
    path: str,
    body: dict[str, str] | None,
    what: str,
) -> None:
    async with running(ROLLBOOK_LOG_LEVEL="info", ROLLBOOK_LOG_FORMAT="json") as application:
        headers = {"VF-ORG-ID": application.key, **FROM}
        method = "GET" if body is None else "POST"
        answer = await application.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert Action.EXPORTED not in {entry.action for entry in await noted(application)}
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "exported" in line]
    assert [(line["what"], line["whence"]) for line in told] == [(what, "203.0.113.5")]
    assert "ann" not in json.dumps(told)
