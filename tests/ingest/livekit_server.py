"""A real LiveKit server on loopback whose webhooks go to a real `rollbook serve`."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from ingest.account import Account, command
from ingest.webhooks import KEY, SECRET
from livekit.api import AccessToken, CreateRoomRequest, DeleteRoomRequest, LiveKitAPI, VideoGrants
from server.process import Service, free_port, start
from server.tenants import new_tenant

from rollbook.domain.presences import Presence, session_id_for

CLIENT = Path(__file__).parents[1] / "livekit" / "client.py"
UPKEEP = {"ROLLBOOK_UPKEEP_SECONDS": "2"}

_START_SECONDS = 30
_SERVER = """\
port: {port}
bind_addresses: ["127.0.0.1"]
log_level: warn
rtc:
  tcp_port: {tcp}
  udp_port: {udp}
  node_ip: 127.0.0.1
  use_external_ip: false
  enable_loopback_candidate: true
keys:
  {key}: {secret}
"""


@dataclass(frozen=True)
class Person:
    """Somebody in a room: a process with LiveKit's own SDK."""

    process: subprocess.Popen[str]
    sid: str

    def leave(self) -> None:
        """Leave as people do, by saying so."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.next_line() == "left"
        self.process.wait(10)

    def kill(self) -> None:
        """End without a word, as a computer does that loses power."""
        self.process.kill()
        self.process.wait(10)

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@dataclass
class Classroom:
    """A LiveKit server, the Rollbook beside it, and one organization of that."""

    livekit_port: int
    rollbook: Service
    account: Account
    folder: Path
    people: list[Person] = field(default_factory=list)

    def token(self, room: str, identity: str, **grants: bool) -> AccessToken:
        """A token as an application mints it, to which a test may add."""
        allowed = VideoGrants(room_join=True, room=room, **grants)  # type: ignore[arg-type]
        return AccessToken(KEY, SECRET).with_identity(identity).with_grants(allowed)

    def joins(self, token: AccessToken) -> Person:
        """Somebody who is in the room once this returns."""
        url = f"ws://127.0.0.1:{self.livekit_port}"
        with (self.folder / "clients.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, CLIENT, url, token.to_jwt()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        person = Person(process, "")
        self.people.append(person)
        said = person.next_line().split()
        assert said[:1] == ["joined"], (self.folder / "clients.log").read_text(errors="replace")
        return Person(process, said[1])

    def create_room(self, room: str, metadata: str) -> None:
        asyncio.run(self._ask(CreateRoomRequest(name=room, metadata=metadata)))

    def close_room(self, room: str) -> None:
        asyncio.run(self._ask(DeleteRoomRequest(room=room)))

    async def _ask(self, asked: CreateRoomRequest | DeleteRoomRequest) -> None:
        async with LiveKitAPI(f"http://127.0.0.1:{self.livekit_port}", KEY, SECRET) as api:
            if isinstance(asked, CreateRoomRequest):
                await api.room.create_room(asked)
            else:
                await api.room.delete_room(asked)

    def session(self, person: Person) -> Presence | None:
        """What the ledger keeps of somebody's stay."""
        return self.account.sessions().get(session_id_for(self.account.source_id, person.sid))

    def is_here(self, person: Person) -> bool:
        session = self.session(person)
        return session is not None and session.left_at is None

    def is_gone(self, person: Person) -> bool:
        session = self.session(person)
        return session is not None and session.left_at is not None

    def send_all_home(self) -> None:
        for person in self.people:
            if person.process.poll() is None:
                person.kill()
            for pipe in (person.process.stdin, person.process.stdout):
                if pipe is not None:
                    pipe.close()
        self.people.clear()

    @contextmanager
    def looks_at_livekit(self) -> Iterator[None]:
        """Let Rollbook ask LiveKit who is there, for a while."""
        self._configure(f"server_url=http://127.0.0.1:{self.livekit_port}")
        yield
        self._configure("server_url=")

    def _configure(self, setting: str) -> None:
        command(
            self.account.tenant.database_url,
            "source", "configure", self.account.source_id, "--org", self.account.tenant.key,
            setting,
        )  # fmt: skip

    def kill_rollbook(self) -> None:
        """End Rollbook and its workers without a word."""
        os.killpg(self.rollbook.process.pid, signal.SIGKILL)
        self.rollbook.process.wait(10)

    def restart_rollbook(self) -> None:
        """Start Rollbook where it was, as LiveKit knows its address."""
        url, port = self.account.tenant.database_url, self.rollbook.port
        self.rollbook = start(url, self.folder, port=port, settings=UPKEEP)
        self.rollbook.wait_until_ready()


def eventually(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def opened_classroom(binary: str, database_url: str, folder: Path) -> Iterator[Classroom]:
    """A classroom set up as the documents say: by what `rollbook source add` prints."""
    rollbook = start(database_url, folder, settings=UPKEEP)
    try:
        rollbook.wait_until_ready()
        account, webhook = _set_up(rollbook, database_url)
        ports = {name: free_port() for name in ("port", "tcp", "udp")}
        config = folder / "livekit.yaml"
        config.write_text(_SERVER.format(**ports, key=KEY, secret=SECRET) + webhook)
        with _livekit(binary, config, ports["port"]):
            classroom = Classroom(ports["port"], rollbook, account, folder)
            yield classroom
            rollbook = classroom.rollbook
    finally:
        rollbook.stop()


def _set_up(rollbook: Service, database_url: str) -> tuple[Account, str]:
    tenant = new_tenant(database_url)
    shown = command(
        database_url,
        "source", "add", "livekit", "--org", tenant.key, "--api-key", KEY, "--api-secret", "-",
        typed=SECRET,
    )  # fmt: skip
    source_id, yaml = shown.split()[2], shown[shown.index("webhook:\n") :]
    webhook = yaml.replace("https://YOUR-HOST", rollbook.url)
    return Account(rollbook.url, tenant, source_id), webhook


@contextmanager
def _livekit(binary: str, config: Path, port: int) -> Iterator[None]:
    with config.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen([binary, "--config", config], stdout=log, stderr=log)
    try:
        assert eventually(lambda: _answers(port), _START_SECONDS), config.with_suffix(
            ".log"
        ).read_text()
        yield
    finally:
        # It would wait for everybody to leave; a second signal would end it, and so does this.
        process.kill()
        process.wait(10)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
    except httpx.TransportError:
        return False
