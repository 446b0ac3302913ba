"""What every database can hold of a delivery, and every report can show."""

import json
from dataclasses import asdict

from rollbook.domain import fields
from rollbook.domain.events import Fact, Joined, Left
from rollbook.domain.instants import to_text
from rollbook.service.platforms import Delivery


def is_storable(delivery: Delivery) -> None:
    fields.identifier(delivery.event_id, "id")
    fields.identifier(delivery.event_type, "type")
    to_text(delivery.occurred_at)
    assert "\\u0000" not in delivery.payload.replace("\\\\", "")
    delivery.payload.encode()
    json.loads(delivery.payload, parse_constant=_refuse)
    for fact in delivery.facts:
        has_storable_fields(fact)


def has_storable_fields(fact: Fact) -> None:
    assert 0 <= fact.at < fields.END_OF_TIME
    fields.identifier(fact.room.room_id, "roomId")
    fields.label(fact.room.title, "title")
    if fact.room.instance_id is not None:
        fields.identifier(fact.room.instance_id, "instance")
    if isinstance(fact, Joined | Left):
        fields.identifier(fact.presence_id, "presence")
        fields.label(fact.user_agent, "userAgent")
        assert fields.ip_address(fact.ip_address) == fact.ip_address
        if fact.participant is not None:
            fields.identifier(fact.participant.uid, "uid")
            fields.label(fact.participant.name, "name")
    if isinstance(fact, Left) and fact.joined_at is not None:
        assert 0 <= fact.joined_at < fields.END_OF_TIME
    assert asdict(fact)


def _refuse(constant: str) -> None:
    message = f"{constant} is no JSON that others can read"
    raise AssertionError(message)
