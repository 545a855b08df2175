"""The API's description: `/api/v1/openapi.json`, and Swagger UI at `/api/docs` from files of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, current_app

from autom8.api.endpoint import PUBLIC, Call, Reply, endpoint
from autom8.api.shapes import Out

OPENAPI: Final = "autom8_openapi"  # the extension that holds the finished description
# Where the page's build puts Swagger UI; the dashboard serves it under /static/.
SWAGGER: Final = Path(__file__).parents[1] / "dashboard" / "static" / "swagger"
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Autom8 API</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/swagger/swagger-ui.css">
</head>
<body>
<main id="swagger"></main>
<script src="/static/swagger/swagger-ui-bundle.js"></script>
<script src="/static/swagger/start.js"></script>
</body>
</html>
"""
_PLAIN_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Autom8 API</title></head>
<body>
<main>
<h1>Autom8 API</h1>
<p>The description of the API is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
<p>Swagger UI is not part of this installation: the page was not built.</p>
</main>
</body>
</html>
"""

description = Blueprint("description", __name__)
blueprint = Blueprint("docs", __name__, url_prefix="/api/docs")


class OpenApiOut(Out):
    """An OpenAPI 3.1 document."""


@description.get("/openapi.json")
@endpoint(PUBLIC, answers=OpenApiOut)
def get_openapi(call: Call) -> Reply | Response:
    """This description."""
    del call
    response: Response = current_app.extensions[OPENAPI]()
    return response


@blueprint.get("")
@endpoint(PUBLIC)
def get_docs(call: Call) -> Response:
    """Swagger UI over this description."""
    del call
    built = (SWAGGER / "swagger-ui-bundle.js").exists()
    response = Response(_PAGE if built else _PLAIN_PAGE, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
