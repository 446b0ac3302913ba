"""Reads the contract's own JSON, as this service or the hosted API answers it: a person's history.

Both forms are read, grouped and of a single room, and files in which several answers follow each
other or stand in an array. A grouped answer has the ten newest sessions of each room, and every answer is a page: what is
missing is told as a rejected row. The CSV of the same question is whole.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from rollbook.domain.errors import InvalidInput
from rollbook.domain.values import value
from rollbook.sources.files.rows import (
    ImportRow,
    ReadOptions,
    SessionFields,
    checked_session,
    rejected,
    require_end,
)
from rollbook.sources.files.text import utf8

LARGEST = 64 * 1024 * 1024
"""Bytes of a file; answers are read whole, and one has a hundred sessions at most."""

_WHOLE = "ask for the CSV, which has all of them"


class _Session(msgspec.Struct, rename="camel"):
    joined_at: str
    left_at: str | None = None
    ip_address: str | None = None
    is_active: bool = False


class _Room(msgspec.Struct, rename="camel"):
    room_id: str
    room_title: str | None = None
    sessions: list[_Session] = msgspec.field(default_factory=list)
    session_count: int = 0


class _Person(msgspec.Struct):
    uid: str
    name: str | None = None
    role: str | None = None


class _Page(msgspec.Struct, rename="camel"):
    page: int = 1
    has_more: bool = False


class _Data(msgspec.Struct, rename="camel"):
    participant: _Person
    room_groups: list[_Room] | None = None
    room: _Room | None = None
    sessions: list[_Session] = msgspec.field(default_factory=list)
    pagination: _Page = msgspec.field(default_factory=_Page)


class _Answer(msgspec.Struct):
    data: _Data


@value
class _Place:
    """An answer, and the line where it begins."""

    line: int
    data: _Data

    def rooms(self) -> list[_Room]:
        if self.data.room is None:
            return self.data.room_groups or []
        return [msgspec.structs.replace(self.data.room, sessions=self.data.sessions)]

    def key(self, page: int) -> tuple[str, str | None, int]:
        room = self.data.room
        return self.data.participant.uid, None if room is None else room.room_id, page


def read_contract_json(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each session of the answers, and a reject for whatever an answer lacks.

    Raises InvalidInput where the file is no such answer. Of the options only the encoding counts.
    """
    answers = list(_answers(_text(stream, options.encoding)))
    pages = {answer.key(answer.data.pagination.page) for answer in answers}
    for answer in answers:
        for room in answer.rooms():
            yield from _sessions(answer, room)
        page = answer.data.pagination
        if page.has_more and answer.key(page.page + 1) not in pages:
            reason = f"the answer is page {page.page}, and the next one is missing: {_WHOLE}"
            yield rejected(answer.line, reason, "")


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is such an answer."""
    begins = text.lstrip().startswith(("{", "["))
    return begins and '"participant"' in text and ('"roomGroups"' in text or '"room"' in text)


def _text(stream: BinaryIO, encoding: str | None) -> str:
    source = utf8(stream, encoding)
    content = source.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InvalidInput("file must be at most 64 MiB long: ask for the CSV instead")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"file must be valid {source.encoding} text") from None


def _answers(text: str) -> Iterator[_Place]:
    decoder, at, line = json.JSONDecoder(), 0, 1
    while at < len(text):
        if text[at].isspace():
            line += text[at] == "\n"
            at += 1
            continue
        value, end = _decoded(decoder, text, at)
        for one in value if isinstance(value, list) else [value]:
            yield _Place(line, _checked(one, line))
        line += text.count("\n", at, end)
        at = end


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, at)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(f"file must be JSON: {problem}") from None


def _checked(value: object, line: int) -> _Data:
    try:
        return msgspec.convert(value, _Answer).data
    except (msgspec.ValidationError, UnicodeEncodeError) as problem:
        message = f"line {line}: this is no answer with a participant's sessions: {problem}"
        raise InvalidInput(message) from None


def _sessions(answer: _Place, room: _Room) -> Iterator[ImportRow]:
    for session in room.sessions:
        yield _session(answer, room, session)
    if room.session_count > len(room.sessions):
        have = f"has {room.session_count} sessions, of which the answer holds {len(room.sessions)}"
        yield rejected(answer.line, f"room {room.room_id} {have}: {_WHOLE}", "")


def _session(answer: _Place, room: _Room, session: _Session) -> ImportRow:
    person = answer.data.participant
    try:
        require_end(session.left_at, active=session.is_active)
        fields = SessionFields(
            person.uid,
            person.name,
            person.role,
            room.room_id,
            room.room_title,
            session.joined_at,
            session.left_at,
            session.ip_address,
        )
        return checked_session(answer.line, fields)
    except InvalidInput as problem:
        return rejected(answer.line, problem.message, json.dumps(_raw(session)))


def _raw(session: _Session) -> Mapping[str, object]:
    raw: dict[str, object] = msgspec.to_builtins(session)
    return raw
