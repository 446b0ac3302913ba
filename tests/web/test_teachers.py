"""`GET /v1/teachers/{uid}/rooms` over HTTP."""

import csv
import io
from dataclasses import replace

import pytest
from web.application import Running
from web.test_absences import DAYS, ask, taught
from web.test_rooms import visit
from web.test_sessions import saw

from rollbook.service.reports import taught as reports


async def test_where_somebody_taught_and_which_classes(running: Running) -> None:
    async with running() as application:
        await taught(application)
        data = (await ask(application, f"teachers/ann/rooms?{DAYS}")).json()["data"]
        assert (data["uid"], data["from"], data["to"]) == ("ann", "2024-01-15", "2024-01-16")
        ((room,), after) = data["rooms"], data["nextCursor"]
        assert (room["roomId"], room["roomTitle"], after) == ("math-101", "Calculus I", None)
        assert [
            (one["class"]["from"][:16], one["seconds"], one["mergedSeconds"], one["pupils"])
            for one in room["classes"]
        ] == [("2024-01-16T09:00", 3600, 3600, 2), ("2024-01-15T09:00", 4200, 4200, 3)]
        nobody = (await ask(application, f"teachers/nobody/rooms?{DAYS}")).json()["data"]
        assert (nobody["rooms"], nobody["nextCursor"]) == ([], None)


async def test_pages_and_files_of_rooms_taught(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_LOOKED_AT", 1)
    async with running() as application:
        await taught(application)
        await saw(application, replace(visit("ann", 15, "11:00", "12:00", "TEACHER"), room="art"))
        cursor, rooms = "", []
        while cursor is not None:
            path = f"teachers/ann/rooms?{DAYS}&cursor={cursor}"
            data = (await ask(application, path)).json()["data"]
            rooms += [one["roomId"] for one in data["rooms"]]
            cursor = data["nextCursor"]
        assert rooms == ["math-101", "art"]
        answer = await ask(application, f"teachers/ann/rooms?{DAYS}", Accept="text/csv")
        name = 'filename="taught_2024-01-15_2024-01-16.csv"'
        assert name in answer.headers["Content-Disposition"]
        lines = list(csv.reader(io.StringIO(answer.text)))
        (head,) = [number for number, line in enumerate(lines) if line[0] == "Room ID"]
        assert [line[0] for line in lines[head + 1 :]] == ["math-101", "math-101", "art"]
        book = await ask(application, f"teachers/ann/rooms?{DAYS}&format=xlsx")
        assert book.content.startswith(b"PK")
        wrong = await ask(application, "teachers/ann/rooms?cursor=x")
        assert (wrong.status_code, wrong.json()["error"]) == (400, "INVALID_REQUEST")
