"""The provider by which people may sign in, as settings name it, and what it says of somebody.

Values and rules only: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from autom8.kernel.errors import NotFound, RateLimited, Unauthenticated, Unavailable
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role

CALLBACK_PATH: Final = "/api/v1/auth/oidc/callback"
_RANK: Final = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}
_WORDS_MAX: Final = 10_000  # of a role claim: a person in more groups than that is a mistake


class OidcOff(NotFound):
    """No provider is set up here."""

    code = "oidc_off"

    def __init__(self) -> None:
        super().__init__("Signing in by a provider is not set up here.")


class OidcBusy(RateLimited):
    """As many sign-ins wait for the provider as this server has room for."""

    code = "oidc_busy"

    def __init__(self) -> None:
        super().__init__("Too many people sign in just now.", retry_after_s=5)


class OidcUnreachable(Unavailable):
    """The provider did not answer, or not as one does."""

    code = "oidc_unreachable"

    def __init__(self) -> None:
        super().__init__("The sign-in provider does not answer as it should.")


class OidcStateRefused(Unauthenticated):
    """The answer belongs to no sign-in that this browser began in the last minutes."""

    code = "oidc_state_refused"

    def __init__(self) -> None:
        super().__init__(
            "This sign-in was not begun here, took too long, or was completed before; try again."
        )


class OidcDenied(Unauthenticated):
    """The person, or the provider, said no."""

    code = "oidc_denied"

    def __init__(self) -> None:
        super().__init__("The provider did not let you in.")


class OidcRefused(Unauthenticated):
    """What the provider said does not prove who it speaks of."""

    code = "oidc_refused"

    def __init__(self, reason: str) -> None:
        super().__init__("What the provider says does not prove who you are.")
        self.reason = reason  # a word of ours, for the log and the audit trail


class OidcNameUnusable(Unauthenticated):
    """The provider gives no name that a user can have here."""

    code = "oidc_name_unusable"

    def __init__(self) -> None:
        super().__init__("The provider gives no name that you could have here.")


class OidcNameTaken(Unauthenticated):
    """Another user has the name that the provider gives; who that is, is not decided by a name."""

    code = "oidc_name_taken"

    def __init__(self) -> None:
        super().__init__("A user who does not sign in by this provider has your name; ask an administrator.")


class OidcNoRole(Unauthenticated):
    """Nothing that the provider says gives this person a role here."""

    code = "oidc_no_role"

    def __init__(self) -> None:
        super().__init__("The provider gives you no role here; ask an administrator.")


class OidcUserDisabled(Unauthenticated):
    """The user is disabled here."""

    code = "oidc_user_disabled"

    def __init__(self) -> None:
        super().__init__("Your account is disabled here; ask an administrator.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider and how its words become users here. `default_role` None refuses who matches nothing."""

    issuer: str
    client_id: str
    client_secret: Secret | None
    public_url: str
    label: str
    scopes: str
    name_claim: str
    role_claim: str
    roles: Sequence[tuple[str, Role]] = ()
    default_role: Role | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to."""
        return self.public_url + CALLBACK_PATH

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the role claim gives, else the default; None for nobody."""
        words = _words(_claim(claims, self.role_claim)) if self.role_claim else set()
        given = [role for word, role in self.roles if word in words]
        return max(given, key=_RANK.__getitem__, default=self.default_role)

    def name_of(self, claims: Mapping[str, Any]) -> str:
        """The name for a new user; empty when the provider gives none."""
        name = _claim(claims, self.name_claim)
        return name if isinstance(name, str) else ""

    def wants_more(self, claims: Mapping[str, Any]) -> bool:
        """Whether a claim that is needed is not in the ID token, so that userinfo must be asked."""
        needed = [self.name_claim, *([self.role_claim] if self.role_claim else [])]
        return any(_claim(claims, name) is None for name in needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody, as a provider has proven them. `authenticated_at` is in seconds since 1970, if told."""

    issuer: str
    subject: str
    claims: Mapping[str, Any] = field(repr=False)
    authenticated_at: int | None


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with dots between; None when there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _words(claim: Any) -> set[str]:
    listed = claim if isinstance(claim, list) else [claim]
    return {word for word in listed[:_WORDS_MAX] if isinstance(word, str)}
