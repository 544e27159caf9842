"""What the roles are, and what each of them may do. Data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """The one role of an account."""

    READER = "reader"
    """Reads what anybody may read; has watches and tokens of its own."""
    AUDITOR = "auditor"
    """Audits devices and looks after the fleet: sees addresses, credentials and recorded traffic."""
    REVIEWER = "reviewer"
    """Decides about what was read from documents, about lists that were kept aside, and about requirement sets."""
    ADMIN = "admin"
    """All of it, and the accounts."""


class Scope(StrEnum):
    """What a token may be used for, at most."""

    READ = "read"
    AUDIT = "audit"
    REVIEW = "review"
    ADMIN = "admin"


_GRANTS: Mapping[Role, frozenset[Role]] = {
    Role.READER: frozenset({Role.READER}),
    Role.AUDITOR: frozenset({Role.READER, Role.AUDITOR}),
    Role.REVIEWER: frozenset({Role.READER, Role.REVIEWER}),
    Role.ADMIN: frozenset(Role),
}

ROLE_OF_SCOPE: Mapping[Scope, Role] = {
    Scope.READ: Role.READER,
    Scope.AUDIT: Role.AUDITOR,
    Scope.REVIEW: Role.REVIEWER,
    Scope.ADMIN: Role.ADMIN,
}


def grants(role: Role) -> frozenset[Role]:
    """The roles whose rights an account of that role has."""
    return _GRANTS[role]


def granted(role: Role, scopes: Iterable[Scope]) -> frozenset[Role]:
    """What a token with `scopes` may do now that its account has `role`: never more than the account itself."""
    wanted = frozenset[Role]().union(*(grants(ROLE_OF_SCOPE[scope]) for scope in scopes))
    return wanted & grants(role)


def scopes_within(role: Role) -> tuple[Scope, ...]:
    """The scopes that mean something for a token of an account of that role."""
    return tuple(scope for scope in Scope if ROLE_OF_SCOPE[scope] in grants(role))
