"""Who takes gzip is sent it, and everybody is told the same."""

import asyncio
import gzip
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web.application import Running

from rollbook.web.http import compression
from rollbook.web.http.compression import LEAST_BYTES, compressed, holds_no_secret, takes_gzip

JSON, CSV, HTML = b"application/json", b"text/csv; charset=utf-8", b"text/html; charset=utf-8"
XLSX = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONG = b"Room 3: Classes, and More\r\n" * 100

Headers = list[tuple[bytes, bytes]]


async def answer(
    pieces: Sequence[bytes],
    accepts: bytes | None,
    *headers: tuple[bytes, bytes],
    status: int = 200,
    harmless: bool = False,
) -> tuple[dict[bytes, bytes], list[bytes]]:
    """What comes of an answer in pieces: its headers, and its pieces."""
    sent: list[Any] = []

    async def application(scope: Any, _: Any, send: Any) -> None:
        if harmless:
            holds_no_secret(scope)
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for number, piece in enumerate(pieces):
            more = number < len(pieces) - 1
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def send(message: Any) -> None:
        sent.append(message)

    asks: Headers = [] if accepts is None else [(b"accept-encoding", accepts)]
    scope: Any = {"type": "http", "headers": asks, "state": {}}
    await compressed(application)(scope, None, send)  # type: ignore[arg-type]  # nobody receives
    start, *parts = sent
    return dict(start["headers"]), [part["body"] for part in parts]


def second_reading(header: str) -> bool:
    """Whether gzip is preferred, read by the book: RFC 9110, 12.5.3 and 12.4.2."""
    told: dict[str, int] = {}
    for element in header.split(","):
        name, *parameters = [part.strip(" \t") for part in element.split(";")]
        thousandths = 1000
        if parameters:
            key, _, value = parameters[0].partition("=")
            whole, _, rest = value.partition(".")
            assert key == "q"
            thousandths = int(whole) * 1000 + int(rest.ljust(3, "0") or 0)
        told[name] = thousandths
    wanted = next((told[name] for name in ("gzip", "x-gzip", "*") if name in told), 0)
    return wanted > 0 and wanted >= told.get("identity", 0)


weights = st.sampled_from(["", ";q=0", ";q=0.0", "; q=0.5", ";q=0.501", " ; q=1", ";q=1.000"])
codings = st.sampled_from(["gzip", "x-gzip", "identity", "*", "br", "zstd", "deflate"])
elements = st.tuples(codings, weights).map("".join)


@given(
    st.lists(elements, min_size=1, max_size=6, unique_by=lambda one: one.partition(";")[0].strip())
)
def test_weights_are_read_by_the_book(told: list[str]) -> None:
    assert takes_gzip(", ".join(told)) == second_reading(", ".join(told))


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip, deflate, br, zstd", True),
        ("GZIP", True),
        ("*", True),
        ("br;q=1, *;q=0", False),
        ("gzip;q=0, *", False),
        ("identity, gzip;q=0.5", False),
        ("gzip;q=0.5, identity;q=0", True),
        ("", False),
        ("deflate", False),
        ("gzip;q=2", False),
        ("gzip;q=0.0001", False),
        ("gzip;level=9", False),
        ("gzip;q=", False),
        (",,\x00;;q=1,gzip", True),
    ],
)
def test_who_takes_gzip(header: str, *, taken: bool) -> None:
    assert takes_gzip(header) == taken


@given(st.text())
def test_no_header_is_too_odd_to_be_read(header: str) -> None:
    takes_gzip(header)


@given(
    pieces=st.lists(st.binary(max_size=20_000), min_size=1, max_size=5),
    accepts=st.sampled_from([None, b"gzip", b"br", b"gzip;q=0", b"*;q=0.1"]),
    kind=st.sampled_from([JSON, CSV, HTML, XLSX]),
    told_length=st.booleans(),
)
def test_everybody_is_told_the_same(
    pieces: list[bytes], accepts: bytes | None, kind: bytes, *, told_length: bool
) -> None:
    whole = b"".join(pieces)
    headers: Headers = [(b"content-type", kind)]
    if told_length:
        headers.append((b"content-length", str(len(whole)).encode()))
    told, parts = asyncio.run(answer(pieces, accepts, *headers))
    sent = b"".join(parts)
    is_packed = b"content-encoding" in told
    assert (gzip.decompress(sent) if is_packed else sent) == whole
    assert int(told.get(b"content-length", len(sent))) == len(sent)
    if is_packed:
        assert accepts in {b"gzip", b"*;q=0.1"}
        assert kind in {JSON, CSV}
        assert told[b"vary"] == b"Accept-Encoding"
    elif accepts == b"gzip" and kind in {JSON, CSV}:
        assert len(whole) < LEAST_BYTES


@pytest.mark.parametrize("accepts", [b"gzip", b"br", None])
@pytest.mark.parametrize("kind", [JSON, CSV])
async def test_caches_are_told_that_others_may_be_answered_otherwise(
    accepts: bytes | None, kind: bytes
) -> None:
    told, _ = await answer([LONG], accepts, (b"content-type", kind))
    assert told[b"vary"] == b"Accept-Encoding"


async def test_what_is_small_packed_or_a_page_is_left_as_it_is() -> None:
    left = [
        ([LONG[: LEAST_BYTES - 1]], [(b"content-type", JSON)]),
        ([LONG], [(b"content-type", XLSX)]),
        ([LONG], [(b"content-type", HTML)]),
        ([LONG], [(b"content-type", JSON), (b"content-encoding", b"br")]),
        ([LONG], []),
    ]
    for pieces, headers in left:
        told, parts = await answer(pieces, b"gzip", *headers)
        assert parts == pieces
        assert told == dict(headers)


async def test_a_page_that_says_it_holds_no_secret_is_compressed() -> None:
    told, parts = await answer([LONG], b"gzip", (b"content-type", HTML), harmless=True)
    assert told[b"content-encoding"] == b"gzip"
    assert gzip.decompress(b"".join(parts)) == LONG


@pytest.mark.parametrize(
    ("tag", "sent"), [(b'"a"', b'W/"a"'), (b'W/"a"', b'W/"a"')], ids=["strong", "weak"]
)
async def test_the_tag_of_what_is_compressed_is_weak(tag: bytes, sent: bytes) -> None:
    headers = ((b"content-type", JSON), (b"etag", tag))
    assert (await answer([LONG], b"gzip", *headers))[0][b"etag"] == sent
    assert (await answer([LONG], None, *headers))[0][b"etag"] == tag


@pytest.mark.parametrize("status", [204, 206, 304])
async def test_what_has_no_whole_body_is_left_as_it_is(status: int) -> None:
    told, _ = await answer([b""], b"gzip", (b"content-type", JSON), status=status)
    assert told == {b"content-type": JSON}


async def test_each_piece_can_be_read_as_soon_as_it_is_there() -> None:
    pieces = [b"a,b\r\n", b"1,2\r\n" * 10, LONG * 40, b""]
    _, parts = await answer(pieces, b"gzip", (b"content-type", CSV))
    reader = zlib.decompressobj(31)
    assert [reader.decompress(part) for part in parts] == pieces
    assert reader.eof


async def test_a_file_that_breaks_off_has_no_end() -> None:
    sent: list[bytes] = []

    async def application(_: Any, __: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", CSV)]}
        await send(start)
        await send({"type": "http.response.body", "body": LONG, "more_body": True})
        raise ConnectionError

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    scope: Any = {"type": "http", "headers": [(b"accept-encoding", b"gzip")], "state": {}}
    with pytest.raises(ConnectionError):
        await compressed(application)(scope, None, send)  # type: ignore[arg-type]  # nobody receives
    with pytest.raises(EOFError):
        gzip.decompress(b"".join(sent))


async def test_what_takes_long_leaves_the_loop_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    in_threads: list[int] = []

    async def noted(work: Any, body: bytes, **named: Any) -> Any:
        in_threads.append(len(body))
        return work(body, **named)

    monkeypatch.setattr(compression, "in_a_thread", noted)
    await answer([b"x" * 2000, b"y" * 100_000, b"z"], b"gzip", (b"content-type", CSV))
    assert in_threads == [100_000]


async def test_a_client_gets_its_answers_compressed_and_reads_what_others_read(
    running: Running,
) -> None:
    async with running() as application:
        key = {"VF-ORG-ID": application.key}
        event = {"type": "participant.joined", "time": "2026-01-15T09:00:00Z", "roomId": "r"}
        events = [
            event | {"id": f"e{n}", "sessionId": f"s{n}", "participant": {"uid": "jane"}}
            for n in range(100)
        ]
        told = await application.client.post("/v1/events", json={"events": events}, headers=key)
        assert told.headers["content-encoding"] == "gzip"
        assert len(told.json()["data"]["results"]) == 100
        question = {"uid": "jane", "startDate": "2026-01-15"}
        for body in (question, question | {"export": "csv"}):
            both = [
                await application.client.post(
                    "/v1/participant/sessions",
                    json=body,
                    headers=key | {"Accept-Encoding": accepts},
                )
                for accepts in ("gzip", "identity")
            ]
            packed, plain = both
            assert packed.headers["content-encoding"] == "gzip"
            assert "content-encoding" not in plain.headers
            assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 2
            assert {answer.headers["vary"] for answer in both} == {"Accept-Encoding"}
            if "export" in body:
                # Durations of sessions that run may have gone on between the two.
                assert len(packed.text.splitlines()) == len(plain.text.splitlines())


async def test_no_page_with_a_form_is_compressed(running: Running) -> None:
    async with running() as application:
        page = await application.client.get("/sign-in")
        assert 'name="token"' in page.text
        assert len(page.content) > LEAST_BYTES
        assert "content-encoding" not in page.headers
