"""What a client receives beside the body: media types, headers, a file name."""

import json
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest
from server.process import SESSIONS, Service, run
from server.tenants import Tenant
from support.visits import Visit

DAY = {"startDate": "2024-01-15"}


@pytest.fixture
def client(service: Service, tenant: Tenant) -> Iterator[httpx.Client]:
    tenant.saw(
        Visit(name="Jürgen Groß", title="日本語"), Visit(room="physics-101", title="Physics")
    )
    with service.client(tenant.key) as client:
        yield client


@pytest.mark.parametrize("export", ["json", "csv"])
def test_an_answer_tells_its_rule_its_time_zone_and_that_nobody_may_keep_it(
    client: httpx.Client, export: str
) -> None:
    zone = "America/New_York"
    question = {"uid": "student-123", "timezone": zone, "export": export, **DAY}
    headers = client.post(SESSIONS, json=question).headers
    assert headers["Credit-Rule"] == "per-session; rounding=up; minimum-seconds=0"
    assert headers["Report-Time-Zone"] == zone
    assert headers["Cache-Control"] == "no-store"


def test_json_is_told_as_json_in_utf_8(client: httpx.Client) -> None:
    answer = client.post(SESSIONS, json={"uid": "student-123", **DAY})
    assert answer.headers["Content-Type"] == "application/json"
    assert "Jürgen Groß" in answer.content.decode()


def test_csv_is_told_as_csv_in_utf_8_and_as_a_file_with_a_name(client: httpx.Client) -> None:
    question = {"uid": "student-123", "endDate": "2024-01-20", "export": "csv", **DAY}
    answer = client.post(SESSIONS, json=question)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="sessions_student-123_2024-01-15_2024-01-20.csv"'
    )
    assert '"日本語"' in answer.content.decode()


def test_the_mark_and_the_delimiter_that_excel_wants_are_sent(client: httpx.Client) -> None:
    form = {"bom": True, "delimiter": ";"}
    question = {"uid": "student-123", "export": "csv", "csv": form, **DAY}
    body = client.post(SESSIONS, json=question).content
    assert body.startswith(b"\xef\xbb\xbfParticipant Session Report\r\n")
    assert b"\r\nParticipant UID;student-123\r\n" in body


@pytest.mark.parametrize(
    "uid", ['"; filename="evil.exe', "a\r\nSet-Cookie: x=1", "../../x", "田中"]
)
def test_no_uid_can_break_out_of_the_name_of_the_file(client: httpx.Client, uid: str) -> None:
    answer = client.post(SESSIONS, json={"uid": uid, "export": "csv", **DAY})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    start, name, full = answer.headers["Content-Disposition"].split('"')
    assert start == "attachment; filename="
    assert name.startswith("sessions_")
    assert name.endswith("_2024-01-15.csv")
    assert not set(name) & set('/\\;"\r\n ')
    if full:
        whole = unquote(full.removeprefix("; filename*=UTF-8''"))
        assert whole == f"sessions_{uid}_2024-01-15.csv"


def test_a_long_uid_still_gives_a_file_name_that_every_system_takes(client: httpx.Client) -> None:
    answer = client.post(SESSIONS, json={"uid": "x" * 256, "export": "csv", **DAY})
    name = answer.headers["Content-Disposition"].split('"')[1]
    assert len(name) < 200
    assert name.endswith("x_2024-01-15.csv")


def test_a_question_may_be_asked_many_times_on_one_connection(client: httpx.Client) -> None:
    bodies = {client.post(SESSIONS, json={"uid": "student-123", **DAY}).content for _ in range(50)}
    assert len(bodies) == 1


@pytest.mark.parametrize("room", [[], ["--room", "math-101"]])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_report_of_the_command_line_is_the_answer_of_the_service(
    client: httpx.Client, tenant: Tenant, room: list[str], form: str
) -> None:
    question = {"uid": "student-123", "endDate": "2024-01-20", "export": form, **DAY}
    if room:
        question["roomId"] = "math-101"
    days = ["--from", "2024-01-15", "--to", "2024-01-20"]
    printed = run(
        tenant.database_url, "report", "student-123", "--org", tenant.key, *days, *room, f"--{form}"
    )
    answered = client.post(SESSIONS, json=question).content.decode()
    if form == "csv":
        assert printed == answered
    else:
        assert json.loads(printed) == json.loads(answered)
