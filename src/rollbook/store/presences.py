"""Presences to rows of the session table and back."""

from typing import Any

from rollbook.domain.events import EndEvidence, JoinEvidence
from rollbook.domain.presences import Correction, Presence
from rollbook.store.engine.database import Row, Values

_VOID = 1


def from_presence(org_id: str, presence: Presence) -> Values:
    correction = presence.correction
    return {
        "org_id": org_id,
        "session_id": presence.session_id,
        "source_id": presence.source_id,
        "presence_id": presence.presence_id,
        "room_id": presence.room_id,
        "instance_id": presence.instance_id,
        "participant_id": presence.participant_id,
        "joined_at": presence.joined_at,
        "joined_by": int(presence.joined_by),
        "told_left_at": presence.told_left_at,
        "told_left_by": _number(presence.told_left_by),
        "left_at": presence.left_at,
        "left_by": _number(presence.left_by),
        "ip_address": presence.ip_address,
        "ip_told_at": presence.ip_told_at,
        "user_agent": presence.user_agent,
        "user_agent_told_at": presence.user_agent_told_at,
        "identity": presence.identity,
        "corrected_at": correction.at if correction else None,
        "corrected_left_at": correction.left_at if correction else None,
        "voided": _VOID if correction and correction.void else None,
    }


def _number(evidence: EndEvidence | None) -> int | None:
    return None if evidence is None else int(evidence)


def _end(number: int | None) -> EndEvidence | None:
    return None if number is None else EndEvidence(number)


def to_presence(row: Row) -> Presence:
    evidence = (JoinEvidence(row[7]), row[8], _end(row[9]), row[10], _end(row[11]))
    corrected_at, left_at, voided = row[17:]
    correction = None if corrected_at is None else Correction(corrected_at, left_at, bool(voided))
    fields: Any = (*row[:7], *evidence, *row[12:17], correction)
    return Presence(*fields)
