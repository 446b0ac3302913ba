"""The whole service: no delivery and no event makes it fail, and what it keeps comes out unharmed."""

import csv
import io
import time
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from fuzz.cells import unescaped
from fuzz.deliveries import Case, signed_anew, signed_delivery, touched_delivery
from fuzz.hunt import Hunt
from fuzz.odd import ADDRESSES, any_text, changed, damaged, written
from fuzz.served import BASE, Served
from openpyxl import load_workbook
from server.process import run

_JSON = {"Content-Type": "application/json"}
_NOON = "2026-11-23T12:00:00.000Z"


def test_deliveries_over_http(hunt: Hunt, school: Served) -> None:
    def deliver(case: Case) -> None:
        request = case.request
        if case.is_whole:
            now, address = round(time.time() * 1000), BASE + school.paths[case.kind]
            request = signed_anew(case.kind, request.body, now, address)
        answer = school.deliver(case.kind, request)
        is_an_answer(answer)

    hunt.through(_delivery, deliver)
    tells_what_its_events_tell(school)


def _delivery(chance: Random) -> Case:
    return chance.choice((signed_delivery, signed_delivery, touched_delivery))(chance)


def is_an_answer(answer: httpx.Response) -> None:
    """JSON that says whether it went well; what a platform's test of an address gets says nothing."""
    if answer.status_code == 200:
        assert "csv" in answer.headers["content-type"] or answer.json().get("success", True) is True
    else:
        said = answer.json()
        assert said["success"] is False
        assert said["message"]


def tells_what_its_events_tell(school: Served) -> None:
    """After all that came, sessions are what the kept events say."""
    assert school.rows("SELECT count(*) FROM session")[0][0] > 0
    run(f"sqlite:///{school.file}", "ledger", "verify", "--org", school.application.org_id)


# --- events of our own form ------------------------------------------------------------------


def test_own_events_over_http(hunt: Hunt, school: Served) -> None:
    def tell(body: bytes) -> None:
        is_an_answer(school.api("POST", "/v1/events", content=body, headers=_JSON))
        is_an_answer(school.api("POST", "/v1/participant/context", content=body, headers=_JSON))
        is_an_answer(school.api("POST", "/v1/participant/sessions", content=body, headers=_JSON))

    hunt.through(_body, tell)
    tells_what_its_events_tell(school)


def _body(chance: Random) -> bytes:
    events = [_changed_event(chance) for _ in range(chance.randint(1, 3))]
    said = chance.choice(
        ({"events": events}, {"events": events}, events, events[0], _CONTEXT, _ASKED)
    )
    if chance.random() < 0.5:
        said = changed(chance, said)
    body = written(said, ascii_only=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return damaged(chance, body) if chance.random() < 0.1 else body


def _changed_event(chance: Random) -> Any:
    event = _event(chance.randrange(10**9), "ann", "Ann")
    event["type"] = chance.choice(
        ("participant.joined", "participant.left", "room.started", "room.finished")
    )
    return changed(chance, event, most=3)


def _event(number: int, uid: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"event-{number}",
        "type": "participant.joined",
        "time": _NOON,
        "roomId": "math-101",
        "sessionId": f"stay-{number}",
        "participant": {"uid": uid, "name": name, "role": "TEACHER"},
        "roomTitle": "Maths",
        "roomInstanceId": "run-1",
        **more,
    }


_CONTEXT = {
    "uid": "ann",
    "roomId": "math-101",
    "ipAddress": "203.0.113.9",
    "role": "TEACHER",
    "name": "Ann",
    "userAgent": "Firefox",
    "context": {"uid": "ann"},
}
_ASKED = {
    "uid": "ann",
    "roomId": "math-101",
    "startDate": "2026-11-23",
    "endDate": "2026-11-24",
    "page": 1,
    "limit": 10,
    "export": "csv",
    "timezone": "Europe/Paris",
    "csv": {"bom": True, "delimiter": ";"},
}


# --- out again -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What somebody says of themselves."""

    number: int
    uid: str
    name: str
    room: str
    title: str
    address: str
    agent: str

    def event(self) -> dict[str, Any]:
        more = {"roomTitle": self.title, "ipAddress": self.address, "userAgent": self.agent}
        return _event(self.number, self.uid, self.name, roomId=self.room, **more)


def _told(chance: Random) -> Told:
    number = chance.randrange(10**12)

    def text() -> str:
        return any_text(chance)[:240]

    # Nobody has said anything else of the same person and room.
    return Told(
        number,
        f"{text()}{number}",
        text(),
        f"{text()}{number}",
        text(),
        chance.choice(("", *ADDRESSES)),
        text(),
    )


def test_what_comes_in_goes_out_unharmed(hunt: Hunt, school: Served) -> None:
    def in_and_out(told: Told) -> None:
        body = written({"events": [told.event()]}).encode()
        answer = school.api("POST", "/v1/events", content=body, headers=_JSON)
        if '"accepted"' in answer.text or '"duplicate"' in answer.text:
            Kept(school, told).comes_out()
        else:
            assert answer.status_code == 400 or '"invalid"' in answer.text

    hunt.through(_told, in_and_out, few=100)


class Kept:
    """What the ledger has of somebody, beside what is answered about them."""

    def __init__(self, school: Served, told: Told) -> None:
        self.school, self.told = school, told
        (row,) = school.rows(
            "SELECT session_id, ip_address, user_agent, name, title FROM session"
            " LEFT JOIN participant USING (org_id, participant_id)"
            " LEFT JOIN room USING (org_id, room_id)"
            " WHERE participant_id = ?",
            told.uid,
        )
        self.session, self.address, self.agent, self.name, self.title = row

    def comes_out(self) -> None:
        self.is_what_was_told()
        self.is_in_json()
        self.is_in_csv(",")
        self.is_in_csv(";")
        self.is_in_a_workbook()
        self.is_on_pages()

    def is_what_was_told(self) -> None:
        """A text is kept as it is, or not at all where it is blank."""
        told = self.told
        for kept, said in (
            (self.name, told.name),
            (self.title, told.title),
            (self.agent, told.agent),
        ):
            assert kept == (said if said.strip() else None)

    def is_in_json(self) -> None:
        data = self.asked({}).json()["data"]
        (room,) = data["roomGroups"]
        person = data["participant"]
        assert (person["uid"], person["name"]) == (self.told.uid, self.name)
        assert (room["roomId"], room["roomTitle"]) == (self.told.room, self.title)
        assert [one["ipAddress"] for one in room["sessions"]] == [self.address]
        answer = self.school.api("GET", f"/v1/sessions/{self.session}/events")
        session = answer.json()["data"]["session"]
        assert (session["ipAddress"], session["userAgent"]) == (self.address, self.agent)

    def is_in_csv(self, delimiter: str) -> None:
        form = {"bom": delimiter == ";", "delimiter": delimiter}
        answer = self.asked({"export": "csv", "csv": form})
        text = answer.content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        assert rows[1][1] == _cell(self.told.uid)
        assert rows[2][1] == _cell(self.name)
        session = rows[-1]
        assert session[:2] == [_cell(self.told.room), _cell(self.title)]
        assert session[7] == (self.address or "")
        assert {len(row) for row in rows[-2:]} == {8}

    def is_in_a_workbook(self) -> None:
        answer = self.school.ask("GET", "/person.xlsx", params=self.days({"uid": self.told.uid}))
        book = load_workbook(io.BytesIO(answer.content))
        summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
        session = list(book["Sessions"].iter_rows(values_only=True))[-1]
        shown = [summary["Participant UID"], summary["Participant name"], *session[:2], session[7]]
        said = [self.told.uid, self.name, self.told.room, self.title, self.address]
        assert [unescaped(one) for one in shown] == [one or "" for one in said]
        kinds = {cell.data_type for row in book["Sessions"] for cell in row}
        assert kinds <= {"s", "n", "d"}

    def is_on_pages(self) -> None:
        for path, query in (
            ("/person", {"uid": self.told.uid}),
            ("/room", {"id": self.told.room}),
            ("/people", {"q": self.told.uid}),
            (f"/sessions/{self.session}", {}),
        ):
            page = self.school.ask("GET", path, params=self.days(query))
            assert "<script>alert" not in page.text
            assert "<r></r>" not in page.text

    def asked(self, question: dict[str, Any]) -> httpx.Response:
        asked = {"uid": self.told.uid, "startDate": "2026-11-23", **question}
        answer = self.school.api("POST", "/v1/participant/sessions", json=asked)
        assert answer.status_code == 200, answer.text
        return answer

    @staticmethod
    def days(query: dict[str, str]) -> dict[str, str]:
        return {**query, "from": "2026-11-22", "to": "2026-11-24"}


def _cell(text: str | None) -> str:
    """A text as a spreadsheet must find it: never as a formula."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text or ""
