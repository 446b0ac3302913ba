"""`rollbook import --dry-run`: what a file would bring."""

import json

import click

from rollbook.cli.output import print_json
from rollbook.domain.instants import optional_text, to_text
from rollbook.service.ingest.importing import Preview


def tell_preview(preview: Preview, rejected: int, as_json: bool) -> None:
    """Print what an import would do."""
    if as_json:
        print_json(json.dumps(_as_json(preview, rejected)))
        return
    count = preview.count
    click.echo(
        f"{count.rows} rows: {count.added} would be added, {count.changed} changed, "
        f"{count.unchanged} unchanged; {rejected} rejected"
    )
    click.echo(f"{len(preview.people)} people in {len(preview.rooms)} rooms{_span(preview)}")
    click.echo("Nothing was imported.")


def _span(preview: Preview) -> str:
    if preview.first_join is None or preview.last_join is None:
        return ""
    return f", joined from {to_text(preview.first_join)} to {to_text(preview.last_join)}"


def _as_json(preview: Preview, rejected: int) -> dict[str, object]:
    count = preview.count
    return {
        "dryRun": True,
        "rows": count.rows + rejected,
        "added": count.added,
        "changed": count.changed,
        "unchanged": count.unchanged,
        "rejected": rejected,
        "people": len(preview.people),
        "rooms": len(preview.rooms),
        "firstJoinedAt": optional_text(preview.first_join),
        "lastJoinedAt": optional_text(preview.last_join),
    }
