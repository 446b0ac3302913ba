"""Examples of what is answered about rooms and the people in them: one school, by the name of the shape."""

from collections.abc import Mapping
from typing import Any

_TIMES = {"from": "2024-01-15T09:00:00.000Z", "to": "2024-01-15T10:00:00.000Z"}
_ROOM = {"roomId": "math-101", "roomTitle": "Calculus I"}
_DAYS = {"from": "2024-01-15", "to": "2024-01-15"}
_CLASS = {**_TIMES, "how": "planned", "planned": {**_TIMES, "title": "Calculus"}, "said": None}
_RULE = {"share": 80, "late": 5, "early": 5, "gap": 20, "from": "room"}
_AS_EACH_ROOM = {"share": None, "late": None, "early": None, "gap": None}
_SPOKEN = {"by": "key 6a26dedd43d9", "at": "2024-01-14T18:20:00.000Z"}
_EXCUSED = {"id": "ou5mmgpcal", **_SPOKEN, "note": "A note of the parents"}
_TO_THE_END = {"leftAt": "2024-01-15T10:00:00.000Z", "reconnects": 0, "share": 100}
_IN_TIME = {"lateSeconds": 0, "earlySeconds": 0, "verdict": "present", "excuse": None}


def answer_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The whole answer with this in it."""
    return {"success": True, "data": data}


def _cell(verdict: str, seconds: int, late: int = 0, note: str | None = None) -> dict[str, Any]:
    return {"verdict": verdict, "seconds": seconds, "lateSeconds": late, "note": note}


def _counts(verdict: str) -> dict[str, int]:
    return {one: int(one == verdict) for one in ("present", "partly", "absent", "excused")}


_CLASSES = answer_of(
    {
        **_ROOM,
        "rule": _RULE,
        "classes": [
            {
                **_CLASS,
                "people": 3,
                **_counts("partly"),
                "present": 2,
                "excused": 1,
                "late": 1,
                "leftEarly": 1,
                "peak": 3,
            }
        ],
        "dropped": [],
        "cut": False,
    }
)

_ATTENDANCE = answer_of(
    {
        **_ROOM,
        "class": _CLASS,
        "rule": _RULE,
        "people": [
            {
                "uid": "ann",
                "name": "Ann Chalk",
                "role": "TEACHER",
                "joinedAt": "2024-01-15T08:58:00.000Z",
                "seconds": 3720,
                "mergedSeconds": 3720,
                **_TO_THE_END,
                **_IN_TIME,
            },
            {
                "uid": "bob",
                "name": "Bob Jones",
                "role": "STUDENT",
                "joinedAt": "2024-01-15T09:10:00.000Z",
                "leftAt": "2024-01-15T09:30:00.000Z",
                "seconds": 1200,
                "mergedSeconds": 1200,
                "reconnects": 0,
                "share": 33,
                "lateSeconds": 600,
                "earlySeconds": 1800,
                "verdict": "partly",
                "excuse": None,
            },
        ],
        "absent": [{"uid": "eve", "name": "Eve Wong", "verdict": "excused", "excuse": _EXCUSED}],
    }
)

_SHEET = answer_of(
    {
        **_ROOM,
        "rule": _RULE,
        "classes": [_CLASS],
        "people": [
            {
                "uid": "bob",
                "name": "Bob Jones",
                "role": "STUDENT",
                "cells": [_cell("partly", 1200, 600)],
                **_counts("partly"),
                "late": 1,
                "share": 0,
                "mergedSeconds": 1200,
            },
            {
                "uid": "eve",
                "name": "Eve Wong",
                "role": None,
                "cells": [_cell("excused", 0, note="A note of the parents")],
                **_counts("excused"),
                "late": 0,
                "share": None,
                "mergedSeconds": 0,
            },
        ],
        "cut": False,
    }
)

_SUMMARY = answer_of(
    {
        "roomId": "math-101",
        "roomName": "Calculus I",
        "totalCredits": 142,
        "totalParticipants": 3,
        "totalSessions": 3,
        "totalSeconds": 8520,
        "totalMergedSeconds": 8520,
        "avgStay": 2840,
        "avgMergedStay": 2840,
        "timestamps": {
            "startedAt": "2024-01-15T08:58:00.000Z",
            "endedAt": "2024-01-15T10:00:00.000Z",
        },
        "status": "finished",
    }
)

_ROSTER = answer_of(
    {
        "roomId": "math-101",
        "day": "2024-01-15",
        "members": [
            {"uid": "bob", "name": "Bob Jones", "since": "2024-01-01", "until": None},
            {"uid": "eve", "name": "Eve Wong", "since": "2024-01-01", "until": "2024-03-29"},
        ],
    }
)

_SCHEDULE = answer_of(
    {
        "roomId": "math-101",
        "from": "2024-01-01",
        "timezone": "Europe/Paris",
        "weekly": [
            {
                "weekdays": ["monday"],
                "from": "09:00",
                "to": "10:00",
                "since": "2024-01-01",
                "until": None,
                "title": "Calculus",
            }
        ],
        "single": [],
        "cancelled": [],
        "moved": [],
    }
)

_ROOM_RULE = answer_of(
    {
        "roomId": "math-101",
        "rule": _RULE,
        "setBy": _SPOKEN["by"],
        "setAt": _SPOKEN["at"],
    }
)

_EXCUSES = answer_of(
    {
        "uid": "eve",
        "excuses": [{"roomId": "math-101", **_DAYS, "class": None, "said": _EXCUSED}],
    }
)

_ABSENCES = answer_of(
    {
        **_DAYS,
        "rule": _AS_EACH_ROOM,
        "absences": [
            {
                "uid": "bob",
                "name": "Bob Jones",
                **_ROOM,
                "class": _CLASS,
                "verdict": "partly",
                "share": 33,
                "seconds": 1200,
                "mergedSeconds": 1200,
                "lateSeconds": 600,
            }
        ],
        "nextCursor": None,
        "cut": False,
    }
)

_AT_RISK = answer_of(
    {
        **_DAYS,
        "rule": _AS_EACH_ROOM,
        "below": 80,
        "people": [
            {
                "uid": "bob",
                "name": "Bob Jones",
                "role": "STUDENT",
                **_ROOM,
                "share": 0,
                "classes": 1,
                **_counts("partly"),
                "late": 1,
            }
        ],
        "nextCursor": None,
        "cut": False,
    }
)

_TAUGHT = answer_of(
    {
        "uid": "ann",
        **_DAYS,
        "rooms": [
            {
                **_ROOM,
                "classes": [{"class": _CLASS, "seconds": 3720, "mergedSeconds": 3720, "pupils": 2}],
            }
        ],
        "nextCursor": None,
    }
)

_KEPT = answer_of(
    {
        "roomId": "math-101",
        **_TIMES,
        "dropped": False,
        "said": {"id": "2pcpb2n7uy", **_SPOKEN, "note": "It was held outside"},
    }
)

_LIVE = answer_of(
    {
        "at": "2024-01-15T09:30:00.000Z",
        "people": 24,
        "rooms": [
            {
                **_ROOM,
                "since": "2024-01-15T08:58:00.000Z",
                "people": 24,
                "participants": [
                    {
                        "uid": "ann",
                        "name": "Ann Chalk",
                        "role": "TEACHER",
                        "joinedAt": "2024-01-15T08:58:00.000Z",
                        "sessions": 2,
                        "seconds": 2400,
                        "mergedSeconds": 1920,
                    }
                ],
            }
        ],
        "cut": False,
    }
)

EXAMPLES: Mapping[str, dict[str, Any]] = {
    "ClassesAnswer": _CLASSES,
    "AttendanceAnswer": _ATTENDANCE,
    "SheetAnswer": _SHEET,
    "SummaryAnswer": _SUMMARY,
    "RosterAnswer": _ROSTER,
    "ScheduleAnswer": _SCHEDULE,
    "RoomRuleAnswer": _ROOM_RULE,
    "ExcusesAnswer": _EXCUSES,
    "AbsencesAnswer": _ABSENCES,
    "AtRiskAnswer": _AT_RISK,
    "TaughtAnswer": _TAUGHT,
    "KeptClassAnswer": _KEPT,
    "LiveAnswer": _LIVE,
}
