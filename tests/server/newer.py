"""A newer Rollbook: this one, and migrations that it does not have."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from support.migrations import NEWER_RELEASE

import rollbook


def newer_program(folder: Path, migrations: Mapping[str, str]) -> dict[str, str]:
    """Make one with these files of migrations; answers the settings of its processes."""
    package = folder / "rollbook"
    own = Path(rollbook.__file__).parent
    shutil.copytree(own, package, ignore=shutil.ignore_patterns("__pycache__"))
    about = package / "__init__.py"
    release = f'__version__ = "{NEWER_RELEASE}"'
    about.write_text(re.sub("__version__ = .*", release, about.read_text(encoding="utf-8")))
    for name, text in migrations.items():
        (package / "store" / "migrations" / name).write_text(text, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}
