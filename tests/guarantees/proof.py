"""What is promised, how it was attacked, and what came of it: the rows of docs/guarantees.md.

    @pytest.mark.guarantee("A stranger cannot use up the connections", "2,000 silent connections")
    def test_silent_connections(proof: Proof) -> None:
        for _ in range(proof.rounds(short=1, whole=5)):
            ...
        proof.found("503 never; the last silent one is closed after 10 s")

The same tests are short in `make test` and whole in `make prove`, which writes the page; of some of them
alone (ONLY=), it leaves the others' rows as they are. How fast
something was is judged in the whole run alone, where the machine has nothing else to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Proof:
    """One row of the page, filled by its test."""

    subject: str
    """What it is about: the test module's docstring, a heading of the page."""

    promise: str
    attack: str
    command: str
    """What runs this attack again, and nothing else."""

    whole: bool
    done: int = 0
    results: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def rounds(self, *, short: int, whole: int) -> int:
        """How many rounds to make now."""
        self.done = whole if self.whole else short
        return self.done

    def found(self, result: str) -> None:
        """Say in the row what came of the attack, with its figures and their units."""
        self.results.append(result)

    def at_most(self, name: str, value: float, limit: float, unit: str) -> None:
        """Say a measured figure; in the whole run it may not be more than `limit`."""
        self._judge(f"{name} {_number(value)} {unit}", f"at most {_number(limit)}", value <= limit)

    def at_least(self, name: str, value: float, limit: float, unit: str) -> None:
        """Say a measured figure; in the whole run it may not be less than `limit`."""
        self._judge(f"{name} {_number(value)} {unit}", f"at least {_number(limit)}", value >= limit)

    def _judge(self, figure: str, limit: str, held: bool) -> None:
        self.results.append(f"{figure} ({limit})")
        if not held:
            self.missed.append(f"{figure}, {limit} was asked")


def page(proofs: Sequence[Proof], before: str = "") -> str:
    """docs/guarantees.md, from what was just run.

    Of a page of `before`, the rows stay that were not run again: of some attacks alone that is most.
    """
    subjects = _read(before)
    for proof in proofs:
        row = _row(proof)
        subjects.setdefault(proof.subject, {})[_key(row)] = row
    parts = [_HEAD]
    for subject, rows in subjects.items():
        parts.append("\n".join([f"## {subject}\n", *_TABLE_HEAD, *rows.values()]))
    return "\n\n".join(parts) + "\n"


def _read(text: str) -> dict[str, dict[str, str]]:
    """The rows of a page by their subject and by what is promised and attacked."""
    subjects: dict[str, dict[str, str]] = {}
    rows: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("## "):
            rows = subjects[line.removeprefix("## ")] = {}
        elif line.startswith("| ") and line not in _TABLE_HEAD:
            rows[_key(line)] = line
    return subjects


def _key(row: str) -> str:
    """What tells a row from the others: its first two cells."""
    return " | ".join(row.split(" | ")[:2])


def _row(proof: Proof) -> str:
    cells = (
        proof.promise,
        proof.attack,
        str(proof.done or 1),
        "; ".join([*proof.results, *(f"**missed: {one}**" for one in proof.missed)]) or "held",
        f"`{proof.command}`",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


_HEAD = """# What Rollbook guarantees, and how it was attacked

`make prove` writes this page from what it has just run; nothing in it is written by hand. Each
row can be run again by its command, which writes it anew; short forms of all are part of `make test`."""

_TABLE_HEAD = ("| promise | attack | rounds | result | again |", "|---|---|---:|---|---|")
