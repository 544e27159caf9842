"""Says in one plain sentence what an event changed. Pure: facts in, words out.

Only what the pages show to everybody is said: no address of a device, nothing of who decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from registry import wording
from registry.events import EventKind

MOST_DIFFERENCES = 4
LONGEST_VALUE = 80
LONGEST_REASON = 400
MEETS = "meets"

_CHANGES = (EventKind.METADATA_ONLY, EventKind.EDITORIAL, EventKind.SUBSTANTIVE, EventKind.REISSUED)
_CELLS = {
    "certificate_no": "certificate number",
    "certificate_type": "certificate type",
    "company": "company",
    "country": "country",
    "date": "date",
    "designation": "designation",
    "extra": "what the service adds",
    "product_type": "product type",
    "protocol": "protocol",
    "software_version": "software version",
    "url": "link",
}


def _(text: str, **values: object) -> str:
    """`text` in the language of the page at hand; in English outside of any."""
    return str(gettext(text, **values))


@dataclass(frozen=True)
class Happened:
    """An event as it is told. `product` and `holder` are what the catalogue calls the certificate's, where it knows them."""

    id: int
    at: datetime
    kind: str
    subject: str
    number: str | None
    revision: str | None
    payload: Mapping[str, Any]
    device: str | None = None
    product: str | None = None
    holder: str | None = None


@dataclass(frozen=True)
class Told:
    """An event in words: a line to find it by, one sentence that says what changed, and its kind for programs: `certificate.new`."""

    title: str
    sentence: str
    type: str


def told(event: Happened) -> Told | None:
    """The event in words; None for one that changes nothing that a page shows."""
    say = _SAYERS.get(event.subject)
    said = say(event) if say is not None else None
    if said is None:
        return None
    title, sentence = said
    return Told(title, sentence, f"{_for_programs(event.subject)}.{_for_programs(event.kind)}")


def _for_programs(word: str) -> str:
    return word.replace(" ", "-")


def is_central(event: Happened) -> bool:
    """Whether it is about a central system, whose identity is its address and stays unsaid."""
    return event.payload.get("mode") == "charge-point" or "://" in (event.device or "")


def of_product(event: Happened) -> str:
    """The certificate with its product and holder, as far as they are known."""
    name = event.number or _("no number")
    name += f" {event.revision}" if event.revision else ""
    about = [part for part in (_short(event.product), _short(event.holder)) if part]
    return f"{name} ({', '.join(about)})" if about else name


def _certificate(event: Happened) -> tuple[str, str] | None:
    name = of_product(event)
    if event.kind == EventKind.NEW:
        return _("New certificate: %(name)s", name=name), _("The document of %(name)s came into the registry.", name=name)
    if event.kind == EventKind.REAPPEARED:
        return _("Back: %(name)s", name=name), _("%(name)s is shown again, after its document had been withdrawn from it.", name=name)
    if event.kind == EventKind.WITHDRAWN:
        return _("Withdrawn: %(name)s", name=name), _withdrawn(event, name)
    if event.kind == EventKind.REREAD:
        changes = differences(event.payload, wording.field_label)
        if changes is None:
            return None
        return (
            _("Read again: %(name)s", name=name),
            _("The document of %(name)s was read again, and is now read otherwise: %(changes)s.", name=name, changes=changes),
        )
    if event.kind == EventKind.REVIEWED:
        return _reviewed(event, name)
    return _reissued(event, name) if event.kind in _CHANGES else None


def _reissued(event: Happened, name: str) -> tuple[str, str]:
    changes = differences(event.payload, wording.field_label)
    if changes is None:
        sentence = _("Another document of %(name)s came, which attests the same.", name=name)
    elif event.payload.get("shown", True):
        sentence = _("Another document of %(name)s came, and is shown from now on. What differs: %(changes)s.", name=name, changes=changes)
    else:
        sentence = _(
            "Another document of %(name)s came that bears an earlier date, and is not shown. What differs: %(changes)s.",
            name=name,
            changes=changes,
        )
    return _("Reissued: %(name)s", name=name), sentence


def _withdrawn(event: Happened, name: str) -> str:
    number = event.payload.get("number")
    if number:
        return _("The document that was shown as %(name)s bears the number %(number)s, and is shown under that.", name=name, number=number)
    return _("The document that was shown as %(name)s is no longer shown as that.", name=name)


def _reviewed(event: Happened, name: str) -> tuple[str, str] | None:
    action, field = event.payload.get("action"), str(event.payload.get("field") or "")
    title = _("Reviewed: %(name)s", name=name)
    if action == "correct":
        changed = _change(wording.field_label(field), event.payload.get("old"), event.payload.get("new"))
        return title, _("A person corrected what was read of %(name)s: %(change)s.", name=name, change=changed)
    if action == "no certificate":
        return title, _("A person decided that the document shown as %(name)s is no certificate.", name=name)
    if action == "undo":
        return title, _("A person took back an earlier decision about %(name)s.", name=name)
    if action == "dismiss finding":
        return title, _("A person decided that a finding about %(name)s rests on a misreading.", name=name)
    return None


def _listing(event: Happened) -> tuple[str, str] | None:
    name = of_product(event)
    if event.kind == EventKind.NEW:
        return _("New in the OCA list: %(name)s", name=name), _("The OCA list has %(name)s for the first time.", name=name)
    if event.kind == EventKind.REAPPEARED:
        return _("Back in the OCA list: %(name)s", name=name), _("The OCA list has %(name)s again.", name=name)
    if event.kind == EventKind.WITHDRAWN:
        return _("No longer in the OCA list: %(name)s", name=name), _("The OCA list no longer has %(name)s.", name=name)
    changes = differences(event.payload, lambda cell: _CELLS.get(cell, cell.replace("_", " ")))
    if event.kind not in _CHANGES or changes is None:
        return None
    return (
        _("Changed in the OCA list: %(name)s", name=name),
        _("The OCA list says something else of %(name)s: %(changes)s.", name=name, changes=changes),
    )


def _document(event: Happened) -> tuple[str, str] | None:
    name = of_product(event)
    if event.kind == EventKind.REREAD and event.number:
        return (
            _("Not readable any more: %(name)s", name=name),
            _("The document of %(name)s was read again and could not be taken; what it said before stays.", name=name),
        )
    return None


def _audit(event: Happened) -> tuple[str, str] | None:
    if event.kind != EventKind.AUDITED:
        return None  # it was asked for or cancelled: no device was found to be anything
    verdict = wording.word(event.payload.get("verdict")) if event.payload.get("verdict") else _("no verdict")
    device = _("a central system") if is_central(event) or not event.device else event.device
    name = of_product(event)
    return (
        _("Audited: %(device)s against %(number)s: %(verdict)s", device=device, number=event.number, verdict=verdict),
        _("An audit of %(device)s against %(name)s ended with the verdict: %(verdict)s.", device=device, name=name, verdict=verdict),
    )


def _device(event: Happened) -> tuple[str, str] | None:
    if not event.device or is_central(event):
        return None
    if event.kind == EventKind.COVERAGE:
        return _coverage(event.device, event.payload)
    if event.kind == EventKind.CHANGED:
        return _row_changed(event.device, event.payload)
    row, seen = _value(event.payload.get("row")), _value(event.payload.get("seen"))
    if event.kind == EventKind.DRIFT_ENDED:
        title = _("Firmware drift ended: %(device)s", device=event.device)
        if not event.payload.get("row"):
            return title, _("The fleet's row of %(device)s names no firmware any more that it could drift from.", device=event.device)
        return title, _("%(device)s runs %(seen)s, as the fleet's row of it has it.", device=event.device, seen=seen)
    if event.kind != EventKind.DRIFTED:
        return None
    return (
        _("Firmware drift: %(device)s", device=event.device),
        _(
            "%(device)s said in an audit that it runs %(seen)s; the fleet's row of it has %(row)s.",
            device=event.device,
            seen=seen,
            row=row,
        ),
    )


def _row_changed(device: str, payload: Mapping[str, Any]) -> tuple[str, str] | None:
    changes = differences(payload, wording.field_label)
    if changes is None:
        return None
    return (
        _("Row changed: %(device)s", device=device),
        _("The fleet's row of %(device)s was replaced by another file's: %(changes)s.", device=device, changes=changes),
    )


def _coverage(device: str, payload: Mapping[str, Any]) -> tuple[str, str]:
    old, new = wording.word(str(payload.get("old"))), wording.word(str(payload.get("new")))
    why = _short(wording.again(payload.get("sentence") or ""), LONGEST_REASON).rstrip(".") or _("no reason was kept")
    title = _("%(answer)s now: %(device)s", answer=new.capitalize(), device=device)
    text = _(
        "Whether a certificate covers %(device)s was answered “%(old)s”, and is answered “%(new)s” now: %(why)s.",
        device=device,
        old=old,
        new=new,
        why=why,
    )
    return title, text


def _requirements(event: Happened) -> tuple[str, str] | None:
    payload = event.payload
    name, rules, new = of_product(event), _short(payload.get("title")), payload.get("new")
    why = "; ".join(_short(wording.again(one), LONGEST_REASON).rstrip(".") for one in payload.get("why") or ())
    if new == MEETS:
        said = _("%(name)s meets %(rules)s now: %(why)s.", name=name, rules=rules, why=why or _("no reason was kept"))
        return _("Meets %(rules)s now: %(name)s", rules=rules, name=name), f"{said}{_because(payload)}"
    title = _("Meets %(rules)s no longer: %(name)s", rules=rules, name=name)
    if new is None:
        return title, _("%(name)s met %(rules)s, and is not there to be judged by it any more.", name=name, rules=rules)
    said = _(
        "%(name)s met %(rules)s, and is answered “%(answer)s” now: %(why)s.",
        name=name,
        rules=rules,
        answer=wording.word(str(new)),
        why=why or _("no reason was kept"),
    )
    return title, f"{said}{_because(payload)}"


def _because(payload: Mapping[str, Any]) -> str:
    """What changed, where it was not the certificates alone."""
    changed = {
        "rules": _("The requirement set was changed."),
        "day": _("By the day, another part of the requirement set holds now."),
        "program": _("The program that reads and judges was brought up to date."),
    }.get(str(payload.get("because")))
    return f" {changed}" if changed else ""


_SAYERS: dict[str, Callable[[Happened], tuple[str, str] | None]] = {
    "certificate": _certificate,
    "listing": _listing,
    "document": _document,
    "audit": _audit,
    "device": _device,
    "requirements met": _requirements,
}


def differences(payload: Mapping[str, Any], label: Callable[[str], str]) -> str | None:
    """What a payload says of changed values, in a few words; None when it says that nothing did."""
    differing: Mapping[str, Any] = payload.get("differing") or {}
    gained, lost = payload.get("gained") or (), payload.get("lost") or ()
    parts = [_change(label(name), values.get("old"), values.get("new")) for name, values in differing.items()]
    parts += [_("%(field)s is there now", field=label(str(name))) for name in gained]
    parts += [_("%(field)s is not there any more", field=label(str(name))) for name in lost]
    if not parts:
        return None
    more = len(parts) - MOST_DIFFERENCES
    shown = "; ".join(parts[:MOST_DIFFERENCES])
    return f"{shown}; {_('and %(number)s more', number=more)}" if more > 0 else shown


def _change(field: str, old: object, new: object) -> str:
    return _("%(field)s %(old)s, now %(new)s", field=field, old=_value(old), new=_value(new))


def _value(value: object) -> str:
    return f"“{_short(value)}”" if value not in (None, "") else _("nothing")


def _short(value: object, longest: int = LONGEST_VALUE) -> str:
    text = " ".join(str(value or "").split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


SUBJECTS = tuple(map(_for_programs, _SAYERS))
KINDS = tuple(_for_programs(kind) for kind in EventKind if kind not in (EventKind.SET_ASIDE, EventKind.REVIEW))
"""What programs are told that something is about, and what happened to it: the two parts of `Told.type`."""
