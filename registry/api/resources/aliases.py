"""The other names of companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry import wording
from registry.accounts.access import anybody, needs
from registry.accounts.roles import Role
from registry.aliases import store
from registry.aliases.queries import recorded
from registry.api.part import Part
from registry.api.problems import Refused
from registry.api.shapes.aliases import AliasesShape, AliasShape, AliasTaken, ReasonTaken
from registry.certificates import products
from registry.errors import CannotBegin, RegistryError
from registry.site import site

aliases = Part("names of companies", "Trading names, former names and abbreviations, as reviewers recorded them.")


@aliases.operation("GET", "/aliases", gives=AliasesShape)
@anybody
def list_aliases() -> Any:
    """All other names of companies that are recorded."""
    with site().sessions() as session:
        return {"aliases": [one.to_json() for one in recorded(session).all]}


@aliases.operation(
    "POST",
    "/aliases",
    body=AliasTaken,
    gives=AliasShape,
    status=201,
    fails={404: "There is no such holder.", 409: "It says nothing new, or speaks against what is recorded."},
)
@needs(Role.REVIEWER)
def record_alias(body: Mapping[str, Any]) -> Any:
    """Record that a name is another name of a holder.

    What is certified under either is found by both, and counts for devices and offers under both, with the record named as the reason.
    """
    try:
        with site().sessions.begin() as session:
            holder = products.holder(session, body["holder"])
            if holder is None:
                raise Refused(404, f"This registry knows no holder {body['holder'][:80]}: search for it by a part of its name.")
            return store.record(session, holder.spelt_for(body["name"]), body["name"], body["reason"]).to_json()
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(409, wording.sentence(error)) from error


@aliases.operation("POST", "/aliases/<int:alias_id>/withdraw", body=ReasonTaken, gives=AliasShape)
@needs(Role.REVIEWER)
def withdraw_alias(alias_id: int, body: Mapping[str, Any]) -> Any:
    """Withdraw a record: it counts for nothing from then on, and stays in the event log."""
    try:
        with site().sessions.begin() as session:
            return store.withdraw(session, alias_id, body["reason"]).to_json()
    except store.NoSuchAlias as error:
        raise Refused(404, wording.sentence(error)) from error
