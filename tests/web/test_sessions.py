"""`GET /v1/sessions` over HTTP: rows with ids, the way to the next page, and clear refusals."""

from typing import Any

import httpx
import pytest
from support.visits import Visit, facts_of, told
from web.application import Application, Running

SESSIONS = "/v1/sessions"
CLASS = Visit(
    "2024-01-15T09:05:30.000Z", "2024-01-15T10:02:15.000Z", ip="192.168.1.100", id="visit-77"
)


async def saw(application: Application, *visits: Visit) -> None:
    services = application.services
    (organization,) = await services.organizations.organizations()
    imports: Any = services.ledger
    await told(imports, organization, facts_of(visits))


async def ask(application: Application, query: str = "") -> httpx.Response:
    headers = {"VF-ORG-ID": application.key}
    return await application.client.get(f"{SESSIONS}{query}", headers=headers)


async def test_a_row_has_an_id_that_leads_to_its_explanation(running: Running) -> None:
    async with running() as application:
        await saw(application, CLASS)
        answer = await ask(application, "?uid=student-123")
        assert answer.status_code == 200
        data = answer.json()["data"]
        (row,) = data["sessions"]
        session_id = row.pop("id")
        assert row == {
            "uid": "student-123",
            "roomId": "math-101",
            "roomTitle": "Calculus I",
            "joinedAt": "2024-01-15T09:05:30.000Z",
            "joinedBy": "seen",
            "leftAt": "2024-01-15T10:02:15.000Z",
            "leftBy": "leave",
            "duration": 3405,
            "creditsConsumed": 57,
            "ipAddress": "192.168.1.100",
            "isActive": False,
        }
        assert data["nextCursor"] is None
        headers = answer.headers
        assert headers["Credit-Rule"] == "per-session; rounding=up; minimum-seconds=0"
        assert (headers["Report-Time-Zone"], headers["Cache-Control"]) == ("UTC", "no-store")
        explained = await application.client.get(
            f"{SESSIONS}/{session_id}/events", headers={"VF-ORG-ID": application.key}
        )
        assert explained.json()["data"]["session"]["platformSessionId"] == "visit-77"


async def test_the_next_page_is_told_in_the_body_and_as_a_link(running: Running) -> None:
    async with running() as application:
        await saw(application, *[Visit(uid="a&b=c", id=str(number)) for number in range(5)])
        seen: list[str] = []
        asked = "?uid=a%26b%3Dc&limit=2&timezone=Asia/Tokyo&active=&other=x"
        for length in (2, 2, 1):
            answer = await ask(application, asked)
            data = answer.json()["data"]
            assert len(data["sessions"]) == length
            seen += [row["id"] for row in data["sessions"]]
            assert (data["nextCursor"] is None) is ("Link" not in answer.headers) is (length == 1)
            if length == 1:
                break
            link, _, relation = answer.headers["Link"].partition("; ")
            assert relation == 'rel="next"'
            base, _, asked = link.strip("<>").partition("?")
            assert base == "http://rollbook.test/v1/sessions"
            assert f"cursor={data['nextCursor']}" in asked
            asked = f"?{asked}"
        assert len(set(seen)) == 5


async def test_days_are_those_of_the_zone(running: Running) -> None:
    async with running() as application:
        await saw(application, Visit("2024-01-14T23:30:00Z", "2024-01-15T00:30:00Z"))

        async def found(query: str) -> int:
            return len((await ask(application, query)).json()["data"]["sessions"])

        assert await found("?from=2024-01-14&to=2024-01-14") == 1
        assert await found("?from=2024-01-15") == 0
        assert await found("?from=2024-01-15&timezone=Europe/Paris") == 1
        assert await found("?to=2024-01-14&timezone=Europe/Paris") == 0
        assert await found("?to=2024-01-14T23:59:60z&timezone=Europe/Paris") == 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("uid=%20", "uid must not be blank"),
        ("roomId=" + "x" * 257, "roomId must be at most 256 characters long"),
        ("uid=a%00b", "uid must not contain a NUL character"),
        ("from=yesterday", "from must be a date like 2024-01-15 or an ISO 8601 instant"),
        ("to=2024-02-30", "to must be a date like 2024-01-15 or an ISO 8601 instant"),
        ("from=2024-01-16&to=2024-01-15", "to must not be before from"),
        ("timezone=Mars/Base", "timezone must be an IANA time zone name like Europe/Paris"),
        ("active=yes", "active must be true or false"),
        ("cursor=next", "cursor must be the nextCursor of an earlier answer"),
        ("cursor=999999999999999.a", "cursor must be the nextCursor of an earlier answer"),
        ("cursor=1.a%27--", "cursor must be the nextCursor of an earlier answer"),
        ("limit=many", "limit must be a whole number"),
        ("limit=-1", "limit must be a whole number"),
        ("limit=0", "limit must be from 1 to 100"),
        ("limit=101", "limit must be from 1 to 100"),
    ],
)
async def test_a_question_that_breaks_a_rule_is_told_which(
    running: Running, query: str, message: str
) -> None:
    async with running() as application:
        answer = await ask(application, f"?{query}")
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": message, "error": "INVALID_REQUEST"}


async def test_parameters_that_are_empty_are_as_good_as_absent(running: Running) -> None:
    async with running() as application:
        await saw(application, CLASS)
        names = ("uid", "roomId", "from", "to", "timezone", "active", "cursor", "limit")
        answer = await ask(application, "?" + "&".join(f"{name}=" for name in names))
        assert answer.json() == (await ask(application)).json()
