"""The JSON answers that the second reading (support/oracle.py) expects."""

from typing import TypeVar

from support.oracle import (
    Body,
    Ledger,
    Sums,
    address,
    by_room,
    cost,
    days_of,
    duration,
    end_of,
    instant,
    matching,
    moment_of,
    name_and_role,
    sums_of,
    title,
)
from support.visits import Visit

PER_GROUP = 10

T = TypeVar("T")


def expected_answer(ledger: Ledger, body: Body) -> Body:
    """The whole answer, its fields in their order."""
    data = _grouped(ledger, body) if body.get("roomId") is None else _one_room(ledger, body)
    return {"success": True, "message": "Sessions retrieved successfully", "data": data}


def _grouped(ledger: Ledger, body: Body) -> Body:
    visits = matching(ledger, body)
    rooms = by_room(visits)
    order = sorted(sorted(rooms), key=lambda room: moment_of(rooms[room][0].joined), reverse=True)
    shown, pagination = _page(order, body, "totalRooms")
    return {
        "participant": _participant(ledger, body),
        "roomGroups": [_group(ledger, room, rooms[room]) for room in shown],
        "summary": _summary(ledger, body, visits),
        "pagination": pagination,
    }


def _one_room(ledger: Ledger, body: Body) -> Body:
    visits = matching(ledger, body)
    shown, pagination = _page(visits, body, "total")
    return {
        "participant": _participant(ledger, body),
        "room": {
            "roomId": body["roomId"],
            "roomTitle": title(ledger, body["roomId"]),
            **_sums(sums_of(ledger, visits)),
        },
        "sessions": [_session(ledger, visit) for visit in shown],
        "summary": _summary(ledger, body, visits),
        "pagination": pagination,
    }


def _page(everything: list[T], body: Body, total: str) -> tuple[list[T], Body]:
    page, limit = body.get("page", 1), body.get("limit", 10)
    shown = everything[(page - 1) * limit : page * limit]
    more = bool(everything[page * limit :])
    return shown, {"page": page, "limit": limit, total: len(everything), "hasMore": more}


def _participant(ledger: Ledger, body: Body) -> Body:
    name, role = name_and_role(ledger, body["uid"])
    return {"uid": body["uid"], "name": name, "role": role}


def _group(ledger: Ledger, room: str, visits: list[Visit]) -> Body:
    sums = sums_of(ledger, visits)
    return {
        "roomId": room,
        "roomTitle": title(ledger, room),
        "sessions": [_session(ledger, visit) for visit in visits[:PER_GROUP]],
        "totalDuration": sums.seconds,
        "totalCredits": sums.credits,
        "sessionCount": sums.count,
        "averageDuration": sums.average,
    }


def _session(ledger: Ledger, visit: Visit) -> Body:
    left = end_of(ledger, visit)
    return {
        "joinedAt": instant(visit.joined),
        "leftAt": None if left is None else instant(left),
        "duration": duration(ledger, visit),
        "creditsConsumed": cost(ledger, visit),
        "ipAddress": address(visit.ip),
        "isActive": left is None,
    }


def _sums(sums: Sums) -> Body:
    return {
        "totalDuration": sums.seconds,
        "totalCredits": sums.credits,
        "averageDuration": sums.average,
    }


def _summary(ledger: Ledger, body: Body, visits: list[Visit]) -> Body:
    first, last = days_of(ledger, body)
    sums = sums_of(ledger, visits)
    return {
        "totalSessions": sums.count,
        "totalDuration": sums.seconds,
        "totalCredits": sums.credits,
        "roomsAttended": len(by_room(visits)),
        "averageDuration": sums.average,
        "dateRange": {"from": str(first), "to": str(last)},
    }
