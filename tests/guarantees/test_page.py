"""The page of guarantees keeps what was not run again."""

from guarantees.proof import Proof, page


def _proof(attack: str, result: str, subject: str = "Clocks") -> Proof:
    proof = Proof(subject, "Nothing | is lost", attack, "make prove ONLY=x", whole=True)
    proof.found(result)
    return proof


def test_rows_of_attacks_that_were_run_again_are_new_and_others_stay_in_their_place() -> None:
    first = [_proof("a day", "held"), _proof("a year", "held"), _proof("a stop", "held", "Stops")]
    before = page(first)
    assert page([], before) == before
    assert page([_proof("a day", "1 lost")], before) == before.replace("held", "1 lost", 1)
    more = page([_proof("a month", "held")], before)
    assert more.index("a year") < more.index("a month") < more.index("## Stops")


def test_a_whole_run_keeps_nothing_of_before() -> None:
    assert "a year" not in page([_proof("a day", "held")])
