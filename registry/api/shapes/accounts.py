"""Accounts, tokens, watches and snapshots."""

from __future__ import annotations

from marshmallow import fields, validate

from registry.api.fields import (
    Shape,
    Taken,
    WholeNumber,
    asked_choice,
    asked_number,
    asked_text,
    counts,
    flag,
    many,
    number,
    text,
    texts,
)
from registry.outgoing import LONGEST_ADDRESS
from registry.watches.forms import LONGEST_MAIL_ADDRESS
from registry.watches.store import INTERVALS
from registry.watches.topics import LONGEST_KEY, Kind


class TokenShape(Shape):
    """A token; its secret is told once, on the page where it is made."""

    id = number("Its id.")
    owner = text("The account.")
    label = text("What it is for.")
    scopes = texts("What it may do: read, audit, review, admin.")
    state = text("active, ended or revoked.")
    created_at = text("When it was made.", form="date-time")
    ends_at = text("When it ends.", none=True, form="date-time")
    used_at = text("When it was last used, within some minutes.", none=True, form="date-time")


class OwnAccountShape(Shape):
    """The account of the token."""

    name = text("Its name.")
    role = text("reader, auditor, reviewer or admin.")
    grants = texts("The roles whose rights this token has.")
    tokens = many(TokenShape, "Its tokens, the newest first.")


class AccountShape(Shape):
    """An account."""

    id = number("Its id.")
    name = text("Its name.")
    role = text("reader, auditor, reviewer or admin.")
    state = text("active, invited or disabled.")
    created_at = text("When it was made.", form="date-time")
    link_ends_at = text("Until when its one-time link can be used.", none=True, form="date-time")


class AccountsShape(Shape):
    """All accounts and all tokens."""

    accounts = many(AccountShape, "The accounts by name.")
    tokens = many(TokenShape, "The tokens, the newest first.")


class AccountChangeTaken(Taken):
    """What is to hold of an account."""

    disabled = fields.Boolean(
        truthy={True},
        falsy={False},
        required=True,
        validate=validate.OneOf((True,), error="true alone: it is let in again on the page of accounts"),
        metadata={"description": "true: it lets nobody in."},
    )


class DeliveryShape(Shape):
    """A message of a watch."""

    kind = text("What kind of message.")
    state = text("What became of it.")
    made_at = text("When it was made.", form="date-time")
    ended_at = text("When it was delivered, or given up.", none=True, form="date-time")
    due_at = text("When it is tried next.", form="date-time")
    attempts = number("How often it was tried.")
    answer = text("What the other side said.", none=True)
    title = text("Its title.")
    events = number("How many events it tells of.")


class WatchShape(Shape):
    """A watch."""

    id = number("Its id.")
    kind = text("What is watched: search, holder, product, certificate, device, fleet or requirements.")
    key = text("Which one; empty for all.")
    label = text("The same in words.")
    feed = text("Its Atom feed, for which nobody needs an account.")
    channel = text("mail or webhook.")
    to = text("Where word goes.")
    confirmed = flag("Whether that is confirmed.")
    every_minutes = number("At most how often word goes out, in minutes; 0: at once.")
    state = text("active, paused or ended.")
    why = text("Why it is not active.", none=True)
    made_at = text("When it was made.", form="date-time")
    told_at = text("When word last went out.", none=True, form="date-time")
    url = text("Where the API tells of it.")


class WholeWatchShape(WatchShape):
    """A watch with its last messages."""

    deliveries = many(DeliveryShape, "Its last messages, the newest first.")


class MadeWatchShape(WholeWatchShape):
    """A watch that was made."""

    secret = text("What a webhook's signatures are checked with: it is told this once; null for mail.", none=True)


class MailAddressShape(Shape):
    """An address that mail may go to."""

    id = number("Its id.")
    address = text("The address.")
    confirmed = flag("Whether its owner confirmed it.")
    asked_at = text("When that was asked.", form="date-time")


class WatchesShape(Shape):
    """The watches of an account."""

    watches = many(WatchShape, "The watches, the newest first.")
    addresses = many(MailAddressShape, "The addresses that its mail may go to.")


class WatchTaken(Taken):
    """A watch to be made: `url` for a webhook, `address` for mail."""

    kind = asked_choice("What to watch.", Kind, required=True)
    key = asked_text(
        "Which one: a slug, HOLDER/PRODUCT, a number, an identity, or the parameters of a search.", LONGEST_KEY, load_default=""
    )
    url = asked_text("The address that is called.", LONGEST_ADDRESS, load_default=None)
    address = asked_number("The id of a confirmed address.", 1, 2**31 - 1, in_json=True, load_default=None)
    every_minutes = WholeNumber(
        validate=validate.OneOf(tuple(INTERVALS)),
        load_default=1440,
        metadata={"description": "For mail: at most how often, in minutes; 0: at once."},
    )


class WatchMoveTaken(Taken):
    """What becomes of a watch."""

    state = asked_choice("active to go on, paused to wait.", ("active", "paused"), required=True)


class AddressTaken(Taken):
    """An address to be confirmed."""

    address = asked_text("The address: its owner gets a link to confirm it.", LONGEST_MAIL_ADDRESS, shortest=3, needed=True)


class SnapshotShape(Shape):
    """One archive of everything, signed."""

    serial = number("Its number: later ones have greater ones.")
    made = text("When it was made.", form="date-time")
    next_update = text("When the next one is due.", form="date-time")
    size = number("Its bytes.")
    counts = counts("How many rows of each table it has.")
    url = text("Where it is.")


class SnapshotsShape(Shape):
    """The snapshots that can be taken."""

    signer = text("The fingerprint of the key that signs them; null where there is none.", none=True)
    snapshots = many(SnapshotShape, "The snapshots, the newest first.")
