"""Attacks as tests: short in `make test`; with `--whole` as they stand in docs/guarantees.md."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from guarantees.proof import Proof, page

_PROOFS = pytest.StashKey[list[Proof]]()
_HELD = pytest.StashKey[bool]()
"""Whether an attack that came to its end found what was promised."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "guarantee(promise, attack): a row of docs/guarantees.md")
    config.stash[_PROOFS] = []


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The row that this test fills. Fails at the end of a whole run that missed a limit."""
    marker = request.node.get_closest_marker("guarantee")
    assert marker is not None, "say what is promised: @pytest.mark.guarantee(promise, attack)"
    whole = bool(request.config.getoption("--whole"))
    subject = (request.module.__doc__ or "").partition("\n")[0].rstrip(".")
    promise, attack = marker.args
    if variant := getattr(request.node, "callspec", None):
        attack = f"{attack} ({variant.id})"
    again = f"make prove ONLY={request.node.originalname}"
    row = Proof(subject, promise, attack, again, whole)
    yield row
    held = request.node.stash.get(_HELD, None)
    if held is None:
        return  # it was interrupted, and says nothing
    request.config.stash[_PROOFS].append(row)
    if not held:
        row.missed.append("what was promised did not hold")
    elif whole:
        assert not row.missed, "; ".join(row.missed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_HELD] = report.passed
    return report


def pytest_exception_interact(node: pytest.Item, report: pytest.TestReport) -> None:
    # At once, as a whole run takes an hour, and otherwise tells what failed at its end.
    reporter = node.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and node.config.getoption("--whole"):
        reporter.write_line(f"\n{node.name}\n{_errors_of(report)}")


def _errors_of(report: pytest.TestReport) -> str:
    return "\n".join(line for line in report.longreprtext.splitlines() if line.startswith("E"))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    written: Path | None = session.config.getoption("--write-guarantees")
    # Also with limits that were missed: the page says so, and the run fails. And what was proved
    # before Ctrl-C is proved.
    ran = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
    if written is not None and exitstatus in ran:
        chosen = session.config.getoption("keyword") or exitstatus == pytest.ExitCode.INTERRUPTED
        before = written.read_text(encoding="utf-8") if chosen and written.exists() else ""
        proofs = session.config.stash[_PROOFS]
        written.write_text(page(proofs, before), encoding="utf-8")
