"""The API reference at /docs: Swagger UI from an installed package, no request leaves the host."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from rollbook.web.http.services import readable

_ASSETS: Mapping[str, str] = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}

_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rollbook API reference</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<p style="font: 16px/1.5 system-ui, sans-serif; margin: 12px 20px"><a href="/">&larr; Back to the dashboard</a></p>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

_START = b"""SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null,
});
"""

# Swagger UI sets styles on its elements; nothing else is let in, and nothing is sent elsewhere.
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@readable("/docs")
async def reference_page() -> Response[bytes]:
    """The page that shows the OpenAPI document."""
    headers = {"Content-Security-Policy": _POLICY}
    return Response(_PAGE, media_type="text/html", headers=headers)


@readable("/docs/start.js")
async def reference_start() -> Response[bytes]:
    """The script that starts the page."""
    return Response(_START, media_type="text/javascript")


@readable("/docs/{name:str}")
async def reference_asset(name: FromPath[str]) -> Response[bytes]:
    """A file of the page."""
    media_type = _ASSETS.get(name)
    if media_type is None:
        raise NotFoundException
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_asset(name), media_type=media_type, headers=headers)


@cache
def _asset(name: str) -> bytes:
    # Found without being imported: the package is a Flask extension, and only its files serve.
    spec = find_spec("flask_swagger_ui")
    if spec is None or spec.origin is None:
        raise NotFoundException
    return (Path(spec.origin).parent / "dist" / name).read_bytes()
