"""Readers of files: each turns a stream of bytes into checked rows, one at a time."""

import io
from pathlib import PurePath

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import (
    contract_csv,
    contract_json,
    csv_rows,
    json_rows,
    jsonl,
    teams,
    webex,
    zoom,
)
from rollbook.sources.files.rows import Reader
from rollbook.sources.files.tables import without_hint
from rollbook.sources.files.text import utf8
from rollbook.sources.files.unread import what_it_is, why_no_text

FORMATS: dict[str, Reader] = {
    "jsonl": jsonl.read_jsonl,
    "json": json_rows.read_json,
    "csv": csv_rows.read_csv,
    "zoom": zoom.read_zoom,
    "teams": teams.read_teams,
    "webex": webex.read_webex,
    "contract-csv": contract_csv.read_contract_csv,
    "contract-json": contract_json.read_contract_json,
}
"""The formats that can be imported, by the name that --format takes."""

HEAD = 4096
"""Bytes by which a format is recognized."""

# The first that recognizes a file reads it. An answer of the contract's is JSON in several lines too,
# reports of Teams, Webex and Zoom are CSV too, and Zoom's words occur in those of the others.
_RECOGNIZE = {
    "contract-csv": contract_csv.recognizes,
    "contract-json": contract_json.recognizes,
    "json": json_rows.recognizes,
    "jsonl": jsonl.recognizes,
    "csv": csv_rows.recognizes,
    "teams": teams.recognizes,
    "webex": webex.recognizes,
    "zoom": zoom.recognizes,
}
_JSON_LINES = {".jsonl", ".ndjson"}


def detect_format(filename: str, head: bytes, encoding: str | None = None) -> str | None:
    """The format of a file of this name that begins with these bytes; None if it is unknown."""
    text = _text(head, encoding)
    # Its first line may be damaged, but it begins neither like an array nor like an answer.
    by_name = PurePath(filename).suffix.lower() in _JSON_LINES
    if by_name and not text.lstrip().startswith("[") and not contract_json.recognizes(text):
        return "jsonl"
    return next((name for name, recognizes in _RECOGNIZE.items() if recognizes(text)), None)


def format_of(filename: str, head: bytes, encoding: str | None, said: str | None) -> str:
    """The format in which to read a file of this name that begins with these bytes.

    Raises InvalidInput, with what the file is and what to do, where it cannot be read.
    """
    text = _text(head, encoding)
    found = said or detect_format(filename, head, encoding)
    problem = why_no_text(head)
    # No lines are what an export of no sessions has.
    if (problem is None and found) or (found == "jsonl" and not head):
        return found
    formats = ", ".join(sorted(FORMATS))
    reason = (
        f"{filename} {problem or what_it_is(text)}. Formats that are read, as --format takes them"
    )
    raise InvalidInput(f"{reason}: {formats}", field="--format")


def _text(head: bytes, encoding: str | None) -> str:
    return without_hint(utf8(io.BytesIO(head), encoding).read().decode(errors="replace"))
