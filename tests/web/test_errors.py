"""The one table of what errors mean: for programs and for pages, and for every kind there is."""

import pkgutil
from collections.abc import Iterator
from html import escape
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

import pytest
from litestar.exceptions import HTTPException

import rollbook
from rollbook.domain.errors import (
    Conflict,
    RollbookError,
    SchemaOutdated,
    SetupIncomplete,
    StoreUnavailable,
)
from rollbook.service.organizations.attempts import TooManyAttempts
from rollbook.web.dashboard import problems
from rollbook.web.http import errors
from rollbook.web.http.clients import Proxies
from rollbook.web.http.refusals import Refusal

TOLD: list[Refusal] = []
NOBODY = cast(
    "Any",
    SimpleNamespace(
        scope={
            "path": "/",
            "client": None,
            "litestar_app": SimpleNamespace(
                state=SimpleNamespace(
                    services=SimpleNamespace(
                        proxies=Proxies(), refusals=SimpleNamespace(note=TOLD.append)
                    )
                )
            ),
        },
        state=SimpleNamespace(),
        url=SimpleNamespace(path="/"),
    ),
)
"""A request of nobody, whose refusals are told to nobody."""


def kinds(kind: type[RollbookError] = RollbookError) -> Iterator[type[RollbookError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from kinds(inner)


def made(kind: type[RollbookError]) -> RollbookError:
    try:
        return kind("one sentence")
    except TypeError:
        return kind()  # type: ignore[call-arg]  # its sentence is always the same


def import_everything() -> None:
    for module in pkgutil.walk_packages(rollbook.__path__, "rollbook."):
        if module.name != "rollbook.__main__":
            import_module(module.name)


def test_every_kind_of_error_is_in_the_table() -> None:
    import_everything()
    # What pages make of an error of these is theirs.
    ours = {
        kind
        for kind in kinds()
        if kind.__module__.startswith("rollbook.") and ".web.dashboard." not in kind.__module__
    }
    assert len(ours) > 10
    assert errors.KINDS.keys() == ours


@pytest.mark.parametrize("kind", errors.KINDS, ids=lambda kind: kind.__name__)
def test_a_page_and_the_api_say_the_same_of_an_error(kind: type[RollbookError]) -> None:
    error = made(kind)
    page = problems.known_problem(NOBODY, error)
    answer = errors.known_error(NOBODY, error)
    status, code, title = errors.KINDS[kind]
    assert page.status_code == answer.status_code == status
    assert f'"error":"{code}"'.encode() in answer.content
    assert f"<h1>{escape(title)}</h1>" in page.content
    assert page.headers.get("Retry-After") == answer.headers.get("Retry-After")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Conflict("x"), 409),
        (SetupIncomplete("x"), 422),
        (TooManyAttempts(), 429),
        (SchemaOutdated("x"), 503),
    ],
)
def test_a_page_is_no_fault_of_the_server_where_the_kind_is_another(
    error: RollbookError, status: int
) -> None:
    page = problems.known_problem(NOBODY, error)
    assert page.status_code == status
    assert error.message in page.content


def test_a_kind_that_is_not_in_the_table_means_what_its_parent_does() -> None:
    kind = type("Doubled", (Conflict,), {"__module__": "of.this.test"})
    assert errors.known_error(NOBODY, kind("x")).status_code == 409


def test_what_ails_the_database_is_not_told_to_whoever_asks() -> None:
    error = StoreUnavailable("no route to host db-7", retry_after=9)
    page = problems.known_problem(NOBODY, error)
    answer = errors.known_error(NOBODY, error)
    assert "db-7" not in page.content
    assert b"db-7" not in answer.content
    assert page.headers["Retry-After"] == answer.headers["Retry-After"] == "9"


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 418])
def test_what_the_framework_refuses_has_one_status_everywhere(status: int) -> None:
    error = HTTPException(status_code=status, headers={"Allow": "GET"})
    page = problems.http_problem(NOBODY, error)
    answer = errors.http_error(NOBODY, error)
    assert page.status_code == answer.status_code == status
    assert page.headers["Allow"] == answer.headers["Allow"] == "GET"
