"""`/a/<token>`: the page by which a link in a message acknowledges an incident.

GET and HEAD say how the link stands and change nothing, since programs that guard people's mail follow every
link. POST acts. The link itself is the right to act, so that neither a session nor a cookie is looked at.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Protocol

from flask import Blueprint, Response, current_app, request

from autom8.alerts.messages.link_wording import LINK_WORDS, LinkWords
from autom8.alerts.messages.links import PATH, LinkState, Seen
from autom8.alerts.messages.wording import words_of
from autom8.alerts.templates import one_line, shortened
from autom8.dashboard.link_page import POLICY, TITLE_CHARS_MAX, page
from autom8.kernel.actor import Actor
from autom8.kernel.errors import RateLimited, Unavailable
from autom8.middleware.gate import HttpsRequired, admit_visitor

# An expired or used one is gone for good. One whose incident is over is as it should be.
_STATUS: Final = {
    LinkState.GOOD: HTTPStatus.OK,
    LinkState.OVER: HTTPStatus.OK,
    LinkState.FORGED: HTTPStatus.NOT_FOUND,
    LinkState.EXPIRED: HTTPStatus.GONE,
    LinkState.USED: HTTPStatus.GONE,
}


class LinkPort(Protocol):
    """What the page needs of links."""

    def look(self, token: str) -> Seen:
        """What a link is worth; changes nothing."""
        ...

    def use(self, token: str, *, actor: Actor) -> Seen:
        """Acknowledge by a link, once; what it was worth before."""
        ...


def make_links_blueprint(links: LinkPort) -> Blueprint:
    """The page's two routes."""
    blueprint = Blueprint("links", __name__)

    def show(token: str) -> Response:
        admit_visitor(current_app)
        seen = links.look(token)
        words = _words(seen)
        if seen.state is not LinkState.GOOD:
            return _said(seen, words)
        note = words.already.format(name=seen.acknowledged_by) if seen.acknowledged_by else ""
        button = words_of(words.language).acknowledge
        return _answer(page(words, words.good, title=_title(seen), note=note, button=button), HTTPStatus.OK)

    def act(token: str) -> Response:
        visitor = admit_visitor(current_app)
        seen = links.use(token, actor=visitor)
        words = _words(seen)
        if seen.state is not LinkState.GOOD:
            return _said(seen, words)
        return _answer(page(words, words.done, title=_title(seen)), HTTPStatus.OK)

    blueprint.add_url_rule(f"{PATH}<token>", "show", show, methods=["GET"])
    blueprint.add_url_rule(f"{PATH}<token>", "act", act, methods=["POST"])
    blueprint.register_error_handler(RateLimited, _too_many)
    blueprint.register_error_handler(HttpsRequired, _only_https)
    blueprint.register_error_handler(Unavailable, _unavailable)
    return blueprint


def _said(seen: Seen, words: LinkWords) -> Response:
    said = str(getattr(words, seen.state))
    return _answer(page(words, said, title=_title(seen)), _STATUS[seen.state])


def _title(seen: Seen) -> str:
    return shortened(one_line(seen.title), TITLE_CHARS_MAX)


def _words(seen: Seen) -> LinkWords:
    """In the contact's language; to whom we don't know, in the browser's."""
    if seen.language:
        return LINK_WORDS[words_of(seen.language).language]
    return LINK_WORDS[request.accept_languages.best_match(list(LINK_WORDS), "en") or "en"]


def _answer(text: str, status: HTTPStatus) -> Response:
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Vary"] = "Accept-Language"
    return response


def _too_many(error: RateLimited) -> Response:
    response = _failed("too_many", HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _only_https(_: HttpsRequired) -> Response:
    return _failed("only_https", HTTPStatus.FORBIDDEN)


def _unavailable(_: Unavailable) -> Response:
    return _failed("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)


def _failed(name: str, status: HTTPStatus) -> Response:
    words = _words(Seen(state=LinkState.FORGED))
    return _answer(page(words, str(getattr(words, name))), status)
