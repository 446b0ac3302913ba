"""Answers in JSON."""

from collections.abc import Mapping

import msgspec
from litestar import Response


def json_answer(
    answer: msgspec.Struct, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """An answer that nobody on the way may keep, with more headers where there are any."""
    return Response(
        msgspec.json.encode(answer),
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
