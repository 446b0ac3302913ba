"""Opening the ledger for a command, with a word where that made a new one."""

import os
import pwd
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import click

from rollbook import stores
from rollbook.domain.audit import Action, Doer, Entry
from rollbook.settings import Settings
from rollbook.store.engine.database import Database
from rollbook.stores import Stores, clock


@asynccontextmanager
async def opened_stores(settings: Settings, *, make: bool = False) -> AsyncIterator[Stores]:
    """The stores as `rollbook.stores` opens them; says where they are if they are new."""
    async with stores.opened_stores(settings, make=make) as opened:
        tell_if_made(opened.database)
        yield replace(opened, organizations=opened.organizations.by(who_calls()))


def who_calls() -> Doer:
    """Who a command's changes are by: the user of the system who runs it, on this host."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"user {os.getuid()}"
    return Doer(f"command of {user}", socket.gethostname())


async def note_import(stores: Stores, org_id: str, action: Action, import_id: str) -> None:
    """Keep who brought a file in, or took it back: by the import's id, as names of files name people."""
    what = f"import {import_id}"
    await stores.audit.add(Entry(org_id, clock(), action, who_calls(), what))


def tell_if_made(database: Database) -> None:
    """Say that a ledger was made: whoever meant another one should know at once."""
    if database.made:
        click.echo(f"New ledger made: {database.place}", err=True)
