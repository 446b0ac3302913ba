"""`rollbook org key add --value -`: the key that clients already have."""

from cli.commands import Cli

VALUE = "6567a1f09c2b4d0012ab34cd"


def test_a_key_from_standard_input_opens_the_organization_and_is_shown_nowhere(
    cli: Cli, key: str
) -> None:
    done = cli("org", "key", "add", key, "--label", "hosted", "--value", "-", stdin=f"{VALUE}\n")
    assert done.exit_code == 0, done.output
    assert VALUE not in done.output
    known_as = done.stdout.split()[-1].rstrip(".")
    listed = cli.json("org", "key", "list", VALUE)
    assert {one["id"]: one["label"] for one in listed}[known_as] == "hosted"
    cli.prints("org", "key", "revoke", key, known_as)
    assert "no organization" in cli.fails("org", "key", "list", VALUE)


def test_one_that_can_be_guessed_needs_force(cli: Cli, key: str) -> None:
    adding = ("org", "key", "add", key, "--value", "-")
    assert "can be guessed" in cli.fails(*adding, stdin="riverside\n")
    cli.prints(*adding, "--force", stdin="riverside\n")
    assert len(cli.json("org", "key", "list", "riverside")) == 2


def test_a_value_that_is_no_text_is_refused_in_a_line(cli: Cli, key: str) -> None:
    done = cli("org", "key", "add", key, "--value", "-", stdin=b"\xff\xfe\n")
    assert done.exit_code == 2
    assert "Unicode" in done.stderr
