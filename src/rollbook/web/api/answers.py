"""Answers as JSON or as a file, whichever is asked for by `format` or by `Accept`."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Literal, cast
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.errors import InvalidInput
from rollbook.domain.table import Table
from rollbook.formats.csv_lines import csv_chunks
from rollbook.formats.xlsx import workbook_chunks
from rollbook.web.api.openapi_parts import Json, answer, query_parameter, reference
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import LongReads, for_nobody
from rollbook.web.http.services import AnyRequest
from rollbook.web.http.streaming import GUARDED, FileAnswer, made_in_a_thread, media_type_of
from rollbook.web.http.tables import csv_of_parts, workbook_of_parts

Format = Literal["json", "csv", "xlsx"]
FileFormat = Literal["csv", "xlsx"]

_FILES: Sequence[FileFormat] = ("csv", "xlsx")
_MEDIA: Mapping[str, Format] = {media_type_of(form): form for form in _FILES}

FORMAT_PARAMETER: Json = query_parameter(
    "format",
    "Instead of `Accept`: `json`, `csv` or `xlsx`.",
    {"type": "string", "enum": ["json", "csv", "xlsx"]},
)


class Answer:
    """An answer of either kind, as the one kind that the framework asks a handler to name."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)


def asked_form(request: AnyRequest) -> Format:
    """The form in which somebody wants an answer. Raises InvalidInput for one that is none."""
    told = text({"format": request.query_params.get("format")}, "format")
    if told is None:
        # Of several that are accepted alike, JSON: a browser accepts anything.
        first = request.headers.get("accept", "").partition(",")[0].partition(";")[0]
        return _MEDIA.get(first.strip().lower(), "json")
    if told not in {"json", "csv", "xlsx"}:
        raise InvalidInput("format must be json, csv or xlsx", field="format")
    return cast("Format", told)


def answered(request: AnyRequest, response: Response[bytes]) -> Answer:
    """An answer that is there as a whole."""
    return Answer(response.to_asgi_response(app=None, request=request))


def left_alone(request: AnyRequest) -> Answer:
    """The answer that nobody gets, since its reader left."""
    return answered(request, for_nobody())


def file_answer(
    reads: LongReads, name: str, form: FileFormat, table: Table, zone: ZoneInfo
) -> Answer:
    """A table as a file; `name` has no ending."""
    chunks = csv_chunks(table, CsvForm()) if form == "csv" else workbook_chunks([table], zone)
    return Answer(FileAnswer(f"{name}.{form}", made_in_a_thread(chunks), GUARDED, reads))


def file_of_parts(
    reads: LongReads,
    name: str,
    form: FileFormat,
    tables: AsyncGenerator[Table, None],
    zone: ZoneInfo,
) -> Answer:
    """The same of a table that is read from the database in parts, while it is sent."""
    made = csv_of_parts(tables, CsvForm()) if form == "csv" else workbook_of_parts(tables, zone)
    return Answer(FileAnswer(f"{name}.{form}", made, GUARDED, reads))


def described(summary: str, shape: type[msgspec.Struct]) -> Json:
    """The answer of all three forms, for the document."""
    told = answer(f"{summary}.", reference(shape))
    files = {media: {"schema": {"type": "string"}} for media in _MEDIA}
    return {**told, "content": {**told["content"], **files}}
