"""What is not read says what it is, whatever it is called and whichever format is named."""

import pytest

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import FORMATS, format_of
from rollbook.sources.files.text import known_encoding


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"%PDF-1.7", "is a PDF document: export the report from the platform again"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an Excel workbook of the old form, or with a password: "),
        (b"7z\xbc\xaf\x27", "is a 7-Zip archive: unpack it"),
        (b"PK\x05\x06\0\0", "is a .zip with nothing in it"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"\xff\xfe", "has only a byte order mark in it"),
        (b"\xef\xbb\xbf", "has only a byte order mark in it"),
        (b"", "is empty: export it again, after the meeting is over"),
        ("\ufeff <HTML>".encode("utf-16"), "is a web page .HTML."),
        (b"\n<?xml version", "is a web page .HTML."),
    ],
)
def test_what_is_no_text_is_refused_in_every_format(head: bytes, told: str) -> None:
    for said in (None, "csv", "zoom", "teams", "json"):
        with pytest.raises(InvalidInput, match=f"^upload.csv {told}") as error:
            format_of("upload.csv", head, None, said)
        assert error.value.message.endswith(", ".join(sorted(FORMATS)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Nom (nom d'origine),E-mail,Heure d'arrivée\nMei,mei@ecole.example",
            "a Zoom report in an",
        ),
        (
            "名前\uff08元の名前\uff09,メール,参加時間\nMei,mei@school.example",
            "a Zoom report in another",
        ),
        ("Nome Completo;Ora di accesso;Ora di uscita", "a Microsoft Teams report in another"),
        (
            "Nombre,Apellido,Correo electrónico,Hora de entrada\nAda,Nova",
            "Google Meet in another language",
        ),
        ("Vorname;Nachname;E-Mail;Beitrittszeit", "Google Meet in another language"),
        ("Meeting-Name,Anzeigename,Beitrittszeit", "Webex's in another language"),
        ("Time,User full name,Affected user,Event context", "a log of Moodle's"),
        ("Surname,First name,Email address,Groups", "an attendance sheet of Moodle's"),
        (
            "Attendee Name,Attendee Email,Join Time,Leave Time\nAda,a@b.example,09:00 am,10:00 am",
            "a report of Webex's, and not its attendee report",
        ),
        ("\n \n", "has only blank lines in it: export it again"),
        (
            "who\twhen\x07\nMei\tnow",
            "has no format .*uid, roomId, joinedAt and leftAt, and not who when",
        ),
    ],
)
def test_what_no_format_recognizes_says_what_it_is(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as error:
        format_of("upload.csv", text.encode(), None, None)
    assert error.value.field == "--format"


def test_a_format_that_is_named_is_taken() -> None:
    assert format_of("upload.csv", b"who,when\n", None, "zoom") == "zoom"
    assert format_of("a.jsonl", b"", None, None) == "jsonl"


def test_another_encoding_is_looked_at_as_well() -> None:
    head = '{"uid": "mei"}'.encode("cp037")
    assert format_of("upload", head, "cp037", None) == "jsonl"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("windows-1252", "cp1252"),
        ("Shift_JIS", "shift_jis"),
        ("UTF-16", "utf-16"),
        ("utf8", "utf-8"),
    ],
)
def test_encodings_of_files_are_known(name: str, codec: str) -> None:
    assert known_encoding(name) == codec


@pytest.mark.parametrize("name", ["", "hex", "rot13", "idna", "utf-7", "no such", "a\0b", "ü"])
def test_what_is_no_encoding_of_files_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="must name a text encoding, like windows-1252"):
        known_encoding(name)
