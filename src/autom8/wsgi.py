"""The WSGI application for servers other than `autom8 up`: `autom8.wsgi:application`, without a scheduler."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from autom8.api.app import create_app
from autom8.bootstrap import HealthView, Services, build_services, note_start
from autom8.config import read_settings
from autom8.dashboard import make_blueprint
from autom8.dashboard.links import make_links_blueprint
from autom8.kernel import logs

if TYPE_CHECKING:
    from flask import Flask


def create(services: Services, health: Callable[[], HealthView] | None = None) -> Flask:
    """The API and the page over these services."""
    app = create_app(services, health=health or services.health)
    app.register_blueprint(make_blueprint())
    app.register_blueprint(make_links_blueprint(services.alerts.links))
    return app


def __getattr__(name: str) -> object:
    if name != "application":
        raise AttributeError(name)
    settings = read_settings(os.environ)
    logs.configure(settings.log_level)
    services = build_services(settings)
    note_start(services)
    return create(services)
