"""A Rollbook with the demo school in it, used as anybody would: through its command."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import school

ROLLBOOK = Path(sys.executable).with_name("rollbook")


class School:
    """The demo school in an embedded database in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "ROLLBOOK_DATABASE_URL": f"sqlite:///{folder / 'school.db'}",
        }
        self.org_id = ""

    def set_up(self) -> None:
        """Make the database anew, create the organization and import its term."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("school*"):
            file.unlink()
        made = self.rollbook(
            "org", "create", "Riverside School", "--timezone", school.TIME_ZONE, "--json"
        )
        self.org_id = json.loads(made)["orgId"]
        file = self.folder / "school.jsonl"
        with file.open("w", encoding="utf-8") as output:
            for line in school.lines(datetime.now(UTC)):
                output.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.write(self.rollbook("import", str(file), "--org", self.org_id))

    def rollbook(self, *arguments: str) -> str:
        """What a command prints; its errors go to our own standard error."""
        done = subprocess.run(
            [ROLLBOOK, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def start(self, port: int) -> subprocess.Popen[bytes]:
        """Start the service."""
        return subprocess.Popen([ROLLBOOK, "serve", "--port", str(port)], env=self.environment)
