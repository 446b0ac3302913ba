"""`rollbook imports`: which files were imported, and taking one back."""

import json

import click

from rollbook.cli.opening import note_import, opened_stores
from rollbook.cli.options import json_option, org_option
from rollbook.cli.output import print_json, print_rows, printable
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.audit import Action
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.sources import OwnKind
from rollbook.service.ingest.importing import told_again, undo_import
from rollbook.service.ingest.ports import FileImport
from rollbook.service.organizations.sources import own_source
from rollbook.settings import read_settings
from rollbook.stores import clock


@click.group()
def imports() -> None:
    """Files that were imported, and their way out again.

    \b
    Example, after a wrong file:
      rollbook imports list --org gtjoozxa3j
      rollbook imports undo 5q3kz7mhwc --org gtjoozxa3j
    """


@imports.command("list")
@org_option
@json_option
@command_body
async def list_(org_reference: str, as_json: bool) -> None:
    """List the files that were imported, the latest first.

    A file that told nothing new left nothing to take back, and is not listed.

    \b
    Example:
      rollbook imports list --org gtjoozxa3j --json
    """
    async with opened_stores(read_settings()) as stores:
        found = await find_organization(stores.organizations, org_reference)
        files = await stores.ledger.imports(found.org_id)
    print_rows([_row(file) for file in files], as_json)


def _row(file: FileImport) -> dict[str, object]:
    return {
        "id": file.import_id,
        "file": file.file_name,
        "format": file.form,
        "importedAt": to_text(file.imported_at),
        "added": file.added,
        "changed": file.changed,
        "unchanged": file.unchanged,
        "undoneAt": optional_text(file.undone_at),
    }


@imports.command()
@click.argument("import_id", metavar="ID")
@org_option
@json_option
@command_body
async def undo(import_id: str, org_reference: str, as_json: bool) -> None:
    """Take back what import ID added: sessions, times, names, roles and titles, and only that.

    What anything else told stays, and counts again where the import had overruled it. An
    interrupted undo can be run again.

    \b
    Example:
      rollbook imports undo 5q3kz7mhwc --org gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        found = await find_organization(stores.organizations, org_reference)
        source = own_source(found.org_id, OwnKind.IMPORT, None, clock())
        # An import that was interrupted left a database that has not counted what came in.
        await stores.database.take_stock(found.org_id)
        undone = undo_import(stores.ledger, source, import_id, clock())
        count = [taken async for taken in undone][-1]
        await note_import(stores, found.org_id, Action.IMPORT_UNDONE, import_id)
        files = await stores.ledger.imports(found.org_id)
    _tell(import_id, count, told_again(files, import_id), as_json)


def _tell(import_id: str, count: int, told_again: list[FileImport], as_json: bool) -> None:
    if as_json:
        again = [file.import_id for file in told_again]
        print_json(json.dumps({"importId": import_id, "rows": count, "importAgain": again}))
        return
    click.echo(f"Took back import {import_id}: {count} rows.")
    if told_again:
        names = ", ".join(printable(f"{file.file_name} ({file.import_id})") for file in told_again)
        click.echo(
            f"Later files told some rows again that were known by then. Import them once more, so "
            f"that none of theirs is missing: {names}",
            err=True,
        )
