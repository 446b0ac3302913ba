"""Where the database holds what tells of people: every column, and how a person is taken out of it.

A test reads the schema beside this, so that no column comes in without a word about it, and another
reads docs/privacy.md, which says why each is held and for how long.
"""

from collections.abc import Mapping
from enum import StrEnum


class Of(StrEnum):
    """What a column tells of a person."""

    WHO = "an id of a person"
    NAME = "what a person is called"
    ROLE = "a person's role"
    ADDRESS = "where a person was"
    AGENT = "what a person came with"
    TIME = "when a person came and went, or was told of"
    PLACE = "in which room a person was"
    WORDS = "words that may name anybody"
    LINK = "an id that may be made of a person's"


PERSONAL: Mapping[str, Mapping[str, Of]] = {
    "participant": {
        "participant_id": Of.WHO,
        "name": Of.NAME,
        "name_told_at": Of.TIME,
        "role": Of.ROLE,
        "role_told_at": Of.TIME,
        "imported_name": Of.NAME,
        "imported_name_told_at": Of.TIME,
        "imported_role": Of.ROLE,
        "imported_role_told_at": Of.TIME,
    },
    "imported_person": {
        "participant_id": Of.WHO,
        "name": Of.NAME,
        "name_told_at": Of.TIME,
        "role": Of.ROLE,
        "role_told_at": Of.TIME,
    },
    "roster": {
        "participant_id": Of.WHO,
        "name": Of.NAME,
        "room_id": Of.PLACE,
        "first_day": Of.TIME,
        "last_day": Of.TIME,
    },
    "excuse": {
        "participant_id": Of.WHO,
        "room_id": Of.PLACE,
        "first_day": Of.TIME,
        "last_day": Of.TIME,
        "class_at": Of.TIME,
        "note": Of.WORDS,
    },
    "kept_class": {"note": Of.WORDS},
    "schedule": {"title": Of.WORDS},
    "context": {
        "participant_id": Of.WHO,
        "room_id": Of.PLACE,
        "told_at": Of.TIME,
        "ip_address": Of.ADDRESS,
        "user_agent": Of.AGENT,
    },
    "session": {
        "participant_id": Of.WHO,
        "identity": Of.WHO,
        "session_id": Of.LINK,
        "presence_id": Of.LINK,
        "room_id": Of.PLACE,
        "joined_at": Of.TIME,
        "told_left_at": Of.TIME,
        "left_at": Of.TIME,
        "ip_address": Of.ADDRESS,
        "ip_told_at": Of.TIME,
        "user_agent": Of.AGENT,
        "user_agent_told_at": Of.TIME,
    },
    "event": {
        "event_id": Of.LINK,
        "session_id": Of.LINK,
        "body_hash": Of.LINK,
        "room_id": Of.PLACE,
        "occurred_at": Of.TIME,
        "received_at": Of.TIME,
        "facts": Of.WORDS,
        "payload": Of.WORDS,
        "said": Of.WORDS,
    },
    "sighting": {"session_id": Of.LINK, "seen_at": Of.TIME, "missed_at": Of.TIME},
    "room_end": {"event_id": Of.LINK},
    "room_start": {"event_id": Of.LINK},
    "room": {"room_id": Of.WORDS, "title": Of.WORDS, "imported_title": Of.WORDS},
    "imported_title": {"room_id": Of.WORDS, "title": Of.WORDS},
    "file_import": {"file_name": Of.WORDS},
    "source": {"name": Of.WORDS, "settings": Of.WORDS},
    "organization_key": {"label": Of.WORDS},
    "audit": {"who": Of.WORDS, "whence": Of.ADDRESS, "what": Of.WORDS},
    "erased": {"pseudonym": Of.LINK, "erased_at": Of.TIME},
    "user_account": {"name": Of.NAME, "email": Of.NAME, "signed_in_at": Of.TIME},
    "user_participant": {"participant_id": Of.WHO},
    "user_identity": {"subject": Of.LINK},
    "sign_in": {
        "since": Of.TIME,
        "seen_at": Of.TIME,
        "ip_address": Of.ADDRESS,
        "user_agent": Of.AGENT,
    },
    "email_owner": {"email_hash": Of.LINK},
    "shared_link": {"participant_id": Of.WHO, "query": Of.WORDS},
}
"""The columns that tell of people, or may, by their tables. No other one does."""

TAKEN_OUT: Mapping[str, tuple[str, ...]] = {
    "participant": ("rename_participant", "remove_participant"),
    "imported_person": ("rename_imported_person", "remove_imported_person"),
    "roster": ("rename_member", "remove_member"),
    "excuse": ("rename_excuse", "remove_excuse"),
    "context": ("remove_contexts",),
    "user_participant": ("remove_user_participant",),
    "shared_link": ("remove_shared_links",),
}
"""The statements that take a person out of a table whose rows are theirs. They are given the id as `uid`
and, where they give the rows to it, the pseudonym."""

TAKEN_OUT_OF_EVENTS = frozenset({"event", "session", "sighting", "room_end", "room_start"})
"""Tables that are made of events, out of which a person is taken one by one, and folded anew."""

LEFT_TO_PEOPLE = frozenset(
    {
        "kept_class",
        "schedule",
        "room",
        "imported_title",
        "file_import",
        "source",
        "organization_key",
        "erased",
        "audit",
        "user_account",
        "user_identity",
        "sign_in",
        "email_owner",
    }
)
"""Tables of names that people gave to things. Erasing says which of the rooms are called like the person,
and leaves them: they are of everybody who was there. Users are deleted by whoever invited them."""

TELLS_OF_NOBODY: Mapping[str, frozenset[str]] = {
    "organization": frozenset(
        {
            "name", "time_zone", "credit_rounding", "credit_minimum_seconds", "created_at",
            "session_timeout_seconds", "addresses_until", "erasure_key", "addresses_kept",
            "locale", "agents_until",
        }
    ),
    "organization_key": frozenset(
        {"key_hash", "created_at", "revoked_at", "scopes", "expires_at", "used_at"}
    ),
    "user_account": frozenset(
        {"user_id", "role", "password_hash", "created_at", "disabled_at", "invited_hash",
         "invited_until"}
    ),
    "user_participant": frozenset({"user_id"}),
    "user_identity": frozenset({"issuer", "user_id"}),
    "identity_provider": frozenset(
        {"issuer", "client_id", "client_secret", "role_claim", "role_values"}
    ),
    "sign_in": frozenset({"token_hash", "user_id", "key_hash", "proved_at"}),
    "shared_link": frozenset(
        {"token_hash", "page", "user_id", "key_hash", "shared_at", "until_at", "opened_at"}
    ),
    "source": frozenset({"kind", "created_at", "secrets", "disabled_at"}),
    "participant": frozenset({"imported_only"}),
    "room": frozenset({"title_told_at", "imported_title_told_at"}),
    "session": frozenset(
        {"instance_id", "joined_by", "told_left_by", "left_by", "corrected_at",
         "corrected_left_at", "voided"}
    ),
    "event": frozenset({"event_type", "written"}),
    "room_end": frozenset({"room_id", "instance_id", "ended_at", "started_at"}),
    "room_start": frozenset({"room_id", "instance_id", "started_at"}),
    "source_health": frozenset(
        {
            "last_received_at", "last_lag_ms", "accepted", "duplicates", "ignored", "late",
            "rejected", "last_rejected_at", "last_rejection",
        }
    ),
    "lease": frozenset({"name", "holder", "held_until"}),
    "look": frozenset({"looked_at"}),
    "installation_secret": frozenset({"name", "secret", "created_at"}),
    "term": frozenset({"first_day", "last_day"}),
    "retention": frozenset(
        {"address_days", "payload_days", "agent_days", "people_days", "addresses_until",
         "payloads_until", "agents_until", "context_agents_until", "people_until"}
    ),
    "rejection": frozenset({"rejected_at", "reason", "deliveries"}),
    "file_import": frozenset(
        {"form", "imported_at", "added", "changed", "unchanged", "undone_at"}
    ),
    "imported_title": frozenset({"told_at"}),
    "key_owner": frozenset({"key_hash"}),
    "organization_limit": frozenset(
        {"requests_per_second", "events_per_day", "events_per_month", "bytes_per_day",
         "bytes_per_month"}
    ),
    "allowance": frozenset({"full_at"}),
    "intake": frozenset({"span", "events", "bytes"}),
    "erased": frozenset({"unfinished"}),
    "schedule": frozenset(
        {"room_id", "entry", "kind", "first_day", "last_day", "weekday", "replaces", "starts",
         "ends"}
    ),
    "erasure": frozenset({"events_until"}),
    "audit": frozenset({"done_at", "entry_id", "action", "request_id"}),
    "source_quarter": frozenset({"began_at", "accepted", "duplicates", "ignored", "rejected"}),
    "attendance_rule": frozenset(
        {"room_id", "share", "late", "early", "gap", "set_by", "set_at"}
    ),
    "kept_class": frozenset(
        {"room_id", "began_at", "said_id", "ended_at", "held", "said_by", "said_at",
         "withdrawn_by", "withdrawn_at"}
    ),
    "excuse": frozenset({"said_id", "said_by", "said_at", "withdrawn_by", "withdrawn_at"}),
}  # fmt: skip
"""All other columns, but for ids of organizations, sources and imports."""
