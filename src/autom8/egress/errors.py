"""Why something could not be reached or must not be. `permanent` says that asking again is of no use."""

from __future__ import annotations

from typing import ClassVar

from autom8.kernel.errors import Autom8Error, Forbidden, Invalid, Unavailable


class EgressError(Autom8Error):
    """An outgoing connection that did not come about, or gave nothing usable.

    `sent`: the request, or some of it, had gone out by then: the other side may have done what it asks.
    """

    code = "egress_failed"
    permanent: ClassVar[bool] = False
    sent: bool = False


class EgressRefused(EgressError, Forbidden):
    """The address, port or scheme must not be reached from here; `AUTOM8_EGRESS_ALLOW` lists exceptions."""

    code = "egress_refused"
    permanent = True

    def __init__(self, reason: str, *, host: str = "", port: int = 0, address: str = "") -> None:
        where = f"{host} on port {port}" if host else "This"
        super().__init__(f"{where} must not be reached from here: {reason}.")
        self.reason = reason
        self.host = host
        self.port = port
        self.address = address  # for logs: who asks need not learn where a name leads


class EgressRequestInvalid(EgressError, Invalid):
    """What was to be asked is no URL, method or header that can be sent."""

    code = "egress_request_invalid"
    permanent = True


class EgressUnresolved(EgressError, Unavailable):
    """The host's name has no address now."""

    code = "egress_unresolved"


class EgressUnreachable(EgressError, Unavailable):
    """Nobody answered at the address, or the connection broke."""

    code = "egress_unreachable"


class EgressTimedOut(EgressError, Unavailable):
    """It took longer than the whole exchange may take."""

    code = "egress_timed_out"


class EgressTlsFailed(EgressError, Unavailable):
    """The far side could not prove over TLS 1.2 or newer that it is who it was taken for."""

    code = "egress_tls_failed"


class EgressTooManyRedirects(EgressError, Unavailable):
    """It was sent on more often than the caller wants to follow."""

    code = "egress_too_many_redirects"


class EgressAnswerTooLarge(EgressError, Unavailable):
    """The answer has more bytes, packed or unpacked, than are taken."""

    code = "egress_answer_too_large"
    permanent = True


class EgressAnswerInvalid(EgressError, Unavailable):
    """The answer is not HTTP, or its encoding is damaged or one that was not asked for."""

    code = "egress_answer_invalid"
