"""Options that several commands have."""

import click

from rollbook.domain.errors import InvalidInput

org_option = click.option(
    "--org",
    "org_reference",
    required=True,
    metavar="ORG_ID",
    help="The organization: its VF-ORG-ID, its id from `rollbook org list`, or - to read it "
    "from standard input.",
)


json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


yes_option = click.option(
    "--yes", is_flag=True, help="Do it; without, only say what would be done."
)


def require_yes(yes: bool, done: str) -> None:
    """Raises InvalidInput where nobody said --yes to what cannot be taken back."""
    if not yes:
        raise InvalidInput(f"nothing was {done}: say it again with --yes", field="--yes")
