from pathlib import Path

import pytest

from rollbook.sources.files import FORMATS, detect_format

FIXTURES = Path(__file__).parents[2] / "fixtures" / "import"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.*")), ids=lambda path: path.name)
def test_every_fixture_is_recognized_by_what_it_begins_with(path: Path) -> None:
    name = path.name.partition("_")[0].removesuffix(".csv").removesuffix(".jsonl")
    expected = {"sessions": path.suffix[1:]}.get(name, name)
    assert detect_format("upload", path.read_bytes()[:4096]) == expected
    assert expected in FORMATS


@pytest.mark.parametrize(
    ("filename", "head", "expected"),
    [
        ("a.jsonl", b"", "jsonl"),
        ("A.NDJSON", b"what", "jsonl"),
        ("upload", b'\xef\xbb\xbf\n {"uid":', "jsonl"),
        ("upload.csv", '{"uid":'.encode("utf-16"), "jsonl"),
        ("upload.csv", b'"roomid"\t"UID"\t"JoinedAt"\n', "csv"),
        (
            "upload.csv",
            b"sep=|\nMeeting Topic|Name|Email|Join Time|Leave Time\n",
            "webex",
        ),
        ("upload.csv", b"name,age\n", None),
        ("upload.csv", b"", None),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0", None),
    ],
)
def test_detection(filename: str, head: bytes, expected: str | None) -> None:
    assert detect_format(filename, head) == expected
