"""The tables as ORM models: only the columns that the answer needs, which spares it work."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all models share: how Python types are kept."""

    type_annotation_map: dict[Any, Any] = {str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy reads it so


class Organization(Base):
    """A tenant."""

    __tablename__ = "organization"

    org_id: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]
    credit_rounding: Mapped[str]
    credit_minimum_seconds: Mapped[int]


class OrganizationKey(Base):
    """What opens an organization."""

    __tablename__ = "organization_key"

    org_id: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime | None]


class Source(Base):
    """Where events of an organization come from."""

    __tablename__ = "source"

    org_id: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)


class Participant(Base):
    """A person. All that the ledger of the bench knows of people was imported."""

    __tablename__ = "participant"

    org_id: Mapped[str] = mapped_column(primary_key=True)
    participant_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column("imported_name")
    role: Mapped[str | None] = mapped_column("imported_role")


class Room(Base):
    """A room."""

    __tablename__ = "room"

    org_id: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None] = mapped_column("imported_title")


class Session(Base):
    """One stay of one person in one room."""

    __tablename__ = "session"
    __table_args__ = (
        ForeignKeyConstraint(
            ["org_id", "participant_id"], ["participant.org_id", "participant.participant_id"]
        ),
        ForeignKeyConstraint(["org_id", "room_id"], ["room.org_id", "room.room_id"]),
    )

    org_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    participant_id: Mapped[str]
    room_id: Mapped[str]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    ip_address: Mapped[str | None] = mapped_column(INET)

    participant: Mapped[Participant] = relationship(viewonly=True)
    room: Mapped[Room | None] = relationship(viewonly=True)
