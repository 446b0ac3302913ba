"""Options that several commands have."""

import click

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


def really(yes: bool, done: str) -> bool:
    """Whether somebody said --yes to what cannot be taken back; who did not is told."""
    if not yes:
        click.echo(f"Nothing was {done}: say it again with --yes.", err=True)
    return yes
