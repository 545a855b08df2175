"""What goes wrong on the client's side of a request, beside what the server answers."""

from __future__ import annotations

from autom8.kernel.errors import Autom8Error, Forbidden, Misconfigured, NotFound, Unauthenticated, Unavailable


class NotReachable(Unavailable):
    """No answer came: nothing listens there, the name is unknown, or it took too long."""

    code = "not_reachable"


class NothingListens(NotReachable):
    """The machine is there, but no server is: nothing was asked, so nothing was done."""

    code = "nothing_listens"


class NoServerHere(NothingListens):
    """No Autom8 server runs on this machine, and no other one was named."""

    code = "no_server"


class NotAutom8(Unavailable):
    """Something answered, but not as Autom8 does: a wrong address, or a proxy in between."""

    code = "not_autom8"


class NotLoggedIn(Unauthenticated):
    """There is nothing to show to the server, or it does not take it any longer."""

    code = "not_logged_in"


class TokenMissing(Misconfigured):
    """A server was named, but nothing that lets us in."""

    code = "token_missing"


class NoSuchTask(NotFound):
    """No task has this name."""

    code = "task_not_found"


class NoSuchUser(NotFound):
    """No user has this name."""

    code = "user_not_found"


class NoSuchGroup(NotFound):
    """No group of contacts has this name."""

    code = "group_not_found"


class NoSuchContact(NotFound):
    """No contact has this name, or several have."""

    code = "contact_not_found"


class NoSuchThing(NotFound):
    """Nothing of this kind has this name."""

    code = "not_found"


class NoSuchKey(NotFound):
    """No API key has this number or name, or several have."""

    code = "api_key_not_found"


class ProofNeeded(Forbidden):
    """The server wants to know once more who is here before it changes this."""

    code = "proof_needed"


class SecondFactorNeeded(Unauthenticated):
    """The password is right, and a code is needed beside it."""

    code = "second_factor_needed"


class ServerFault(Autom8Error):
    """The server failed at something it should have managed."""

    code = "server_fault"
