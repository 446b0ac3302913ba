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
