"""Files brought in a browser: looked at, imported, taken back; and nobody else's."""

import asyncio
import gzip
import json
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from web.application import Application, Running
from web.visitor import Visitor, visitor

from rollbook.service.ingest.importing import stocked
from rollbook.service.organizations.keys import create_organization
from rollbook.web.dashboard import bringing
from rollbook.web.dashboard.imports import MOST_MEGABYTES

FIXTURES = Path(__file__).parents[1] / "fixtures" / "import"
ROOMLESS = {"teams_list.csv", "teams_live_event.csv", "zoom_table_only.csv"}
TWO_WAYS = {"zoom_2021.csv"}
LINE = {
    "uid": "s-1",
    "name": "Ada",
    "roomId": "r-1",
    "joinedAt": "2026-03-01T09:00:00Z",
    "leftAt": "2026-03-01T10:00:00Z",
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def content(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def said_of(name: str) -> dict[str, str]:
    """What somebody has to say of a file, where it does not tell by itself."""
    told = {"room": "room-of-the-file"} if name in ROOMLESS else {}
    return told | ({"date_order": "mdy"} if name in TWO_WAYS else {})


def kept_in(folder: Path) -> int:
    return len(list(folder.glob("*/*/*")))


def lines(*changes: dict[str, Any]) -> bytes:
    return "".join(json.dumps(LINE | change) + "\n" for change in changes).encode()


async def sessions(application: Application) -> int:
    headers = {"VF-ORG-ID": application.key}
    asked = "/v1/sessions?startDate=2020-01-01&endDate=2026-12-31"
    answer = (await application.client.get(asked, headers=headers)).json()
    return len(answer["data"]["sessions"])


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.*")), ids=lambda path: path.name)
async def test_a_file_of_each_kind_is_looked_at_and_imported_as_told(
    running: Running, path: Path
) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send(path.name, content(path.name), said_of(path.name))
        told = somebody.figures()
        assert int(told["Would be added"]) > 0
        assert await sessions(application) == 0
        await somebody.go()
        assert somebody.figures()["Added"] == told["Would be added"]
        assert somebody.figures()["Rejected"] == told["Rejected"]
        assert await sessions(application) == int(told["Would be added"])


async def test_the_same_file_again_changes_nothing(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        for added, known in (("2", "0"), ("0", "2")):
            await somebody.send("a.jsonl", lines({}, {"uid": "s-2"}))
            assert somebody.figures()["Would be added"] == added
            await somebody.go()
            told = somebody.figures()
            assert (told["Added"], told["Known before"]) == (added, known)
        await somebody.open("/import")
        assert somebody.seen.count("<bdi>a.jsonl</bdi>") == 1


async def test_undo_takes_back_what_the_file_added_and_only_once(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send("first.jsonl", lines({}))
        await somebody.go()
        await somebody.send("second.jsonl", lines({}, {"uid": "s-2"}))
        await somebody.go()
        import_id = somebody.hidden("import")
        await somebody.press("/import/undo", {"import": import_id})
        assert "second.jsonl" in somebody.seen
        assert "Taken back" in somebody.seen
        assert await sessions(application) == 1
        answer = await somebody.press("/import/undo", {"import": import_id}, 404)
        assert "taken back already" in answer.text


async def test_later_files_that_knew_the_rows_are_named_after_an_undo(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send("first.jsonl", lines({}))
        await somebody.go()
        import_id = somebody.hidden("import")
        await somebody.send("later.jsonl", lines({}, {"uid": "s-2"}))
        await somebody.go()
        await somebody.press("/import/undo", {"import": import_id})
        assert re.search(r"Import them once more[^.]*<bdi>later\.jsonl</bdi>", somebody.seen)


async def test_rejected_rows_are_shown_with_their_lines_and_can_be_had(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send("a.jsonl", lines({}, {"leftAt": "2026-03-01T08:00:00Z"}, {"uid": ""}))
        assert somebody.figures()["Rejected"] == "2"
        assert "line 2" in somebody.seen
        assert "leftAt must not be before joinedAt" in somebody.seen
        await somebody.go()
        link = re.search(r'href="(/import/rejects\?file=[^"]+)"', somebody.seen)
        assert link
        answer = await somebody.client.get(link[1])
        assert [json.loads(line)["line"] for line in answer.text.splitlines()] == [2, 3]
        assert "attachment" in answer.headers["Content-Disposition"]
        assert await sessions(application) == 1


async def test_what_the_file_does_not_tell_is_asked_for_in_the_words_of_the_page(
    running: Running,
) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send("list.csv", content("teams_list.csv"))
        assert "the file names no meeting: say which room it is, with “Room”" in somebody.seen
        assert "--" not in re.sub(r"<!--.*?-->", "", somebody.seen)
        await somebody.press(
            "/import/look",
            {"file": somebody.hidden("file"), "room": "r-9", "date_order": "dmy"},
        )
        assert int(somebody.figures()["Would be added"]) > 0
        await somebody.go()
        assert await sessions(application) > 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("empty.csv", b""),
        ("broken.zip", b"PK\x03\x04 and no more"),
        ("text.csv", b"nothing, of ours\n1,2\n"),
    ],
)
async def test_a_wrong_file_is_told_as_what_it_is_and_stays_out(
    running: Running, name: str, content: bytes
) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send(name, content)
        assert re.search(rf'role="alert">[^<]*{re.escape(name)}', somebody.seen, re.IGNORECASE)
        assert "looked_at" not in somebody.seen
        answer = await somebody.press(
            "/import/go", {"file": somebody.hidden("file"), "looked_at": "1"}
        )
        assert answer.headers["Location"].endswith("changed=yes")
        assert await sessions(application) == 0


@pytest.mark.parametrize("odd", ["Word", "zoom "])
async def test_words_that_cannot_be_are_told_on_the_page(running: Running, odd: str) -> None:
    async with running() as application, visitor(application) as somebody:
        for name, label in (
            ("format", "Format"),
            ("time_zone", "timezone"),
            ("date_order", "Order of dates"),
            ("encoding", "Encoding"),
        ):
            await somebody.send("a.csv", b"x", {name: f"{odd}\0"})
            assert re.search(rf'role="alert">[^<]*{label}', somebody.seen), name


async def test_no_file_is_asked_for_again(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        answer = await somebody.send("", b"", status=400)
        assert "Choose a file first" in answer.text


async def test_too_large_a_file_is_refused_with_what_to_do(
    running: Running, own_folder: Path
) -> None:
    async with running() as application, visitor(application) as somebody:
        large = bytes(MOST_MEGABYTES * 1024 * 1024)
        for more in (1, 1024 * 1024):
            answer = await somebody.send("large.csv", large + bytes(more), status=413)
            assert f"larger than {MOST_MEGABYTES} MB" in answer.text
            assert "rollbook import" in answer.text
        assert kept_in(own_folder) == 0


async def test_too_many_rows_are_refused_and_none_goes_in(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.service.ingest.files.MOST_ROWS", 3)
    async with running() as application, visitor(application) as somebody:
        await somebody.send("a.jsonl", lines(*({"uid": f"s-{n}"} for n in range(3))))
        assert somebody.figures()["Would be added"] == "3"
        await somebody.send("a.jsonl", lines(*({"uid": f"s-{n}"} for n in range(3)), {"uid": ""}))
        assert "more than 3 rows" in somebody.seen


async def test_a_packed_file_is_unpacked(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send("a.jsonl.gz", gzip.compress(lines({})))
        assert somebody.figures()["Would be added"] == "1"


async def test_a_form_without_its_token_brings_nothing(running: Running, own_folder: Path) -> None:
    async with running() as application, visitor(application) as somebody:
        for token in ("", "0" * 64):
            answer = await somebody.client.post(
                "/import", data={"token": token}, files={"file": ("a.jsonl", lines({}))}
            )
            assert answer.status_code == 403
        assert kept_in(own_folder) == 0
        other = httpx.AsyncClient(transport=somebody.client._transport, base_url="http://x.test")
        answer = await other.post("/import", files={"file": ("a.jsonl", lines({}))})
        assert answer.headers["Location"] == "/sign-in"


async def test_odd_forms_are_refused_and_do_no_harm(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        part = b'--x\r\nContent-Disposition: form-data; name="token"%s\r\n\r\n\xff\r\n--x--\r\n'
        for kind, body in (
            ("multipart/form-data; boundary=x", part % b""),
            ("multipart/form-data; boundary=x", part % b"\r\nContent-Type: a/b; charset=nonsense"),
            ("multipart/form-data; boundary=x", b"--x\r\n"),
            ("multipart/form-data", b"--x\r\n"),
            ("text/plain", b"token"),
        ):
            answer = await somebody.client.post(
                "/import", content=body, headers={"Content-Type": kind}
            )
            assert 400 <= answer.status_code < 404, kind


async def test_nobody_elses_file_can_be_seen_imported_or_forgotten(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        services = application.services
        _, key = await create_organization(
            services.organizations, "Hillside", "UTC", services.now()
        )
        await somebody.send("a.jsonl", lines({}, {"uid": ""}))
        file, looked_at = somebody.hidden("file"), somebody.hidden("looked_at")
        await somebody.go()
        await somebody.send("b.jsonl", lines({"uid": "s-3"}))
        for path in (f"/import?file={file}", f"/import/rejects?file={file}"):
            await somebody.open(path)
        # Another organization, and the same one signed in once more.
        for other_key in (key, ""):
            async with visitor(application, other_key) as other:
                await other.open("/import")
                token = other.hidden("token")
                for path in ("", "/rejects"):
                    await other.open(f"/import{path}?file={file}", 404)
                for path in ("look", "go", "forget"):
                    answer = await other.client.post(
                        f"/import/{path}",
                        data={"token": token, "file": file, "looked_at": looked_at},
                    )
                    assert answer.status_code == 404, path
        await somebody.open(f"/import?file={file}")
        assert await sessions(application) == 1


async def test_an_import_of_another_organization_cannot_be_undone(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        services = application.services
        _, key = await create_organization(
            services.organizations, "Hillside", "UTC", services.now()
        )
        await somebody.send("a.jsonl", lines({}))
        await somebody.go()
        import_id = somebody.hidden("import")
        async with visitor(application, key) as other:
            await other.open("/import")
            assert "a.jsonl" not in other.seen
            await other.press("/import/undo", {"import": import_id}, 404)
        assert await sessions(application) == 1


async def test_ids_that_are_none_are_nowhere(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        for odd in ("x", "../../etc/passwd", "A" * 32, "%00", "a/b" * 9):
            await somebody.open(f"/import?file={odd}", 404)


async def test_a_file_that_was_looked_at_in_another_way_is_not_imported_blindly(
    running: Running,
) -> None:
    async with running() as application, visitor(application) as somebody:
        await somebody.send("a.jsonl", lines({}))
        looked_at = somebody.hidden("looked_at")
        await asyncio.sleep(0.002)
        await somebody.press(
            "/import/look", {"file": somebody.hidden("file"), "time_zone": "Asia/Tokyo"}
        )
        await somebody.go(looked_at=looked_at)
        assert "looked at in another way" in somebody.seen
        assert await sessions(application) == 0
        await somebody.go()
        assert await sessions(application) == 1


async def test_who_leaves_ends_the_import_between_two_batches_and_it_can_go_on(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process dies: what is in stays in, and nothing goes in twice."""
    monkeypatch.setattr(bringing, "AT_ONCE", 2)
    began, own = asyncio.Event(), stocked

    async def slow(counts: Any, *told: Any) -> AsyncIterator[Any]:
        async for count in own(counts, *told):
            yield count
            began.set()
            await asyncio.sleep(3600)

    async with running() as application, visitor(application) as somebody:
        await somebody.send("a.jsonl", lines(*({"uid": f"s-{n}"} for n in range(5))))
        monkeypatch.setattr(bringing, "stocked", slow)
        left = asyncio.create_task(leaves(somebody, application, began))
        await left
        assert await sessions(application) == 2
        monkeypatch.setattr(bringing, "stocked", own)
        await somebody.go()
        told = somebody.figures()
        assert (told["Added"], told["Known before"]) == ("3", "2")
        assert await sessions(application) == 5


async def leaves(somebody: Visitor, application: Application, began: asyncio.Event) -> None:
    """Ask for the import as a browser does, and leave in the middle of it."""
    fields = {name: somebody.hidden(name) for name in ("token", "file", "looked_at")}
    request = somebody.client.build_request("POST", "/import/go", data=fields)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/import/go",
        "raw_path": b"/import/go",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in request.headers.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("rollbook.test", 80),
        "state": {},
    }
    body = [{"type": "http.request", "body": request.content, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if body:
            return body.pop()
        await began.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await application.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 499
