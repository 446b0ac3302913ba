"""The examples of the API's description: the contract's own, and one of every error."""

from typing import Any

_SESSION = {
    "joinedAt": "2024-01-15T09:05:30.000Z",
    "leftAt": "2024-01-15T10:02:15.000Z",
    "duration": 3405,
    "creditsConsumed": 57,
    "ipAddress": "192.168.1.100",
    "isActive": False,
}
_PARTICIPANT = {"uid": "student-123", "name": "Jane Doe", "role": "STUDENT"}
_DATE_RANGE = {"from": "2024-01-15", "to": "2024-01-15"}
_MESSAGE = "Sessions retrieved successfully"

_CSV_OF_ALL_ROOMS = """\
Participant Session Report
Participant UID,student-123
Participant Name,Jane Doe
Role,STUDENT
Summary
Total Rooms Attended,3
Total Sessions,12
Total Time (minutes),600
Total Credits Consumed,600
Average Session Duration (minutes),50
Room Summary
Room ID,Room Title,Sessions,Total Time (min),Credits Consumed,Avg Session (min)
math-101,"Calculus I",5,300,300,60
physics-101,"Physics Intro",4,200,200,50
chem-101,"Chemistry Basics",3,100,100,33
Detailed Sessions
Room ID,Room Title,Joined At,Left At,Duration (min),Credits,Status,IP Address
math-101,"Calculus I",2024-01-15T09:00:00.000Z,2024-01-15T10:00:00.000Z,60,60,Completed,192.168.1.100
"""

_CSV_OF_ONE_ROOM = """\
Participant Session Report - Single Room
Participant UID,student-123
Participant Name,Jane Doe
Role,STUDENT
Room ID,math-101
Room Title,"Calculus I"
Summary
Total Sessions,5
Total Time (minutes),300
Total Credits Consumed,300
Average Session Duration (minutes),60
Sessions
Session #,Joined At,Left At,Duration (minutes),Credits Consumed,Status,IP Address
1,2024-01-15T09:00:00.000Z,2024-01-15T10:00:00.000Z,60,60,Completed,192.168.1.100
"""

REQUESTS: dict[str, Any] = {
    "room": {
        "summary": "One room, a range of days",
        "value": {
            "uid": "student-123",
            "roomId": "math-101",
            "startDate": "2024-01-15",
            "endDate": "2024-01-20",
            "page": 1,
            "limit": 10,
            "export": "json",
        },
    },
    "today": {"summary": "Today, grouped by room", "value": {"uid": "student-123"}},
    "csv": {
        "summary": "A month as CSV",
        "value": {
            "uid": "student-123",
            "startDate": "2024-01-01",
            "endDate": "2024-01-31",
            "export": "csv",
        },
    },
}

ANSWERS: dict[str, Any] = {
    "grouped": {
        "summary": "Grouped by room",
        "value": {
            "success": True,
            "message": _MESSAGE,
            "data": {
                "participant": _PARTICIPANT,
                "roomGroups": [
                    {
                        "roomId": "math-101",
                        "roomTitle": "Calculus I - Morning Session",
                        "sessions": [_SESSION],
                        "totalDuration": 3405,
                        "totalCredits": 57,
                        "sessionCount": 1,
                        "averageDuration": 3405,
                    }
                ],
                "summary": {
                    "totalSessions": 5,
                    "totalDuration": 18000,
                    "totalCredits": 300,
                    "roomsAttended": 3,
                    "averageDuration": 3600,
                    "dateRange": _DATE_RANGE,
                },
                "pagination": {"page": 1, "limit": 10, "totalRooms": 3, "hasMore": False},
            },
        },
    },
    "room": {
        "summary": "Single room",
        "value": {
            "success": True,
            "message": _MESSAGE,
            "data": {
                "participant": _PARTICIPANT,
                "room": {
                    "roomId": "math-101",
                    "roomTitle": "Calculus I - Morning Session",
                    "totalDuration": 7200,
                    "totalCredits": 120,
                    "averageDuration": 3600,
                },
                "sessions": [_SESSION],
                "summary": {
                    "totalSessions": 2,
                    "totalDuration": 7200,
                    "totalCredits": 120,
                    "roomsAttended": 1,
                    "averageDuration": 3600,
                    "dateRange": _DATE_RANGE,
                },
                "pagination": {"page": 1, "limit": 10, "total": 2, "hasMore": False},
            },
        },
    },
}

CSV_ANSWERS: dict[str, Any] = {
    "csv": {"summary": "All rooms", "value": _CSV_OF_ALL_ROOMS.replace("\n", "\r\n")},
    "csvOfRoom": {"summary": "Single room", "value": _CSV_OF_ONE_ROOM.replace("\n", "\r\n")},
}

ERRORS: dict[int, tuple[str, tuple[tuple[str, str], ...]]] = {
    400: (
        "The body breaks a rule; the message names the field.",
        (("INVALID_REQUEST", "uid is required"),),
    ),
    401: ("Missing or invalid organization ID.", (("UNAUTHORIZED", "Unauthorized"),)),
    403: (
        "The key lacks the right; of webhooks the same as 401, for a platform that takes 401 for success.",
        (
            ("FORBIDDEN", "This key lacks the right admin"),
            ("BAD_SIGNATURE", "No secret of this source makes the signature of this delivery"),
        ),
    ),
    404: ("There is no such thing.", (("NOT_FOUND", "There is no such session"),)),
    409: (
        "What is known does not allow it.",
        (("CONFLICT", "Nobody knows when this session began, so no report counts it"),),
    ),
    413: (
        "The body is larger than this route takes.",
        (("PAYLOAD_TOO_LARGE", "The body is larger than this route takes"),),
    ),
    415: (
        "The body is not declared as JSON.",
        (("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json"),),
    ),
    422: (
        "The organization is not fully configured.",
        (
            (
                "ORGANIZATION_SETUP_INCOMPLETE",
                "Organization setup is incomplete: it has no event source yet",
            ),
        ),
    ),
    429: (
        "Too many requests, reads or wrong keys, or a quota is used up: until `Retry-After`.",
        (
            ("RATE_LIMITED", "Too many requests. Try again in 2 s."),
            ("TOO_MANY_REQUESTS", "Too many attempts. Wait a little, then try again."),
            (
                "TOO_MANY_READS",
                "Too many long reads of this organization are under way: try again in a moment",
            ),
            (
                "QUOTA_USED_UP",
                "The quota of 200,000 events in a day is used up; the next begins on 2024-01-16 (UTC)",
            ),
        ),
    ),
    500: (
        "A fault of the server; its log says more.",
        (("INTERNAL_ERROR", "Something went wrong on the server"),),
    ),
    503: (
        "The database is away; `Retry-After` says when to try again. Or it took too long.",
        (("SERVICE_UNAVAILABLE", "The database is unavailable, try again"),),
    ),
}
