"""The Flask application of the API: its routes, and what stands around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask
from werkzeug.routing import BaseConverter

from autom8.api import (
    account,
    alertmanager,
    api_keys,
    audit,
    auth,
    channels,
    checks,
    contact_files,
    contacts,
    docs,
    erasures,
    escalation_policies,
    groups,
    incidents,
    keys,
    message_preview,
    messages,
    metrics,
    oidc,
    oncall,
    prometheus,
    rules,
    runs,
    silences,
    slots,
    tasks,
    user_access,
    users,
)
from autom8.api.endpoint import EXTENSION
from autom8.api.errors import register_errors
from autom8.api.fields import SESSION_ID
from autom8.api.health import HEALTH
from autom8.api.health import blueprint as health_blueprint
from autom8.api.openapi import served_description
from autom8.api.pings import make_pings_blueprint
from autom8.bootstrap import HealthView, Services
from autom8.kernel import defaults
from autom8.middleware.addresses import Proxies
from autom8.middleware.bounds import Bounds
from autom8.middleware.cors import Cors
from autom8.middleware.gate import Gate
from autom8.middleware.limits import Limits
from autom8.middleware.observing import Observed
from autom8.middleware.rate_limit import Limiter, RateLimiter, SharedRateLimiter

PREFIX: Final = "/api/v1"
LOGIN_ALIAS: Final = "/auth/login"
OWN_LIMITS: Final = {f"POST {PREFIX}/metrics": defaults.METRICS_REQUESTS_PER_MINUTE}
RESOURCES: Final[tuple[Blueprint, ...]] = (
    health_blueprint,
    auth.blueprint,
    oidc.blueprint,
    account.blueprint,
    api_keys.blueprint,
    users.blueprint,
    user_access.blueprint,
    tasks.blueprint,
    runs.blueprint,
    slots.blueprint,
    contact_files.blueprint,
    contacts.blueprint,
    erasures.blueprint,
    groups.blueprint,
    incidents.blueprint,
    checks.blueprint,
    rules.blueprint,
    silences.blueprint,
    silences.dependencies,
    message_preview.blueprint,
    channels.blueprint,
    messages.blueprint,
    metrics.blueprint,
    prometheus.blueprint,
    oncall.blueprint,
    escalation_policies.blueprint,
    audit.blueprint,
    keys.blueprint,
    docs.description,
)


class _SessionId(BaseConverter):
    """The id of a session in a path."""

    regex = SESSION_ID


class _Id(BaseConverter):
    """An id in a path: digits. What no database can hold is refused by the endpoint, as not found.

    (A converter that refuses makes Werkzeug answer 405 where other methods have the same rule.)
    """

    regex = r"[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        return int(value)


def create_app(services: Services, *, health: Callable[[], HealthView]) -> Flask:
    """The API over these services; `health` says how the server is that it runs in."""
    settings = services.settings
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # only CORS asks, and is answered by itself
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = _Id
    app.url_map.converters["session"] = _SessionId
    app.extensions[EXTENSION] = services
    app.extensions[HEALTH] = health
    register_errors(app)
    cors = Cors(frozenset(settings.cors_origins))
    limits = Limits(
        per_minute=settings.requests_per_minute,
        by_role=dict(settings.rate_limits_by_role),
        by_route=dict(settings.rate_limits_by_route),
        of_known=OWN_LIMITS,
        aliases={f"POST {LOGIN_ALIAS}": f"POST {PREFIX}/auth/login"},
    )
    Gate(
        security=services.security,
        limiter=_limiter(services),
        limits=limits,
        body_bytes_max=settings.body_bytes_max,
        file_bytes_max=settings.import_bytes_max,
        proxies=Proxies(networks=settings.proxy_networks, end_tls=settings.behind_tls_proxy),
        cors=cors,
        https_only=settings.production,
    ).guard(app)
    for each in RESOURCES:
        app.register_blueprint(each, url_prefix=PREFIX + (each.url_prefix or ""))
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(alertmanager.blueprint)
    app.register_blueprint(make_pings_blueprint(services.alerts.pinging))
    app.add_url_rule(LOGIN_ALIAS, "login_alias", auth.login, methods=["POST"])
    app.extensions[docs.OPENAPI] = served_description(app)
    limits.refuse_unknown_routes(app)
    observed = Observed(
        app.wsgi_app,
        telemetry=services.telemetry,
        production=settings.production,
        bounds=Bounds(header_bytes_max=settings.header_bytes_max),
        cors=cors,
    )
    app.wsgi_app = observed  # type: ignore[method-assign]
    return app


def _limiter(services: Services) -> Limiter:
    own = RateLimiter(monotonic=services.clock.monotonic)
    return own if services.counts is None else SharedRateLimiter(services.counts, own)
