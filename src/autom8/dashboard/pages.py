"""The addresses of the page, all answered with the same file; and the files that it needs.

Which page an address means is decided in the browser. Security headers come from the middleware.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, make_response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from autom8.dashboard.assets import BUILT, Asset, find_asset, index

# Everything the page has a view for; the addresses below a path are the page's to judge.
PAGES: Final = (
    "/", "/setup", "/login", "/account", "/audit",
    "/tasks", "/tasks/<path:_>",
    "/runs", "/runs/<path:_>",
    "/incidents", "/incidents/<path:_>",
    "/silences", "/dependencies", "/rules",
    "/oncall", "/escalation-policies",
    "/checks", "/checks/<path:_>",
    "/channels", "/messages",
    "/contacts", "/contacts/<path:_>",
    "/users", "/users/<path:_>",
)  # fmt: skip

_NOT_BUILT: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Autom8: the page was not built</title></head>
<body>
<h1>The page was not built</h1>
<p>The page was not built: this installation of Autom8 lacks its files, most often because npm's
registry could not be reached when it was installed. Tasks run all the same, and the
<code>autom8</code> command and the <a href="/api/docs">API</a> do everything that the page does.</p>
<p>To build it, start <code>./dev run</code> in a clone, or install Autom8 again, where npm's registry can
be reached. With <code>AUTOM8_REQUIRE_PAGE=1</code> the installation stops and says what is
missing.</p>
</body>
</html>
"""


class _Elsewhere(BaseConverter):
    """Any path but those below which programs are answered."""

    regex = r"(?!(?:api|auth|static)(?:/|$)).+"
    part_isolating = False


def make_blueprint(built: Path = BUILT) -> Blueprint:
    """The page's addresses and files, served from the folder `built`; needs no services."""
    blueprint = Blueprint("dashboard", __name__)

    def page(_: str = "") -> Response:
        found = index(built)
        return _not_built() if found is None else _send(found)

    def static(name: str) -> Response:
        accepts_gzip = bool(request.accept_encodings["gzip"])
        found = find_asset(built, name, accepts_gzip=accepts_gzip)
        if found is None:
            abort(HTTPStatus.NOT_FOUND)
        return _send(found)

    def elsewhere(_: str) -> Response:
        if "text/html" not in str(request.accept_mimetypes):
            abort(HTTPStatus.NOT_FOUND)  # a program gets the API's own words
        answer = page()
        if answer.status_code == HTTPStatus.OK:
            answer.status_code = HTTPStatus.NOT_FOUND  # the page says the same to people
        return answer

    blueprint.record_once(_teach_elsewhere)
    for rule in PAGES:
        blueprint.add_url_rule(rule, view_func=page)
    blueprint.add_url_rule("/<elsewhere:_>", view_func=elsewhere)
    blueprint.add_url_rule("/static/<path:name>", view_func=static)
    return blueprint


def _teach_elsewhere(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["elsewhere"] = _Elsewhere


def _send(asset: Asset) -> Response:
    response = Response(asset.path.read_bytes(), mimetype=asset.media_type)
    response.add_etag()
    response.headers["Cache-Control"] = asset.cache_control
    response.headers["Vary"] = "Accept-Encoding"
    if asset.gzipped:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response


def _not_built() -> Response:
    response = make_response(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Cache-Control"] = "no-store"
    return response
