"""Examples of what is answered about events, sources and what a person's sessions rest on, by the name of the shape."""

from collections.abc import Mapping
from typing import Any

from rollbook.web.api.answer_examples import answer_of

_SESSION = "9f0c1b7a5d3e4f6a8b9c0d1e2f3a4b5c"
_SOURCE = "6d1f0a4cb25e"
_JOINED, _LEFT = "2024-01-15T09:05:30.000Z", "2024-01-15T10:02:15.000Z"


def _told(number: int, what: str, at: str) -> dict[str, Any]:
    return {
        "eventId": f"evt-{number}",
        "sourceId": _SOURCE,
        "type": what,
        "occurredAt": at,
        "receivedAt": at.replace(".000Z", ".240Z"),
        "payload": {
            "id": f"evt-{number}",
            "type": what,
            "time": at,
            "roomId": "math-101",
            "sessionId": "visit-77",
            "participant": {"uid": "student-123", "name": "Jane Doe", "role": "STUDENT"},
        },
    }


_EVENTS = answer_of(
    {
        "results": [
            {"id": "evt-1", "status": "accepted"},
            {"id": "evt-1", "status": "duplicate"},
            {"id": "evt-2", "status": "invalid", "message": "roomId is required"},
        ]
    }
)

_EXPLANATION = answer_of(
    {
        "session": {
            "id": _SESSION,
            "sourceId": _SOURCE,
            "platformSessionId": "visit-77",
            "uid": "student-123",
            "roomId": "math-101",
            "roomInstanceId": None,
            "joinedAt": _JOINED,
            "joinedBy": "seen",
            "leftAt": _LEFT,
            "leftBy": "leave",
            "ipAddress": "192.168.1.100",
            "userAgent": None,
        },
        "events": [
            _told(1, "participant.joined", _JOINED),
            _told(2, "participant.left", _LEFT),
        ],
    }
)

_SOURCES = answer_of(
    {
        "sources": [
            {
                "sourceId": _SOURCE,
                "kind": "livekit",
                "name": "Our LiveKit",
                "disabled": False,
                "lastEventAt": _LEFT,
                "lagMs": 240,
                "accepted": 18204,
                "duplicate": 12,
                "ignored": 9,
                "late": 3,
                "rejected": 1,
                "lastRejectedAt": "2024-01-08T07:30:00.000Z",
                "lastRejection": "No secret of this source makes the signature of this delivery",
                "lastHour": {"since": "2024-01-15T12:30:00.000Z", "accepted": 0, "rejected": 0},
                "lastDay": {"since": "2024-01-14T13:30:00.000Z", "accepted": 412, "rejected": 0},
                "lastWeek": {"since": "2024-01-08T13:30:00.000Z", "accepted": 3102, "rejected": 0},
                "silence": {"since": _LEFT, "usual": 120, "weeks": 4, "unusual": True},
            }
        ]
    }
)

_PERSON = {
    "uid": "student-123",
    "exportedAt": "2024-01-31T12:00:00.000Z",
    "person": [
        {
            "name": "Jane Doe",
            "nameToldAt": _JOINED,
            "role": "STUDENT",
            "roleToldAt": _JOINED,
            "importedName": None,
            "importedNameToldAt": None,
            "importedRole": None,
            "importedRoleToldAt": None,
        }
    ],
    "imports": [],
    "contexts": [],
    "excuses": [],
    "rosters": [
        {"roomId": "math-101", "firstDay": "2024-01-01", "lastDay": None, "name": "Jane Doe"}
    ],
    "sessions": [
        {
            "id": _SESSION,
            "sourceId": _SOURCE,
            "presenceId": "visit-77",
            "roomId": "math-101",
            "instanceId": None,
            "identity": None,
            "joinedAt": _JOINED,
            "leftAt": _LEFT,
            "ipAddress": "192.168.1.100",
            "userAgent": None,
            "void": False,
            "events": [],
        }
    ],
}

EVIDENCE_EXAMPLES: Mapping[str, dict[str, Any]] = {
    "EventsAnswer": _EVENTS,
    "ExplanationAnswer": _EXPLANATION,
    "SourcesAnswer": _SOURCES,
    "ParticipantData": _PERSON,
}
