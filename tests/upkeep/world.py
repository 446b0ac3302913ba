"""A source whose platform is a list that tests write, and the upkeep of its ledger."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from support.organizations import add_organization, add_source

from rollbook.domain.events import Fact, Joined, JoinEvidence, Left, Participant, Room
from rollbook.domain.ids import OrgId, new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import Source
from rollbook.service.corrections import Correction, Corrections
from rollbook.service.ingest.record import Arrival, record
from rollbook.service.platforms import Delivery, ListedPerson, PlatformUnavailable
from rollbook.service.upkeep.lease import Lease
from rollbook.service.upkeep.round import Upkeep, keep_up
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores

NOON = 1_705_320_000_000
"""2024-01-15T12:00:00Z."""

MINUTE = 60_000
HOUR = 60 * MINUTE
MATH = Room("math-101", "Calculus I", "RM_1")
SERVER = "https://livekit.example:7880"


@dataclass
class Clock:
    at: int = NOON

    def __call__(self) -> int:
        return self.at


@dataclass
class Log:
    """What upkeep said: (how, what, about what)."""

    lines: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)

    def info(self, event: str, **said: object) -> None:
        self.lines.append(("info", event, said))

    def warning(self, event: str, **said: object) -> None:
        self.lines.append(("warning", event, said))

    def exception(self, event: str, **said: object) -> None:
        self.lines.append(("exception", event, said))

    def heard(self, how: str) -> list[str]:
        return [event for level, event, _ in self.lines if level == how]


@dataclass
class Listed:
    """A listing (upkeep_ports.Listing): who is there by presence; None is somebody who does not count."""

    people: dict[str, Joined | None] = field(default_factory=dict)

    @property
    def presence_ids(self) -> Collection[str]:
        return self.people.keys()

    def person(self, presence_id: str, now: int) -> ListedPerson | None:
        joined = self.people[presence_id]
        return None if joined is None else ListedPerson(joined, {"sid": presence_id, "at": now})


@dataclass
class Rooms:
    """A platform (upkeep_ports.PlatformRooms) with one listing for each source, or trouble."""

    listed: dict[str, Listed] = field(default_factory=dict)
    trouble: dict[str, Exception] = field(default_factory=dict)
    looks: list[str] = field(default_factory=list)

    async def listing(self, source: Source, server_url: str) -> Listed:
        assert server_url == SERVER
        self.looks.append(source.source_id)
        if source.source_id in self.trouble:
            raise self.trouble[source.source_id]
        return self.listed.get(source.source_id, Listed())


@dataclass
class World:
    """An organization with a LiveKit source, at a time that tests set."""

    stores: Stores
    source: Source
    upkeep: Upkeep
    clock: Clock
    log: Log
    rooms: Rooms

    async def told(self, *facts: Fact, source: Source | None = None) -> None:
        """The platform told facts, each in an event of its own."""
        to = source or self.source
        deliveries = [
            Delivery(f"EV_{fact}", "told", fact.at, (fact,), f'"{fact!r}"') for fact in facts
        ]
        arrival = Arrival(to, deliveries, self.clock(), Rules(once=to.kind == "livekit"))
        await record(self.stores.ledger, [arrival])

    async def corrected(self, presence_id: str, what: Correction) -> None:
        """A person with the right to it says something of a session."""
        session, stores = await self.existing(presence_id), self.stores
        kinds = self.upkeep.kinds
        desk = Corrections(stores.ledger, stores.organizations, stores.history, kinds)
        org_id = OrgId(self.source.org_id)
        await desk.correct(org_id, session.session_id, what, self.clock())

    def lists(self, *people: Joined, source: Source | None = None) -> None:
        """The platform lists these people from now on, and nobody else."""
        to = source or self.source
        self.rooms.listed[to.source_id] = Listed({one.presence_id: one for one in people})

    async def after(self, milliseconds: int) -> bool:
        """Let time pass and do upkeep once."""
        self.clock.at += milliseconds
        return await keep_up(self.upkeep)

    async def session(self, presence_id: str, source: Source | None = None) -> Presence | None:
        of = source or self.source
        return await self.stores.history.presence(
            of.org_id, session_id_for(of.source_id, presence_id)
        )

    async def existing(self, presence_id: str, source: Source | None = None) -> Presence:
        presence = await self.session(presence_id, source)
        assert presence is not None
        return presence

    async def events(self, presence_id: str) -> list[str]:
        """The types of the events of a session, in the order of what they tell."""
        session_id = session_id_for(self.source.source_id, presence_id)
        found = await self.stores.history.events_of_session(self.source.org_id, session_id)
        return [event.event_type for event in found]

    async def another_source(self, name: str, kind: str = "livekit") -> Source:
        org_id = self.source.org_id
        settings = {"server_url": SERVER} if kind == "livekit" else {}
        source = Source(org_id, f"{org_id}{name}", kind, name, 0, settings=settings)
        await add_source(self.stores, source)
        return source


def joined(presence_id: str, uid: str = "ann", at: int = NOON, room: Room = MATH) -> Joined:
    return Joined(presence_id, room, Participant(uid, uid.title()), at)


def listed(presence_id: str, uid: str = "ann", at: int = NOON, room: Room = MATH) -> Joined:
    """A join as a listing tells it."""
    who = Participant(uid, uid.title())
    return Joined(presence_id, room, who, at, evidence=JoinEvidence.TOLD)


def left(presence_id: str, at: int, uid: str = "ann", room: Room = MATH) -> Left:
    return Left(presence_id, room, Participant(uid), at)


def lease(stores: Stores, clock: Clock, holder: str = "this", lasts_ms: int = 80_000) -> Lease:
    return Lease(stores.upkeep, "upkeep", holder, lasts_ms, clock)


async def sql(stores: Stores, script: str) -> None:
    """Change the database behind the ledger's back."""
    async with stores.database.writing() as connection:
        await connection.run_script(script)


async def opened_world(stores: Stores) -> World:
    organization = Organization(new_org_id(), "Riverside")
    await add_organization(stores, organization)
    clock, log, rooms = Clock(), Log(), Rooms()
    upkeep = Upkeep(
        stores.upkeep,
        stores.retention,
        stores.audit,
        400,
        stores.users,
        stores.shared_links,
        stores.ledger,
        stores.organizations,
        stores.ledger,
        SOURCE_KINDS,
        {"livekit": rooms},
        lease(stores, clock),
        log,
        clock,
    )
    source = Source(organization.org_id, "", "livekit", "livekit", 0)
    world = World(stores, source, upkeep, clock, log, rooms)
    world.source = await world.another_source("livekit")
    return world


def out_of_reach() -> PlatformUnavailable:
    return PlatformUnavailable("the server cannot be asked (ClientConnectorError)")
