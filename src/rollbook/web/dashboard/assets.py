"""Static files under names that hold their hash, so that browsers may keep them for ever."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from rollbook.web.http.services import readable

_TYPES: Mapping[str, str] = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


@cache
def _contents() -> Mapping[str, tuple[str, bytes]]:
    """Every file by its name in URLs: its plain name and its bytes."""
    contents = {}
    for file in files("rollbook.web").joinpath("static").iterdir():
        stem, _, ending = file.name.rpartition(".")
        if ending in _TYPES:
            body = file.read_bytes()
            contents[f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"] = (file.name, body)
    return contents


@cache
def asset_url(name: str) -> str:
    """Where a static file is served."""
    return next(f"/static/{url}" for url, (plain, _) in _contents().items() if plain == name)


@readable("/static/{name:str}")
async def static_file(name: FromPath[str]) -> Response[bytes]:
    file = _contents().get(name)
    if file is None:
        raise NotFoundException
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    media_type = _TYPES[name.rpartition(".")[2]]
    return Response(file[1], media_type=media_type, headers=headers)
