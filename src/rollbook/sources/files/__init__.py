"""Readers of files: each turns a stream of bytes into checked rows, one at a time."""

import io
from pathlib import PurePath

from rollbook.sources.files import contract_csv, contract_json, csv_rows, jsonl, teams, webex, zoom
from rollbook.sources.files.rows import Reader
from rollbook.sources.files.text import utf8

FORMATS: dict[str, Reader] = {
    "jsonl": jsonl.read_jsonl,
    "csv": csv_rows.read_csv,
    "zoom": zoom.read_zoom,
    "teams": teams.read_teams,
    "webex": webex.read_webex,
    "contract-csv": contract_csv.read_contract_csv,
    "contract-json": contract_json.read_contract_json,
}
"""The formats that can be imported, by the name that --format takes."""

# Reports of Teams, Webex and Zoom are CSV too, and Zoom's words occur in those of the others.
_RECOGNIZE = {
    "contract-csv": contract_csv.recognizes,
    "contract-json": contract_json.recognizes,
    "jsonl": jsonl.recognizes,
    "csv": csv_rows.recognizes,
    "teams": teams.recognizes,
    "webex": webex.recognizes,
    "zoom": zoom.recognizes,
}
_JSON_LINES = {".jsonl", ".ndjson"}


def detect_format(filename: str, head: bytes) -> str | None:
    """The format of a file of this name that begins with these bytes; None if it is unknown."""
    if PurePath(filename).suffix.lower() in _JSON_LINES:
        return "jsonl"
    text = utf8(io.BytesIO(head)).read().decode(errors="replace")
    return next((name for name, recognizes in _RECOGNIZE.items() if recognizes(text)), None)
