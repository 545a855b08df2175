"""Which bucket a request is counted in, and how many that takes a minute. Counts nothing itself.

A route with a limit of its own has a bucket of its own for each identity, beside the one for all else. An
identity's limit is its own number, else its role's, else the usual one. An API key shares its user's bucket
unless it has a number of its own, or more keys would make for more requests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from flask import Flask
from werkzeug.routing import Rule

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Misconfigured
from autom8.kernel.vocabulary import ActorKind
from autom8.middleware.addresses import site_of

LOCAL_FACTOR: Final = 10  # scripts of this machine's operator
_LOCAL: Final = f"local:{os.uname().nodename}"  # servers that count together have an operator each
_PARAMETER: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Requests a minute: the usual number, and where it differs. Routes as `METHOD /path/{parameter}`.

    `aliases` are second addresses of routes: they are counted with those, or would get round their limits.
    `of_known` are routes of programs, on which those whom we know may ask as often, apart from all else.
    """

    per_minute: int
    by_role: Mapping[str, int] = field(default_factory=dict)
    by_route: Mapping[str, int] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    of_known: Mapping[str, int] = field(default_factory=dict)

    def bucket_for(self, actor: Actor, method: str, rule: str | None) -> tuple[str, int]:
        """The bucket of a request by this method to the route of this rule, and its limit."""
        identity = _identity(actor)
        if rule is not None:
            route = route_name(method, rule)
            route = self.aliases.get(route, route)
            limit = self.by_route.get(route)
            if limit is None and (actor.id is not None or actor.kind is ActorKind.LOCAL):
                limit = self.of_known.get(route)
            if limit is not None:
                return f"{identity} {route}", limit
        return identity, self._limit_of(actor)

    def _limit_of(self, actor: Actor) -> int:
        if actor.requests_per_minute is not None:
            return actor.requests_per_minute
        if actor.kind is ActorKind.LOCAL:
            return self.per_minute * LOCAL_FACTOR
        return self.per_minute if actor.role is None else self.by_role.get(actor.role, self.per_minute)

    def refuse_unknown_routes(self, app: Flask) -> None:
        """Stop the start for a limit on a route that is not there: it would limit nothing, unseen.

        Raises:
            Misconfigured: there is such a limit.
        """
        routes = set(route_names(app.url_map.iter_rules())) - set(self.aliases)
        unknown = set(self.by_route) - routes
        if unknown:
            names = ", ".join(sorted(unknown))
            raise Misconfigured(f"AUTOM8_RATE_LIMITS_BY_ROUTE names what is no route: {names}.")


@lru_cache(maxsize=1_000)
def route_name(method: str, rule: str) -> str:
    """A route as the API's description spells it; HEAD counts as GET."""
    path = _PARAMETER.sub(r"{\1}", rule)
    return f"{'GET' if method == 'HEAD' else method} {path}"


def route_names(rules: Iterable[Rule]) -> Iterator[str]:
    """All routes of these rules."""
    for rule in rules:
        for method in (rule.methods or set()) - {"HEAD"}:
            yield route_name(method, rule.rule)


def _identity(actor: Actor) -> str:
    if actor.counted_as:
        return actor.counted_as
    if actor.id is not None:
        return f"user:{actor.id}"
    return _LOCAL if actor.kind is ActorKind.LOCAL else f"at:{site_of(actor.address)}"
