"""Files into the ledger from a browser: chosen, looked at, imported, and taken back."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Response, post
from litestar.exceptions import HTTPException

from rollbook.domain.audit import Action
from rollbook.domain.errors import InvalidInput, NotFound
from rollbook.domain.period import time_zone
from rollbook.domain.sources import OwnKind
from rollbook.service.ingest.files import MOST_ROWS, FileWords
from rollbook.service.ingest.importing import told_again, undo_import
from rollbook.service.ingest.ports import FileImport
from rollbook.service.organizations.settings import time_zone_names
from rollbook.service.organizations.sources import own_source
from rollbook.web.dashboard import problems
from rollbook.web.dashboard.bringing import AT_ONCE, Bringing, Progress
from rollbook.web.dashboard.guard import require_sign_in_with_file
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.requests import asked, brought_by, form_of, note_done, signed_in_of
from rollbook.web.dashboard.services import FileServices, page_services_of
from rollbook.web.http.long_reads import PAGE_SECONDS, ReaderLeft, attended, for_nobody, within
from rollbook.web.http.services import AnyRequest, readable, services_of
from rollbook.web.http.spool import Chunk
from rollbook.web.http.streaming import GUARDED, FileAnswer, made_in_a_thread
from rollbook.web.http.threads import in_a_thread
from rollbook.web.http.uploads import Owner, Upload

MOST_MEGABYTES = 20
_MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
_REST_OF_FORM = 16 * 1024

_SHOWN_IMPORTS = 50
_CHUNK = 64 * 1024

_TOO_LARGE = (
    f"The file is larger than {MOST_MEGABYTES} MB. Pack it (.zip or .gz), take it in parts, or let "
    "who runs the server import it with `rollbook import`."
)
_TOO_LONG = (
    "That took too long. What is in stays in, and nothing of it twice: import the file once more, "
    "take it in parts, or let who runs the server do it with `rollbook import`."
)
_NOT_THIS = "The file was looked at in another way meanwhile. See below what would go in now."
_NO_IMPORT = "There is no such import, or it was taken back already."

_FORMS = {
    "zoom": "Zoom: participants report",
    "teams": "Microsoft Teams: attendance report",
    "webex": "Webex: attendee report",
    "csv": "Rollbook: CSV",
    "json": "Rollbook: JSON",
    "jsonl": "Rollbook: JSON lines",
    "contract-csv": "Export of this API: CSV",
    "contract-json": "Answer of this API: JSON",
}
_DATE_ORDERS = {
    "mdy": "03/04/24 is 4 March 2024",
    "dmy": "03/04/24 is 3 April 2024",
    "ymd": "03/04/24 is 24 April 2003",
}
_LABELS = {
    "--format": "“Format”",
    "--timezone": "“Time zone”",
    "--room-title": "“Title of that room”",
    "--room": "“Room”",
    "--date-order": "“Order of dates”",
    "--encoding": "“Encoding”",
}
"""What the command's options are called on the page; a longer name comes first."""


def in_words_of_the_page(text: str) -> str:
    """A sentence with the page's own fields in the place of the command's options."""
    for option, label in _LABELS.items():
        text = text.replace(option, label)
    return text


@readable("/import")
async def import_page(request: AnyRequest) -> Response[str]:
    """The form for a file; or with one, how far it is. Raises NotFound for one that is not here."""
    upload_id = asked(request, "file")
    if not upload_id:
        return await _page(request)
    bringing = await _bringing(request, upload_id)
    problem = _NOT_THIS if asked(request, "changed") else ""
    return await _page(request, bringing=bringing, problem=problem)


def _refused(request: AnyRequest, error: HTTPException) -> Response[str]:
    if error.status_code != 413:
        return problems.http_problem(request, error)
    return problems.too_large(error, _TOO_LARGE)


@post(
    "/import",
    status_code=200,
    before_request=require_sign_in_with_file,
    request_max_body_size=_MOST_BYTES + _REST_OF_FORM,
    exception_handlers={HTTPException: _refused},
)
async def bring_file(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Take a file, and look what it would bring."""
    brought, files = brought_by(request), _files(request)
    try:
        chosen = brought.file
        if chosen is None:
            return await _page(request, problem="Choose a file first.", status=400)
        upload = await in_a_thread(
            files.uploads.keep, _owner(request), chosen.filename, chosen.file
        )
    finally:
        await brought.close()
    if upload.content.stat().st_size > _MOST_BYTES:
        await in_a_thread(files.uploads.drop, upload)
        return await _page(request, problem=_TOO_LARGE, status=413)
    bringing = Bringing(files, services_of(request).organizations, _owner(request), upload)
    return await _looked(request, bringing, _words(request, brought.fields))


@post("/import/look", status_code=200)
async def look_again(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Look at the same file in another way."""
    form = await form_of(request)
    bringing = await _bringing(request, form.get("file", ""))
    return await _looked(request, bringing, _words(request, form))


async def _looked(
    request: AnyRequest, bringing: Bringing, words: FileWords
) -> Response[str] | Response[bytes]:
    async def look() -> Response[str]:
        await bringing.note(await bringing.look(words, services_of(request).now()))
        return redirect(url("/import", file=bringing.upload.upload_id))

    return await _at_work(request, look)


@post("/import/go", status_code=200)
async def import_file(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Import the file just as it was looked at."""
    form = await form_of(request)
    bringing = await _bringing(request, form.get("file", ""))
    progress = bringing.progress(signed_in_of(request).organization.time_zone)
    here = url("/import", file=bringing.upload.upload_id)
    if progress.look is None or form.get("looked_at") != str(progress.looked_at):
        return redirect(url("/import", file=bringing.upload.upload_id, changed="yes"))

    async def bring() -> Response[str]:
        try:
            progress.result = await bringing.bring(progress.words, services_of(request).now())
            if progress.result.import_id:
                await note_done(request, Action.IMPORTED, f"import {progress.result.import_id}")
        except InvalidInput as error:
            progress.problem = error.message
        await bringing.note(progress)
        return redirect(here)

    return await _at_work(request, bring)


@post("/import/undo", status_code=200)
async def undo(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Take back what an import added."""
    import_id = (await form_of(request)).get("import", "")
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    source = own_source(org_id, OwnKind.IMPORT, None, services.now())

    async def take_back() -> Response[str]:
        imports = _files(request).imports
        try:
            async for _ in undo_import(imports, source, import_id, services.now(), AT_ONCE):
                pass
        except NotFound:
            raise NotFound(_NO_IMPORT) from None
        await note_done(request, Action.IMPORT_UNDONE, f"import {import_id}")
        return redirect(url("/import", undone=import_id))

    return await _at_work(request, take_back)


@post("/import/forget", status_code=200)
async def forget_file(request: AnyRequest) -> Response[str]:
    """Forget a file before its hour is over."""
    bringing = await _bringing(request, (await form_of(request)).get("file", ""))
    await in_a_thread(_files(request).uploads.drop, bringing.upload)
    return redirect("/import")


@readable("/import/rejects")
async def rejects_file(request: AnyRequest) -> FileAnswer:
    """The rows of a file that could not be read, and why, as lines of JSON."""
    upload = (await _bringing(request, asked(request, "file"))).upload
    if not upload.rejects.exists():
        raise NotFound("Of this file there are no rejected rows.")
    reads = services_of(request).long_reads(signed_in_of(request).organization.org_id)
    name = f"{upload.name}.rejects.jsonl"
    return FileAnswer(name, _content(upload.rejects), GUARDED, reads)


async def _content(path: Path) -> AsyncGenerator[Chunk, None]:
    with path.open("rb") as file:
        async for chunk in made_in_a_thread(iter(lambda: file.read(_CHUNK) or None, None)):
            yield chunk


async def _at_work(
    request: AnyRequest, work: Callable[[], Awaitable[Response[str]]]
) -> Response[str] | Response[bytes]:
    """What work on a file comes to: in turn, in time, and for as long as somebody waits for it."""
    try:
        async with _turn(request):
            return await work()
    except ReaderLeft:
        return for_nobody()


@asynccontextmanager
async def _turn(request: AnyRequest) -> AsyncIterator[None]:
    org_id = signed_in_of(request).organization.org_id
    async with (
        attended(request.receive),
        within(PAGE_SECONDS, _TOO_LONG),
        _files(request).working.turn(org_id),
    ):
        yield


async def _bringing(request: AnyRequest, upload_id: str) -> Bringing:
    """A file of whoever asks. Raises NotFound."""
    files, owner = _files(request), _owner(request)
    upload: Upload = await in_a_thread(files.uploads.find, owner, upload_id)
    return Bringing(files, services_of(request).organizations, owner, upload)


def _files(request: AnyRequest) -> FileServices:
    return page_services_of(request).files


def _owner(request: AnyRequest) -> Owner:
    signed_in = signed_in_of(request)
    return Owner(signed_in.organization.org_id, signed_in.form_token)


def _words(request: AnyRequest, form: Mapping[str, str]) -> FileWords:
    said = {name: text.strip() or None for name, text in form.items()}
    return FileWords(
        said.get("time_zone") or signed_in_of(request).organization.time_zone,
        said.get("format"),
        said.get("room"),
        said.get("room_title"),
        said.get("date_order"),
        said.get("encoding"),
    )


async def _page(
    request: AnyRequest, bringing: Bringing | None = None, problem: str = "", status: int = 200
) -> Response[str]:
    organization = signed_in_of(request).organization
    zone = organization.time_zone
    progress = bringing.progress(zone) if bringing else Progress(FileWords(zone))
    files = await _files(request).imports.latest_imports(organization.org_id, _SHOWN_IMPORTS)
    undone = asked(request, "undone")
    return page(
        request,
        "import.html",
        status,
        upload=bringing.upload if bringing else None,
        progress=progress,
        problem=problem,
        undone=_named(files, undone),
        again=told_again(files, undone) if _named(files, undone) else [],
        brought=_named(files, progress.result.import_id) if progress.result else None,
        files=files,
        zones=time_zone_names(),
        zone=time_zone(progress.words.time_zone) if progress.look else None,
        forms=_FORMS,
        date_orders=_DATE_ORDERS,
        most_megabytes=MOST_MEGABYTES,
        most_rows=MOST_ROWS,
        in_words=in_words_of_the_page,
    )


def _named(files: list[FileImport], import_id: str | None) -> FileImport | None:
    return next((file for file in files if file.import_id == import_id), None)
