"""What is answered past the framework is answered as the framework would."""

import gc
import weakref
from typing import Any

import pytest
from web.application import Application, Running

from rollbook.web.http.direct import direct, raise_what_failed

PATH = "/v1/participant/sessions"


def asked(application: Application) -> list[dict[str, Any]]:
    """Requests that go right and wrong in every way."""
    key = {"VF-ORG-ID": application.key}
    return [
        {"method": "POST", "headers": key, "json": {"uid": "jane", "startDate": "2024-01-15"}},
        {"method": "POST", "headers": key, "json": {"uid": "jane", "export": "csv"}},
        {"method": "POST", "headers": key, "json": {}},
        {"method": "POST", "headers": key, "content": b"{", "json": None},
        {"method": "POST", "headers": key, "json": {"uid": "x" * 70_000}},
        {"method": "POST", "json": {"uid": "jane"}},
        {"method": "POST", "headers": {"VF-ORG-ID": "nobody"}, "json": {"uid": "jane"}},
        {"method": "OPTIONS"},
        {"method": "GET"},
        {"method": "PUT", "json": {}},
    ]


async def test_it_makes_no_difference(running: Running) -> None:
    async with running() as application:
        for request in asked(application):
            method = request.pop("method")
            answers = [
                # With a slash at its end, a path is no plain one any more.
                await application.client.request(method, path, **request)
                for path in (PATH, f"{PATH}/")
            ]
            first, second = [
                (answer.status_code, answer.content, sorted(told(answer))) for answer in answers
            ]
            assert first == second, request


def told(answer: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name != "x-request-id"]


async def test_a_host_that_is_none_is_refused(running: Running) -> None:
    async with running() as application:
        key = {"VF-ORG-ID": application.key, "Host": "a b"}
        answer = await application.client.post(PATH, json={"uid": "jane"}, headers=key)
        assert answer.status_code == 400


async def test_requests_are_counted_by_the_route_as_it_is_declared(running: Running) -> None:
    async with running(ROLLBOOK_METRICS_TOKEN="t") as application:
        for body in ({"uid": "jane"}, {}):
            key = {"VF-ORG-ID": application.key}
            await application.client.post(PATH, json=body, headers=key)
        proof = {"Authorization": "Bearer t"}
        figures = (await application.client.get("/metrics", headers=proof)).text
        for status in ("200", "400"):
            labels = f'{{method="POST",route="{PATH}",status="{status}"}}'
            assert f"rollbook_http_request_duration_seconds_count{labels} 1.0" in figures


class Framework:
    def __init__(self) -> None:
        self.raised: list[Exception] = []

    async def __call__(self, scope: Any, _: Any, __: Any) -> None:
        try:
            raise_what_failed(scope)
        except LookupError as error:
            self.raised.append(error)


async def ask(begins: bool) -> Framework:
    """A route that fails, before or after the beginning of its answer."""
    framework = Framework()

    async def fails(_: Any, __: Any, send: Any) -> None:
        if begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError

    async def send(_: Any) -> None:
        pass

    scope: Any = {"path": "/x", "root_path": "", "headers": [], "state": {}}
    await direct(framework, {"/x": fails})(scope, None, send)  # type: ignore[arg-type]  # nobody receives
    return framework


async def test_what_fails_is_handed_to_the_framework() -> None:
    assert len((await ask(begins=False)).raised) == 1


async def test_what_fails_after_its_beginning_is_broken_off() -> None:
    with pytest.raises(LookupError):
        await ask(begins=True)


async def test_nothing_of_a_request_that_failed_is_left(running: Running) -> None:
    """The server closes a connection when nobody holds it, and no collector is waited for."""

    class Connection:
        def __init__(self) -> None:
            self.statuses: list[int] = []

        async def receive(self) -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(self, message: Any) -> None:
            if "status" in message:
                self.statuses.append(message["status"])

    async with running() as application:
        connection = Connection()
        scope: Any = {
            "type": "http",
            "method": "POST",
            "path": PATH,
            "raw_path": PATH.encode(),
            "root_path": "",
            "query_string": b"",
            "client": ("127.0.0.1", 1),
            "headers": [],
            "state": {},
        }
        gc.disable()
        try:
            await application.app(scope, connection.receive, connection.send)
            assert connection.statuses == [401]
            left = weakref.ref(connection)
            del connection, scope
            assert left() is None
        finally:
            gc.enable()
