"""The form in which answers are written."""

from collections.abc import Mapping

import msgspec
from litestar import Response


class Wire(msgspec.Struct, rename="camel"):
    """Fields are written in camelCase, as the contract does."""


def json_answer(answer: Wire, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """An answer as JSON, which nobody on the way may keep, with more headers where there are any."""
    return Response(
        msgspec.json.encode(answer),
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
