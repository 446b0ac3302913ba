"""`make bench`: measure, print the table, and fail where a limit is missed."""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench import (
    before,
    beside,
    big_csv,
    dashboard,
    data,
    events,
    every_page,
    large,
    live,
    overviews,
    own_time,
    pages,
    peer,
    start,
)
from bench import bytes as bytes_on_disk
from bench.before import BEFORE_VARIABLE
from bench.data import Ledger
from bench.figures import Figure, table
from bench.peer import PEER_VARIABLE
from bench.postgres import SERVER_VARIABLE, fresh_database
from bench.scale import FULL, LARGE, QUICK, Scale

Measurement = Callable[[Scale, Ledger], list[Figure]]

MEASUREMENTS: Sequence[Measurement] = (
    pages.measure,
    peer.measure,
    own_time.measure,
    events.measure,
    before.measure,
    big_csv.measure,
    dashboard.measure,
    bytes_on_disk.measure,
    overviews.measure,
    large.measure,
    every_page.measure,
    beside.measure,
    start.measure,
    live.measure,
)
"""What is measured on the ledger, in this order. A new benchmark is a new file, named here."""

_OF_THE_GUEST = {big_csv.measure, beside.measure}
"""What asks for the guest's sessions; without them a ledger is made in a sixth of the time."""


def main() -> int:
    """Run the benchmarks; 1 where a limit is missed."""
    options = _options()
    scale = QUICK if options.quick else LARGE if options.large else FULL
    chosen = [one for one in MEASUREMENTS if not options.only or _name(one) in options.only]
    if not _OF_THE_GUEST & set(chosen):
        scale = replace(scale, guest_sessions=QUICK.guest_sessions)
    figures = measured(scale, chosen)
    print(table(figures))
    judged = not (options.no_limits or options.quick)
    return int(judged and any(figure.missed for figure in figures))


def measured(scale: Scale, chosen: Sequence[Measurement]) -> list[Figure]:
    """The chosen figures of a scale."""
    with tempfile.TemporaryDirectory(prefix="rollbook-bench-") as folder, fresh_database() as url:
        print("Importing the ledger ...", flush=True)
        ledger, figures = data.build(scale, Path(folder), url)
        for measure in chosen:
            print(f"Measuring {measure.__module__} ...", flush=True)
            found = measure(scale, ledger)
            # Whatever befalls the next one, what is measured is told.
            print(table(found), flush=True)
            figures += found
    return figures


def _name(measure: Measurement) -> str:
    return measure.__module__.removeprefix("bench.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Rollbook beside a reference and its limits.",
        epilog=f"{SERVER_VARIABLE} names a PostgreSQL server on which a database may be made; "
        f"without it, one of our own is started. {BEFORE_VARIABLE} names the command of an earlier "
        f"Rollbook, to be measured beside this one, and {PEER_VARIABLE} that of PostGraphile 4.",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="seconds; judges no limits")
    size.add_argument(
        "--large", action="store_true", help="up to 10,000,000 sessions too: long, 8 GB of disk"
    )
    names = [_name(one) for one in MEASUREMENTS]
    parser.add_argument("--only", nargs="+", choices=names, help="measure these alone")
    parser.add_argument("--no-limits", action="store_true", help="print only; always exit with 0")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
