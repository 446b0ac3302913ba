"""Which ledger a command uses: the same from every folder, and never a new one without a word."""

import re
from pathlib import Path

import pytest
from cli.commands import Cli

from rollbook.store.engine.opening import database_for

MAKES = ("org create School", "db upgrade")
READS = ("org list", "report jane --org x", "ledger verify --org x", "db check", "db backup x.db")
ALL_COMMANDS = (*MAKES, *READS, "check", "db status", "serve")
DEFAULT = ".local/share/rollbook/rollbook.db"


@pytest.fixture
def unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line of somebody who set nothing, in an empty folder of their home."""
    for name in ("ROLLBOOK_DATABASE_URL", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    in_folder(tmp_path / "work", monkeypatch)
    return Cli("")


def in_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)


def files_in(folder: Path) -> set[str]:
    """All files, but for the one that a ledger is locked by."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)) for file in files if not file.name.endswith("-lock")}


def test_without_a_setting_the_ledger_is_the_same_from_every_folder(
    unset: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = unset.json("org", "create", "School")["id"]
    in_folder(tmp_path / "other", monkeypatch)
    assert [row["id"] for row in unset.json("org", "list")] == [made]
    assert files_in(tmp_path) == {DEFAULT}


def test_the_folder_of_the_default_ledger_is_for_its_owner_alone(
    unset: Cli, tmp_path: Path
) -> None:
    unset.prints("org", "create", "School")
    assert (tmp_path / DEFAULT).parent.stat().st_mode & 0o777 == 0o700


def test_the_default_ledger_is_where_the_user_keeps_data(
    unset: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    unset.prints("org", "create", "School")
    assert files_in(tmp_path) == {"data/rollbook/rollbook.db"}


def test_a_place_for_data_that_would_follow_the_folder_is_ignored(
    unset: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    unset.prints("org", "create", "School")
    assert files_in(tmp_path) == {DEFAULT}


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///ledger.db", "work/ledger.db"),
        ("sqlite:///rollbook.db", "work/rollbook.db"),
        ("sqlite:///~/ledger.db", "ledger.db"),
        ("sqlite:///{home}/absolute.db", "absolute.db"),
    ],
)
def test_who_says_where_the_ledger_is_has_it_there(
    unset: Cli, tmp_path: Path, url: str, file: str
) -> None:
    del unset
    told = Cli(url.format(home=tmp_path))
    assert told("db", "upgrade").stderr == f"New ledger made: {tmp_path / file}\n"
    assert files_in(tmp_path) == {file}


def test_a_folder_that_somebody_named_is_not_made(unset: Cli, tmp_path: Path) -> None:
    del unset
    line = Cli(f"sqlite:///{tmp_path}/mistyped/ledger.db").fails("db", "upgrade")
    assert f"{tmp_path}/mistyped/ledger.db" in line
    assert files_in(tmp_path) == set()


@pytest.mark.parametrize("command", READS)
def test_what_only_reads_makes_no_ledger(unset: Cli, tmp_path: Path, command: str) -> None:
    line = unset.fails(*command.split())
    assert (
        line == f"rollbook: there is no ledger at {tmp_path / DEFAULT}; `rollbook serve` makes one"
    )
    assert files_in(tmp_path) == set()


@pytest.mark.parametrize("command", READS)
def test_a_file_without_anything_in_it_is_no_ledger(tmp_path: Path, command: str) -> None:
    file = tmp_path / "ledger.db"
    file.touch()
    line = Cli(f"sqlite:///{file}").fails(*command.split())
    assert line == f"rollbook: {file} holds no ledger; `rollbook serve` makes one"


def test_a_new_ledger_is_for_its_owner_alone(unset: Cli, tmp_path: Path) -> None:
    unset.prints("org", "create", "School")
    assert (tmp_path / DEFAULT).stat().st_mode & 0o777 == 0o600


def test_no_ledger_is_made_beside_the_log_of_another(unset: Cli, tmp_path: Path) -> None:
    unset.prints("org", "create", "School")
    ledger = tmp_path / DEFAULT
    ledger.rename(ledger.with_name("elsewhere"))
    ledger.with_name("rollbook.db-wal").write_bytes(b"events that were acknowledged")
    assert "rollbook.db-wal is there and its ledger" in unset.fails("db", "upgrade")
    assert not ledger.exists()


@pytest.mark.parametrize("command", MAKES)
def test_a_command_that_makes_a_ledger_says_where_and_the_next_is_silent(
    unset: Cli, tmp_path: Path, command: str
) -> None:
    said = f"New ledger made: {tmp_path / DEFAULT}"
    assert said in unset(*command.split()).stderr.splitlines()
    assert said not in unset(*command.split()).stderr


def test_check_looks_where_the_ledger_will_be_and_makes_nothing(unset: Cli, tmp_path: Path) -> None:
    assert unset.prints("check") == (
        "Settings: ok\n"
        f"Database (sqlite, {tmp_path / DEFAULT}): not there yet, `rollbook serve` will make it\n"
        "Schema: `rollbook serve` will upgrade it\n"
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["work"]


@pytest.mark.parametrize("command", ["check", "db upgrade", "serve --port 1"])
def test_a_default_ledger_that_cannot_be_made_is_told_by_its_place(
    unset: Cli, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("HOME", "/proc/nobody")
    line = unset.fails(*command.split())
    assert "cannot write to /proc" in line


def test_who_has_no_home_is_told_what_to_set(unset: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", no_home)
    assert unset.fails("check") == (
        "rollbook: no home directory is known here: say in ROLLBOOK_DATABASE_URL where the ledger is"
    )


# --- ledgers of the time when the default followed the working directory ---------------------


@pytest.fixture
def former(unset: Cli, tmp_path: Path) -> Path:
    """A ledger in the working directory, with an organization."""
    del unset
    Cli("sqlite:///rollbook.db").prints("org", "create", "School")
    return tmp_path / "work" / "rollbook.db"


@pytest.mark.parametrize("command", ALL_COMMANDS)
@pytest.mark.parametrize("both", [False, True], ids=["alone", "beside the default one"])
def test_a_ledger_of_the_former_default_is_never_passed_by_in_silence(
    unset: Cli, former: Path, monkeypatch: pytest.MonkeyPatch, command: str, both: bool
) -> None:
    if both:
        in_folder(former.parents[1] / "other", monkeypatch)
        unset.prints("org", "create", "Another")
        monkeypatch.chdir(former.parent)
    before = files_in(former.parents[1])
    line = unset.fails(*command.split())
    assert line.startswith(
        "rollbook: this folder has a rollbook.db, which is no longer the default"
    )
    assert files_in(former.parents[1]) == before


def test_what_is_said_of_a_former_ledger_leads_to_it(unset: Cli, former: Path) -> None:
    del former
    (url,) = re.findall(r"ROLLBOOK_DATABASE_URL=(\S+)", unset.fails("org", "list"))
    assert [row["name"] for row in Cli(url).json("org", "list")] == ["School"]


def test_in_its_own_folder_the_default_ledger_is_no_former_one(
    unset: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset.prints("org", "create", "School")
    monkeypatch.chdir((tmp_path / DEFAULT).parent)
    assert [row["name"] for row in unset.json("org", "list")] == ["School"]


# --- names of places -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://rollbook:s3cret@db:5433/ledger", "ledger on db:5433"),
        ("postgresql://rollbook:s3%40cret@[::1]/ledger", "ledger on [::1]"),
        ("postgresql://a:s3cret@one:1,two:2/ledger", "ledger on one:1,two:2"),
        ("postgresql:///ledger?host=/run/postgresql&password=s3cret", "ledger on /run/postgresql"),
        ("postgresql://db?dbname=ledger&user=a", "ledger on db"),
        ("postgresql://db/my%20ledger", "my ledger on db"),
        ("postgres://", "the default database on the default server"),
    ],
)
def test_the_place_of_a_postgresql_database_is_its_name_and_server_without_password(
    url: str, place: str
) -> None:
    assert database_for(url).place == place
