"""Files that are not read: each is told what it is, and what to do next.

A format that becomes readable is recognized before it comes here.
"""

import re

from rollbook.domain.values import value

_BYTES_OF_MARKS = b"\xef\xbb\xbf\xff\xfe\x00"
_LONGEST_SHOWN = 200

_HTML = re.compile(rb"[\s\xef\xbb\xbf\xff\xfe]*<(?:!doctype|html|\?xml)", re.IGNORECASE)

_PACKED = "unpack it, and import what is in it"
_SAVE_AS_CSV = "open it where it was made, save the sheet as CSV UTF-8 or .xlsx, and import that"
_PLATFORM = "export the report from the platform again, as CSV"
_BINARY = {
    b"%PDF": ("a PDF document", _PLATFORM),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook of the old form, or with a password", _SAVE_AS_CSV),
    b"7z\xbc\xaf": ("a 7-Zip archive", _PACKED),
    b"Rar!": ("a RAR archive", _PACKED),
    b"BZh": ("a bzip2 file", _PACKED),
    b"\xfd7zXZ": ("an xz file", _PACKED),
    b"\x28\xb5\x2f\xfd": ("a Zstandard file", _PACKED),
    b"PK\x05\x06": ("a .zip with nothing in it", _PLATFORM),
    b"SQLite format 3": ("a database", "a ledger is moved with its file, see docs/operations.md"),
    b"\x89PNG": ("a picture", _PLATFORM),
    b"\xff\xd8\xff": ("a picture", _PLATFORM),
}


def _renamed(**columns: str) -> str:
    """What to do with a table whose columns stand for ours."""
    pairs = ", ".join(f"{theirs} to {ours}" for ours, theirs in columns.items())
    return (
        f"To import it as CSV, rename its columns: {pairs}; add roomId, and write instants with date and "
        "offset, like 2024-01-15T09:05:30+01:00"
    )


@value
class _Kind:
    """A kind of file by what stands in its first lines, all of it, in small letters."""

    what: str
    words: tuple[str, ...]
    advice: str

    def recognizes(self, text: str) -> bool:
        return all(re.search(word, text) for word in self.words)


_JOINS = (
    r"hora de (unión|entrada|ingresso)|beitrittszeit|heure d.arrivée|godzina dołączenia|"
    r"ora di (accesso|partecipazione)|tijdstip van deelname|参加時刻|加入时间|加入時間"
)
_GIVEN_NAME_THEN_FAMILY_NAME = (
    r'(?:^|[,;\t])"?(?:vorname|prénom|nombre|nome|imię|voornaam)"?[,;\t]\s*'
    r'"?(?:nachname|apellidos?|nom|nom de famille|cognome|sobrenome|nazwisko|achternaam)\b'
)
_KINDS = (
    _Kind(
        "Zoom's report of unique users, which has no times",
        (r"\(original name\)", r"total duration"),
        "Export it again with 'Show unique users' unticked and 'Export with meeting data' ticked",
    ),
    _Kind(
        "a Zoom report in another language than English",
        (
            r"[(\uff08](nombre|nome|nom|name|originele|original|ursprüng|原|元|원래|исходн|oryginaln|orijinal|orig)",
            r"@",
        ),
        "Set the language of the Zoom portal to English, and export it again",
    ),
    _Kind(
        "an attendance report of Google Meet",
        (r"time joined", r"time exited"),
        _renamed(uid="Email", joinedAt="Time joined", leftAt="Time exited"),
    ),
    _Kind(
        "a report of Webex's, and not its attendee report in English",
        (r"join time", r"attendee (email|name)|attendance duration|meeting (topic|name)"),
        "Set the language of the site to English, and export Reports > Attendees. "
        + _renamed(uid="Email", joinedAt="Join Time", leftAt="Leave Time"),
    ),
    _Kind(
        "BigBlueButton's learning dashboard",
        (r"activity score", r"\bjoin\b", r"\bleft\b"),
        _renamed(uid="Name", joinedAt="Join", leftAt="Left"),
    ),
    _Kind(
        "an attendance report of Google Meet in another language than English",
        (_GIVEN_NAME_THEN_FAMILY_NAME, _JOINS),
        "Set the language to English, and export it again; then its columns can be renamed to be read as CSV",
    ),
    _Kind(
        "a report of Webex's in another language than English",
        (r"\bwebex\b|\bmeeting[- ]?name\b|nombre de la reunión|nom de la réunion", _JOINS),
        "Set the language of the site to English, and export Reports > Attendees",
    ),
    _Kind(
        "a log of Moodle's, which has no times of joining and leaving",
        (r"user full name", r"event context"),
        "Import what the platform of the meeting itself reports",
    ),
    _Kind(
        "an attendance sheet of Moodle's, which has no times of joining and leaving",
        (r"surname|last name", r"first name", r"email address|all students|id number"),
        "Import what the platform of the meeting itself reports",
    ),
    _Kind(
        "a Microsoft Teams report in another language than English",
        (_JOINS,),
        "Set the language of Teams to English, and download it again",
    ),
)


def why_no_text(head: bytes) -> str | None:
    """What a file is that begins with these bytes and has no text to read, and what to do."""
    if not head:
        return "is empty: export it again, after the meeting is over"
    if not head.strip(_BYTES_OF_MARKS):
        return "has only a byte order mark in it and no text: export it again"
    for magic, (what, advice) in _BINARY.items():
        if head.startswith(magic):
            return f"is {what}: {advice}"
    if _HTML.match(head.replace(b"\0", b"")):
        return (
            "is a web page (HTML), perhaps one that asks to sign in: sign in, and download it again"
        )
    return None


def what_it_is(text: str) -> str:
    """What a file is that begins like this and that no format recognizes, and what to do."""
    lowered = text.casefold()
    for kind in _KINDS:
        if kind.recognizes(lowered):
            return f"is {kind.what}. {kind.advice}"
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        return "has only blank lines in it: export it again"
    return (
        "has no format that is recognized. A report in another language than English: set the "
        "platform's language, and export it again. Any other table is read as CSV when its columns are "
        f"named uid, roomId, joinedAt and leftAt, and not {_beginning(first)}"
    )


def _beginning(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST_SHOWN])
    return " ".join(shown.split())
