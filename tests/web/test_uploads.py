"""Files between two requests: for an hour, for their owner, on disk where all workers find them."""

import io
import stat
from pathlib import Path

import pytest

from rollbook.domain.errors import NotFound, StoreUnavailable
from rollbook.domain.ids import OrgId
from rollbook.web.http.uploads import KEPT_MS, MOST_KEPT, Owner, Uploads

ADA = Owner(OrgId("aaaaaaaaaa"), "token-of-ada")
BEGIN = 1_800_000_000_000


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def uploads(tmp_path: Path, clock: Clock) -> Uploads:
    return Uploads(clock, tmp_path / "uploads")


def kept(uploads: Uploads, owner: Owner = ADA, name: str = "a.csv", text: bytes = b"x") -> str:
    return uploads.keep(owner, name, io.BytesIO(text)).upload_id


def test_another_worker_finds_what_was_brought_and_said(
    uploads: Uploads, tmp_path: Path, clock: Clock
) -> None:
    upload = uploads.keep(ADA, "a.csv", io.BytesIO(b"content"))
    uploads.say(upload, ADA, "looked at")
    uploads.say(upload, ADA, "imported")
    found = Uploads(clock, tmp_path / "uploads").find(ADA, upload.upload_id)
    assert (found.name, found.said, found.content.read_bytes()) == ("a.csv", "imported", b"content")


def test_it_is_the_service_users_own_alone(uploads: Uploads, tmp_path: Path) -> None:
    upload_id = kept(uploads)
    with uploads.open_rejects(uploads.find(ADA, upload_id)) as rejects:
        rejects.write(b"row")
    for path in [tmp_path / "uploads", *(tmp_path / "uploads").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("owner", [Owner(ADA.org_id, "another"), Owner(OrgId("b" * 10), ADA.token)])
def test_nobody_else_finds_it(uploads: Uploads, owner: Owner) -> None:
    upload_id = kept(uploads)
    with pytest.raises(NotFound):
        uploads.find(owner, upload_id)


def test_what_opens_forms_is_not_written_down(uploads: Uploads, tmp_path: Path) -> None:
    kept(uploads)
    for path in (tmp_path / "uploads").rglob("*"):
        assert ADA.token not in str(path)
        assert path.is_dir() or ADA.token.encode() not in path.read_bytes()


@pytest.mark.parametrize("after", [KEPT_MS, -KEPT_MS])
def test_it_is_found_for_an_hour_and_then_forgotten(
    uploads: Uploads, clock: Clock, tmp_path: Path, after: int
) -> None:
    """Nor is it found by a clock that was set back for so long."""
    upload_id = kept(uploads)
    clock.at = BEGIN + after - (1 if after > 0 else -1)
    uploads.sweep()
    assert uploads.find(ADA, upload_id).name == "a.csv"
    clock.at = BEGIN + after
    with pytest.raises(NotFound, match="kept for an hour"):
        uploads.find(ADA, upload_id)
    uploads.sweep()
    assert not list((tmp_path / "uploads").glob("*/*.file"))


def test_the_oldest_of_an_organization_makes_room(uploads: Uploads, clock: Clock) -> None:
    others = kept(uploads, Owner(OrgId("b" * 10), "other"))
    ids = []
    for _ in range(MOST_KEPT + 1):
        clock.at += 1000
        ids.append(kept(uploads))
    with pytest.raises(NotFound):
        uploads.find(ADA, ids[0])
    assert [uploads.find(ADA, one).upload_id for one in ids[1:]] == ids[1:]
    assert uploads.find(Owner(OrgId("b" * 10), "other"), others).name == "a.csv"


def test_what_was_forgotten_meanwhile_is_told_so(uploads: Uploads) -> None:
    upload = uploads.keep(ADA, "a.csv", io.BytesIO(b"x"))
    uploads.drop(upload)
    with pytest.raises(NotFound, match="Choose it once more"):
        uploads.open(upload)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("C:\\fakepath\\a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\0b\u202ec\ud800.csv", "a\ufffdb\ufffdc\ufffd.csv"),
        ("", "file"),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_is_kept_as_what_can_be_shown(uploads: Uploads, told: str, name: str) -> None:
    assert uploads.find(ADA, kept(uploads, name=told)).name == name


@pytest.mark.parametrize("odd", ["", "x", "../a", "A" * 31, "A" * 32 + "\n", "é" * 32])
def test_ids_of_no_file_lead_nowhere(uploads: Uploads, odd: str) -> None:
    with pytest.raises(NotFound):
        uploads.find(ADA, odd)


def test_a_folder_that_somebody_else_put_there_is_not_written_to(
    tmp_path: Path, clock: Clock
) -> None:
    for number, make in enumerate((_open_to_others, _a_link, _a_file)):
        folder = tmp_path / str(number)
        make(folder)
        with pytest.raises(StoreUnavailable):
            kept(Uploads(clock, folder))


def _open_to_others(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def _a_link(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


def _a_file(folder: Path) -> None:
    folder.write_text("")


def test_a_full_disk_is_told_as_what_it_is(uploads: Uploads) -> None:
    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            del size
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreUnavailable, match="No space left"):
        uploads.keep(ADA, "a.csv", Full())
