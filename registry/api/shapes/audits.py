"""Audits and campaigns."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from registry.api.fields import (
    SAID,
    Shape,
    Taken,
    anything,
    asked_choice,
    asked_number,
    asked_text,
    counts,
    decimal,
    flag,
    many,
    number,
    one,
    text,
    texts,
)
from registry.audits.forms import DEFAULT_WAIT, LOADS, LONGEST_ADDRESS, LONGEST_TAG, LONGEST_WAIT, SHORTEST_WAIT
from registry.audits.identities import LONGEST_STATION, is_identity
from registry.audits.store import ANSWERS
from registry.campaigns.forms import MOST_AT_ONCE
from registry.campaigns.plan import Every
from registry.campaigns.table import LONGEST_SITE

TIERS = ("passive", "read-only", "reversible", "in-session", "disruptive", "person")
LONGEST_NUMBER = 64
MOST_DEVICES_IN_JSON = 5_000
MOST_CASES = 200
_NUMBER = r"[A-Za-z0-9._\-]+"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"


def _asked_identity(about: str) -> fields.String:
    """The identity of a station, by the rule of the pages and of the fleet."""

    def check(given: str) -> None:
        if not is_identity(given):
            raise ValidationError("It begins with a letter or a digit, has no sign that is not seen and no empty part between slashes.")

    return asked_text(about, LONGEST_STATION, shortest=1, needed=True, check=check)


class AuditLineShape(Shape):
    """An audit as lists have it."""

    id = text("The audit's id.", form="uuid")
    station = text("The station's identity; the address of a management system for auditors, who may see addresses.")
    certificate = text("The certificate that it is held against.")
    mode = text("How it is audited: takeover, charge-point, replay or relay.")
    state = text("queued, running, done, failed or cancelled.")
    verdict = text("conformant, deviates or inconclusive; null while there is no report.", none=True)
    requested_at = text("When it was asked for.", form="date-time")
    started_at = text("When it began.", none=True, form="date-time")
    ended_at = text("When it ended.", none=True, form="date-time")
    reason = text("Why it could not be carried out.", none=True)
    url = text("Where the API tells of it.")


class AuditsArguments(Taken):
    """Which audits."""

    station = asked_text("Only those of this device.", LONGEST_ADDRESS)
    certificate = asked_text("Only those against this certificate.", LONGEST_NUMBER)
    page = asked_number("Which page, from 1.", 1, 100_000, load_default=1)
    size = asked_number("Audits a page.", 1, 200, load_default=50)


class AuditsPage(Shape):
    """One page of the audits, the newest first."""

    total = number("How many there are.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    audits = many(AuditLineShape, "The audits.")


class ProgressShape(Shape):
    """One line of an audit's progress."""

    position = number("Its place, from 1.")
    at = text("When.", form="date-time")
    done = number("Cases that are done.")
    total = number("Cases that there are.")
    text = text("What is being done.")


class PromptShape(Shape):
    """What a running audit waits for a person to do."""

    position = number("Its number within the audit.")
    until = text("How long it waits.", form="date-time")
    text = text("What is to be done.")


class AuditShape(AuditLineShape):
    """One audit."""

    tiers = texts("How far it may go.")
    cases = texts("The test cases that it is limited to; empty for all.")
    wait_seconds = decimal("How long it waits for the device, in seconds.")
    our_station = text("The identity of our station at a management system; null where a station is audited.", none=True)
    transcript_sha256 = text("The hash of the transcript; null where there is none.", none=True)
    progress = many(ProgressShape, "How far it is, the oldest line first.")
    prompt = one(PromptShape, "What it waits for a person to do.", none=True)
    report = text("Where its report is.", none=True)
    transcript = text("Where its traffic is; auditors may have it.", none=True)


class AuditTaken(Taken):
    """An audit of a charging station that connects to this registry's gateway."""

    station = _asked_identity("The identity that the station connects with.")
    certificate = asked_text("The number of the certificate.", LONGEST_NUMBER, shortest=1, needed=True, pattern=_NUMBER)
    tiers = fields.List(
        asked_choice("How far it may go.", TIERS),
        load_default=("passive", "read-only"),
        validate=validate.Length(max=len(TIERS)),
        metadata={"description": "How far it may go; listening alone is always allowed."},
    )
    wait_seconds = asked_number(
        "How long it waits for the station, in seconds.", SHORTEST_WAIT, LONGEST_WAIT, in_json=True, load_default=DEFAULT_WAIT
    )


def _tag(state: str, **more: Any) -> fields.String:
    return asked_text(f"An idTag that is {state} there.", LONGEST_TAG, shortest=1, **more)


class TagsTaken(Taken):
    """What idTags are to the management system; the names are those of `registry.audits.forms.TAG_STATES`."""

    valid = _tag("valid")
    member = _tag("of the same group as the valid one")
    single = _tag("allowed one session at a time")
    blocked = _tag("blocked")
    expired = _tag("expired")
    unknown_ = _tag("unknown", attribute="unknown", data_key="unknown")


class CentralAuditTaken(Taken):
    """An audit of a management system, to which our stations connect."""

    address = asked_text(
        "Where stations connect to, without an identity.", LONGEST_ADDRESS, shortest=1, needed=True, pattern=r"wss?://[!-~]+"
    )
    identity = _asked_identity("The identity of our station there.")
    certificate = asked_text("The number of the certificate.", LONGEST_NUMBER, shortest=1, needed=True, pattern=_NUMBER)
    id_tags = fields.Nested(TagsTaken, metadata={"description": "What idTags are there; they are kept until the audit has ended."})
    person = fields.Boolean(
        load_default=True, truthy={True}, falsy={False}, metadata={"description": "Whether somebody there can be asked to send things."}
    )
    load_ = asked_choice("How many stations at once.", LOADS, load_default="0", attribute="load", data_key="load")
    cases = fields.List(
        asked_text("A case.", 20, pattern=r"TC_[0-9A-Z_]+"),
        validate=validate.Length(max=MOST_CASES),
        metadata={"description": "Only these test cases, as TC_012_CSMS; left out: all."},
    )


class AnswerTaken(Taken):
    """What a person says of what was asked."""

    answer = asked_choice("Whether it is done.", ANSWERS, required=True)


class ReportShape(Shape):
    """The report of an audit, as `ocpp-registry audit --json` prints it."""

    report = anything("The report.")


class FramesArguments(Taken):
    """Which part of the traffic."""

    page = asked_number("Which page, from 1.", 1, 100_000, load_default=1)
    size = asked_number("Frames a page.", 1, 500, load_default=200)


class FrameShape(Shape):
    """One line of the traffic."""

    seq = number("Its number.")
    timestamp = text("When, as it was recorded.")
    elapsed = decimal("Seconds since the beginning.", none=True)
    event = text("What happened to the connection; null for a frame.", none=True)
    from_station = flag("Whether the station sent it.")
    message_type = text("CALL, CALLRESULT, CALLERROR or UNPARSABLE.")
    message_id = text("The message's id.", none=True)
    action = text("The action.", none=True)
    payload = text("What it carries, laid out for reading.")
    detail = fields.Dict(keys=fields.String(), values=fields.String(), required=True, metadata={"description": "What else was noted."})
    cut = flag("Whether it is longer than is told here.")


class FramesPage(Shape):
    """One page of the traffic."""

    total = number("How many lines there are.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    frames = many(FrameShape, "The lines.")


class DeviceHistoryLineShape(Shape):
    """One audit of a device's past."""

    audit = text("The audit's id.", form="uuid")
    at = text("When it was asked for.", form="date-time")
    certificate = text("The certificate.")
    state = text("Its state.")
    verdict = text("Its verdict.", none=True)


class ReportChangeShape(Shape):
    """One thing that is otherwise in the newer of two reports."""

    kind = text("What it is: a setting, a test case, ...")
    name = text("Its name.")
    before = text("What the older report says.", none=True)
    now = text("What the newer one says.", none=True)


class DeviceHistoryShape(Shape):
    """The audits of a device."""

    station = text("The device.")
    audits = many(DeviceHistoryLineShape, "Its audits, the newest first.")
    changed = many(ReportChangeShape, "What changed between the last two reports; null without two.", none=True)


class CampaignDeviceTaken(Taken):
    """One device of a campaign."""

    station = _asked_identity("Its identity.")
    certificate = asked_text("The number of its certificate.", LONGEST_NUMBER, shortest=1, needed=True, pattern=_NUMBER)
    site = asked_text("Where it stands.", LONGEST_SITE, load_default="")


class WindowTaken(Taken):
    """When audits may begin."""

    begins = asked_text("A time of day, as 22:00.", 5, needed=True, pattern=_TIME)
    ends = asked_text("A time of day; before the other one, it is on the next day.", 5, needed=True, pattern=_TIME)


class CampaignTaken(Taken):
    """Many audits with one grant."""

    name = asked_text("Its name.", 80, needed=True, pattern=SAID)
    devices = fields.List(
        fields.Nested(CampaignDeviceTaken),
        required=True,
        validate=validate.Length(min=1, max=MOST_DEVICES_IN_JSON),
        metadata={"description": "The devices."},
    )
    reversible = fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, metadata={"description": "Whether settings may be changed and put back."}
    )
    at_once = asked_number("Audits at once.", 1, MOST_AT_ONCE, in_json=True, load_default=8)
    per_site = asked_number("Audits at once at one site.", 1, MOST_AT_ONCE, in_json=True, load_default=2)
    window = fields.Nested(WindowTaken, load_default=None, metadata={"description": "When audits may begin; left out: at any time."})
    zone = asked_text("The time zone of the window, as Europe/Amsterdam.", 60, load_default="UTC")
    every = asked_choice("How often.", Every, load_default="once")


class CampaignShape(Shape):
    """A campaign."""

    id = text("Its id.", form="uuid")
    name = text("Its name.")
    state = text("active, paused or ended.")
    every = text("once or month.")
    tiers = texts("How far its audits may go.")
    at_once = number("Audits at once.")
    per_site = number("Audits at once at one site.")
    created_at = text("When it was made.", form="date-time")
    round_began_at = text("When this pass over the devices began.", form="date-time")
    next_round_at = text("When the next one begins.", none=True, form="date-time")
    url = text("Where the API tells of it.")


class CampaignsShape(Shape):
    """All campaigns."""

    campaigns = many(CampaignShape, "The campaigns, the newest first.")


class CampaignDeviceShape(Shape):
    """A device of a campaign."""

    station = text("Its identity.")
    certificate = text("The certificate.")
    site = text("Where it stands.")
    outcome = text("The verdict, else how far it is.")
    ended = text("When its audit ended.", none=True, form="date-time")
    audit = text("Its audit of this round.", none=True)
    reason = text("Why it could not be carried out.", none=True)


class RoundShape(Shape):
    """How far the present round is."""

    done = number("Devices whose audit has ended.")
    active = number("Devices whose audit waits or runs.")
    total = number("All devices.")
    left_seconds = decimal("How long the rest takes at the pace so far.", none=True)


class WindowShape(Shape):
    """A part of every day."""

    begins = text("A time of day, as 22:00.")
    ends = text("A time of day; before the other one, it is on the next day.")


class WholeCampaignShape(CampaignShape):
    """A campaign with its devices."""

    window = one(WindowShape, "When its audits may begin; null: at any time.", none=True)
    zone = text("The time zone of the window.")
    progress = one(RoundShape, "How far this round is.")
    verdicts = counts("How many devices came to which verdict, or are how far.")
    devices = many(CampaignDeviceShape, "The devices.")


class CampaignMoveTaken(Taken):
    """What becomes of a campaign."""

    state = asked_choice("active to resume it, paused, or ended for good.", ("active", "paused", "ended"), required=True)


class SiteVerdictsShape(Shape):
    """A site by its devices' last verdicts."""

    site = text("The site; empty where none is named.")
    total = number("How many devices stand there.")
    verdicts = counts("How many devices came to which verdict; never audited for those without one.")


class SitesVerdictsShape(Shape):
    """Every site of every campaign."""

    sites = many(SiteVerdictsShape, "The sites.")


class MonthShape(Shape):
    """The verdicts of a month."""

    month = text("The month, as 2026-05.")
    verdicts = counts("How many audits came to which verdict.")


class MonthsShape(Shape):
    """The verdicts of the last twelve months."""

    months = many(MonthShape, "The months, the oldest first.")
