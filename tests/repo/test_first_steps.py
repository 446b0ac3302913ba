"""The first steps as README tells them: what `make` sets up, shows and serves, and own data."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it comes without types
import pytest
from repo.tree import ROOT, text_of, tracked


@pytest.fixture
def bare_copy(tmp_path: Path) -> Path:
    """A copy of the tree, as somebody has it who has just fetched it."""
    folder = tmp_path / "copy"
    for file in tracked():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    return folder


@pytest.fixture
def copy(bare_copy: Path) -> Path:
    """A copy of the tree, with the checkout's own set-up."""
    (bare_copy / ".venv").symlink_to(ROOT / ".venv")
    return bare_copy


def environment(folder: Path) -> dict[str, str]:
    """The environment of somebody who works in this copy and has set nothing."""
    # Nor what the `make` that runs the tests tells the ones it starts.
    left_out = ("ROLLBOOK_", "MAKE", "MFLAGS", "PORT", "XDG_DATA_HOME")
    own = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**own, "PYTHONPATH": str(folder / "src"), "HOME": str(folder.parent)}


def command(*arguments: str) -> list[str]:
    """`make`, which takes the set-up as it is, whatever changed since: this is not the test of it."""
    return ["make", "--old-file=.venv/.runtime-ready", "--old-file=.venv/.ready", *arguments]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, *command(*arguments))


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process group of its own, in whose output is also what it says of trouble."""
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)


def said_until(process: subprocess.Popen[str], text: str) -> str:
    """What a process says, to the line with this text."""
    assert process.stdout is not None
    said = ""
    while text not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def wait_until_it_answers(port: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


# --- what is set up --------------------------------------------------------------------------


def installed_for(folder: Path, target: str) -> set[str]:
    """The files of requirements that `make` would install from, were nothing set up yet."""
    shown = run(folder, "make", "--dry-run", target)
    assert shown.returncode == 0, shown.stderr
    return set(re.findall(r"-r requirements/(\w+)\.txt", shown.stdout))


@pytest.mark.parametrize("target", ["demo", "serve"])
def test_to_run_rollbook_only_what_running_needs_is_installed(bare_copy: Path, target: str) -> None:
    assert installed_for(bare_copy, target) == {"build", "runtime"}


@pytest.mark.parametrize("target", ["install", "test", "check", "fix", "bench"])
def test_to_work_on_rollbook_everything_is_installed(bare_copy: Path, target: str) -> None:
    assert installed_for(bare_copy, target) == {"build", "runtime", "dev"}


def test_a_python_that_cannot_make_environments_is_told_with_what_helps(bare_copy: Path) -> None:
    python = bare_copy / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] || { echo "no ensurepip"; exit 1; }\n')
    python.chmod(0o755)
    failed = run(bare_copy, "make", "demo", f"PYTHON={python}")
    assert failed.returncode == 2
    assert "apt install python3-venv" in failed.stderr
    assert "pip install" not in failed.stdout


def test_readme_tells_the_two_commands_that_set_everything_up_on_one_screen() -> None:
    start = section("Sixty seconds")
    assert len(start.splitlines()) < 24
    assert "apt install python3-venv" in start
    assert re.findall(r"^    make (\w+)", start, re.MULTILINE)[:2] == ["demo", "test"]


# --- what is shown and served ----------------------------------------------------------------


def test_make_demo_shows_every_face_of_the_contract_and_ends(copy: Path) -> None:
    shown = make(copy, "demo")
    assert shown.returncode == 0, shown.stderr
    for expected in (
        '"roomGroups": [',
        '"isActive": true',
        '"sessions": [',
        "Participant Session Report\n",
        "Participant Session Report - Single Room\n",
        "Room ID;math-101",
        "'=HYPERLINK(1)",
        "王小明",
        '{"success":false,"message":"Unauthorized","error":"UNAUTHORIZED"}',
    ):
        assert expected in shown.stdout
    assert "Traceback" not in shown.stdout + shown.stderr


def a_command_starts(process: subprocess.Popen[str], port: str) -> str:
    """Wait until a command of ours is there; it is then in the middle of loading."""
    del port
    until = time.monotonic() + 60
    while not any(runs_rollbook(child) for child in psutil.Process(process.pid).children(True)):
        assert time.monotonic() < until
    time.sleep(0.05)
    return ""


def runs_rollbook(process: psutil.Process) -> bool:
    try:
        return "rollbook" in {Path(word).name for word in process.cmdline()}
    except psutil.NoSuchProcess:
        return False


def a_command_works(process: subprocess.Popen[str], port: str) -> str:
    del port
    return said_until(process, "New ledger made")


def the_service_answers(process: subprocess.Popen[str], port: str) -> str:
    said = said_until(process, " listens on ")
    wait_until_it_answers(port)
    return said


@pytest.mark.parametrize(
    ("target", "when", "signalled"),
    [
        ("demo", a_command_starts, signal.SIGTERM),
        ("demo", a_command_works, signal.SIGINT),
        ("serve", a_command_works, signal.SIGHUP),
        ("serve", the_service_answers, signal.SIGINT),
        ("serve", the_service_answers, signal.SIGTERM),
    ],
)
def test_the_demo_ends_with_all_that_it_started_and_without_a_traceback(
    copy: Path,
    target: str,
    when: Callable[[subprocess.Popen[str], str], str],
    signalled: signal.Signals,
) -> None:
    port = free_port()
    with started(copy, *command(target, f"PORT={port}")) as process:
        before = when(process, port)
        os.killpg(process.pid, signalled)
        # There is an end of the output only when the last process that could write to it is gone.
        after, _ = process.communicate(timeout=60)
        assert process.returncode != 0
    assert "Traceback" not in before + after
    assert "KeyboardInterrupt" not in before + after


def test_make_serve_serves_on_the_port_that_was_asked_for(copy: Path) -> None:
    port = free_port()
    with started(copy, *command("serve", f"PORT={port}")) as process:
        said = said_until(process, " listens on ")
        wait_until_it_answers(port)
    assert f"The dashboard: http://127.0.0.1:{port}/\n" in said
    assert f" listens on http://127.0.0.1:{port} " in said


def test_make_serve_names_no_address_where_the_port_is_taken(copy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = make(copy, "serve", f"PORT={port}")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith(f"port {port}: Address already in use. Take another one: ")
    assert not (copy / "build").exists()


@pytest.mark.parametrize("port", ["http", "0", "-1", "65536"])
def test_make_serve_takes_no_port_that_is_none(copy: Path, port: str) -> None:
    refused = make(copy, "serve", f"PORT={port}")
    assert refused.returncode == 2
    assert f"PORT={port} is no port" in refused.stderr


def test_make_help_lists_every_target(copy: Path) -> None:
    shown = make(copy, "help")
    assert shown.returncode == 0
    targets = set(re.findall(r"^([a-z]+):.*## ", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert {line.split()[0] for line in shown.stdout.splitlines()} == targets
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text_of(ROOT / "Makefile"), re.MULTILINE)
    assert set(phony.split()) == targets | {"test-most", "test-pages"}, (
        "`test` runs these two at a time"
    )


# --- own data --------------------------------------------------------------------------------


def section(heading: str) -> str:
    """A part of README, without its heading."""
    return text_of(ROOT / "README.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def lines_to_type(text: str) -> list[str]:
    """The commands of a part of README, in order."""
    return re.findall(r"^ {4}(\S.*)$", text.replace("\\\n", ""), re.MULTILINE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="README asks with curl")
def test_the_lines_of_readme_about_own_data_work_one_after_another(copy: Path) -> None:
    create, bring_in, serve, ask = lines_to_type(section("Your own data"))
    port = free_port()
    (key,) = re.findall(r"^VF-ORG-ID: (\S+)$", typed(copy, create), re.MULTILINE)
    assert typed(copy, bring_in.replace("ORG_ID", key)).startswith("5 rows: 5 added, ")
    with started(copy, *shlex.split(f"{serve} --port {port}")):
        wait_until_it_answers(port)
        asked = re.sub(r"\bORG_ID\b", key, ask.replace(":8080/", f":{port}/"))
        answer = json.loads(typed(copy, asked))
    assert rooms_and_sessions(answer) == {"physics-101": 1, "math-101": 2}


def rooms_and_sessions(answer: dict[str, Any]) -> dict[str, int]:
    return {group["roomId"]: len(group["sessions"]) for group in answer["data"]["roomGroups"]}


def typed(folder: Path, line: str) -> str:
    """What a line prints that is typed in a copy of the tree."""
    done = run(folder, "bash", "-c", line)
    assert done.returncode == 0, done.stderr
    return done.stdout
