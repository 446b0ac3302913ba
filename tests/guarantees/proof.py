"""What is promised, how it was attacked, and what came of it: the rows of docs/guarantees.md.

    @pytest.mark.guarantee("A stranger cannot use up the connections", "2,000 silent connections")
    def test_silent_connections(proof: Proof) -> None:
        for _ in range(proof.rounds(short=1, whole=5)):
            ...
        proof.found("503 never; the last silent one is closed after 10 s")

The same tests are short in `make test` and whole in `make prove`, which writes the page. How fast
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


def page(proofs: Sequence[Proof]) -> str:
    """docs/guarantees.md, from what was just run."""
    parts = [_HEAD]
    for subject in dict.fromkeys(proof.subject for proof in proofs):
        rows = [_row(proof) for proof in proofs if proof.subject == subject]
        parts.append("\n".join([f"## {subject}\n", *_TABLE_HEAD, *rows]))
    return "\n\n".join(parts) + "\n"


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

`make prove` wrote this page from what it had just run; nothing in it is written by hand. Each
row can be run again by its command; short forms of all of them are part of `make test`."""

_TABLE_HEAD = ("| promise | attack | rounds | result | again |", "|---|---|---:|---|---|")
