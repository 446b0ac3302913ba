"""Break the code in known ways, one at a time, and see that the tests find each.

    .venv/bin/python tests/mutants.py [NAME...]

Works in a copy of the tree and changes nothing in the tree itself. Ends with 1 if a mutation
survives, or if the text that it replaces is no longer there.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import click
from repo.tree import name_of, tracked
from support.mutation import Mutation
from support.mutations import MUTATIONS

LONGEST_RUN = 300
"""Seconds after which a run of some tests is stopped; a single test has a minute."""

_PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=60")
_PASSED, _FAILED, _STOPPED = 0, 1, -1
"""What a run ends with; anything else is neither, as where there is no such test."""


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice([one.name for one in MUTATIONS]))
def main(names: Sequence[str]) -> None:
    chosen = [one for one in MUTATIONS if one.name in names or not names]
    with tempfile.TemporaryDirectory(prefix="rollbook-mutants-") as folder:
        copy = Path(folder) / "copy"
        _copy_to(copy)
        _require_green(copy, sorted({one.test for one in chosen}))
        outcomes = [attempt(copy, one) for one in chosen]
    killed = outcomes.count("killed")
    click.echo(f"{killed} of {len(chosen)} killed")
    raise SystemExit(killed != len(chosen))


def _copy_to(copy: Path) -> None:
    for file in tracked():
        target = copy / name_of(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    # The tests of the repository ask git which files there are.
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)


def _require_green(copy: Path, tests: Sequence[str]) -> None:
    """What fails without a mutation would say nothing of one; nor would tests of another tree."""
    find = "import rollbook; print(rollbook.__file__)"
    found = subprocess.check_output(
        [sys.executable, "-c", find], cwd=copy, env=_of(copy), text=True
    )
    if not Path(found).is_relative_to(copy):
        raise click.ClickException(f"the copy's tests would run {found.strip()}")
    code, said = _run(copy, tests)
    if code != _PASSED:
        raise click.ClickException(f"these tests fail without any mutation:\n{said}")


def attempt(copy: Path, mutation: Mutation) -> str:
    """What becomes of a mutation: killed, survived, broken (no tests ran), or stale."""
    begun = time.monotonic()
    file = copy / mutation.file
    original = file.read_text(encoding="utf-8") if file.is_file() else ""
    if original.count(mutation.old) != 1:
        return _said(mutation, "stale", "the text to replace does not stand there once", begun)
    file.write_text(original.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        code, said = _run(copy, [mutation.test])
    finally:
        file.write_text(original, encoding="utf-8")
    if code == _FAILED:
        return _said(mutation, "killed", "", begun)
    outcome = "survived" if code == _PASSED else "broken"
    return _said(mutation, outcome, said, begun)


def _said(mutation: Mutation, outcome: str, why: str, begun: float) -> str:
    click.echo(f"{outcome:8} {mutation.name} ({time.monotonic() - begun:.0f} s)")
    if why:
        click.echo(why.rstrip())
    return outcome


def _run(copy: Path, tests: Iterable[str]) -> tuple[int, str]:
    """Run tests in the copy; answers what pytest ended with, and the end of what it said."""
    process = subprocess.Popen(
        [sys.executable, *_PYTEST, *tests],
        cwd=copy,
        env=_of(copy),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=LONGEST_RUN)
    except subprocess.TimeoutExpired:
        return _STOPPED, f"stopped after {LONGEST_RUN} seconds"
    finally:
        _stop(process)
    return process.returncode, "\n".join(said.splitlines()[-30:])


def _stop(process: "subprocess.Popen[str]") -> None:
    """End a run that still goes on; it has a database server of its own to stop first."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _of(copy: Path) -> dict[str, str]:
    """The environment of a run: the program is the copy's, and no bytecode outlives a mutation."""
    return {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    main()
