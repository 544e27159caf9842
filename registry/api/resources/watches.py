"""Watches of an account: what is watched, and where word goes; and the archives that everybody may take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, send_file, url_for

from registry import wording
from registry.accounts.access import anybody, needs
from registry.accounts.roles import Role
from registry.api.part import Part
from registry.api.problems import Refused, Wrong
from registry.api.resources.accounts import own_account
from registry.api.shapes.accounts import (
    AddressTaken,
    MadeWatchShape,
    SnapshotsShape,
    WatchesShape,
    WatchMoveTaken,
    WatchTaken,
    WholeWatchShape,
)
from registry.errors import CannotBegin, RegistryError
from registry.evidence.signing import Signer
from registry.site import site
from registry.snapshots import shelf
from registry.vault import Vault
from registry.watches import store, topics
from registry.watches.store import AddressView, DeliveryView, WatchView

LARGEST_ID = 2**31

watches = Part("watches", "What an account keeps watch over, and where word goes; Atom feeds need no account.")
snapshots = Part("snapshots", "Everything in one signed archive.")


@watches.operation("GET", "/watches", gives=WatchesShape)
@needs(Role.READER)
def list_watches() -> Any:
    """The watches of the account, and the addresses that its mail may go to."""
    account = own_account()
    with site().sessions() as session:
        found, addresses = store.listed(session, account.id), store.addresses(session, account.id)
    return {"watches": [_watch_json(one) for one in found], "addresses": [_address_json(one) for one in addresses]}


@watches.operation("POST", "/watches", body=WatchTaken, gives=MadeWatchShape, status=201)
@needs(Role.READER)
def create_watch(body: Mapping[str, Any]) -> Any:
    """Keep watch from now on, by mail to a confirmed address or by a signed webhook."""
    if (body["url"] is None) == (body["address"] is None):
        detail = "Give either url, for a webhook, or address, for mail."
        raise Refused(422, detail, (Wrong("json", "url", detail),))
    every = body["every_minutes"] if body["url"] is None else 0
    try:
        topic = topics.parse(body["kind"], body["key"])
        with site().sessions.begin() as session:
            wanted = store.Wanted(topic, every, body["address"], body["url"])
            made, secret = store.create(session, site().settings, own_account().id, wanted, Vault(site().settings.home))
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(422, wording.sentence(error)) from error
    return _whole(made) | {"secret": secret}, 201, {"Location": url_for(".get_watch", watch_id=made)}


@watches.operation("GET", "/watches/<int:watch_id>", gives=WholeWatchShape)
@needs(Role.READER)
def get_watch(watch_id: int) -> Any:
    """One watch, and what became of its last messages."""
    return _whole(watch_id)


@watches.operation("PATCH", "/watches/<int:watch_id>", body=WatchMoveTaken, gives=WholeWatchShape)
@needs(Role.READER)
def move_watch(watch_id: int, body: Mapping[str, Any]) -> Any:
    """Pause a watch, or go on with it."""
    _whole(watch_id)
    with site().sessions.begin() as session:
        store.move(session, own_account().id, watch_id, body["state"])
    return _whole(watch_id)


@watches.operation("DELETE", "/watches/<int:watch_id>", status=204)
@needs(Role.READER)
def remove_watch(watch_id: int) -> Any:
    """Keep watch no more."""
    _whole(watch_id)
    with site().sessions.begin() as session:
        store.remove(session, own_account().id, watch_id)
    return Response(status=204)


@watches.operation("POST", "/watches/<int:watch_id>/test", gives=WholeWatchShape)
@needs(Role.READER)
def try_watch(watch_id: int) -> Any:
    """Send a message to try it out; at most one each half minute."""
    _whole(watch_id)
    with site().sessions.begin() as session:
        store.ask_test(session, own_account().id, watch_id)
    return _whole(watch_id)


@watches.operation("POST", "/watches/<int:watch_id>/secret", gives=MadeWatchShape, fails={409: "Mail has no secret."})
@needs(Role.READER)
def renew_watch_secret(watch_id: int) -> Any:
    """Give a webhook another secret."""
    _whole(watch_id)
    with site().sessions.begin() as session:
        secret = store.renew_secret(session, own_account().id, watch_id, Vault(site().settings.home))
    if secret is None:
        raise Refused(409, "This watch sends mail, which has no secret.")
    return _whole(watch_id) | {"secret": secret}


@watches.operation("POST", "/watches/addresses", body=AddressTaken, gives=WatchesShape)
@needs(Role.READER)
def add_mail_address(body: Mapping[str, Any]) -> Any:
    """Ask at an address whether it is its owner's: who follows the link confirms it."""
    try:
        with site().sessions.begin() as session:
            store.add_address(session, site().settings, own_account().id, body["address"].strip(), Vault(site().settings.home))
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(422, wording.sentence(error), (Wrong("json", "address", wording.sentence(error)),)) from error
    return list_watches()


@watches.operation("DELETE", "/watches/addresses/<int:address_id>", status=204)
@needs(Role.READER)
def remove_mail_address(address_id: int) -> Any:
    """Forget an address, and the watches that send there."""
    found = False
    if address_id < LARGEST_ID:
        with site().sessions.begin() as session:
            found = store.remove_address(session, own_account().id, address_id)
    if not found:
        raise Refused(404, "The account has no such address.")
    return Response(status=204)


@snapshots.operation("GET", "/snapshots", gives=SnapshotsShape)
@anybody
def list_snapshots() -> Any:
    """The archives that can be taken, the newest first."""
    found = shelf.snapshots(site().settings)
    signer = Signer(site().settings.home).fingerprint if found else None
    told = [
        {
            "serial": one.serial,
            "made": one.made.isoformat(),
            "next_update": one.next_update.isoformat(),
            "size": one.size,
            "counts": one.counts,
            "url": url_for(".get_snapshot", serial=one.serial),
        }
        for one in found
    ]
    return {"signer": signer, "snapshots": told}


@snapshots.operation("GET", "/snapshots/<int:serial>", kind="application/zip")
@anybody
def get_snapshot(serial: int) -> Any:
    """One archive, whole, for `ocpp-registry verify`."""
    found = shelf.snapshot(site().settings, serial) if serial < LARGEST_ID else None
    if found is None:
        raise Refused(404, "That snapshot is not here, or not any more: the list of snapshots has the newest.")
    return send_file(found.path, mimetype="application/zip")


def _whole(watch_id: int) -> dict[str, Any]:
    found = None
    if watch_id < LARGEST_ID:
        with site().sessions() as session:
            found = store.view(session, own_account().id, watch_id)
    if found is None:
        raise Refused(404, "The account has no such watch.")
    return _watch_json(found) | {"deliveries": [_delivery_json(one) for one in found.deliveries]}


def _watch_json(watch: WatchView) -> dict[str, Any]:
    plain = {name: getattr(watch, name) for name in ("id", "label", "channel", "to", "confirmed", "every_minutes", "state", "why")}
    return plain | {
        "kind": str(watch.topic.kind),
        "key": watch.topic.key,
        "feed": watch.topic.feed,
        "made_at": watch.made_at.isoformat(),
        "told_at": watch.told_at.isoformat() if watch.told_at else None,
        "url": url_for("api_watches.get_watch", watch_id=watch.id),
    }


def _delivery_json(one: DeliveryView) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("kind", "state", "attempts", "answer", "title", "events")}
    return plain | {
        "made_at": one.made_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "due_at": one.due_at.isoformat(),
    }


def _address_json(one: AddressView) -> dict[str, Any]:
    return {"id": one.id, "address": one.address, "confirmed": one.confirmed, "asked_at": one.asked_at.isoformat()}
