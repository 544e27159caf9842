"""What may be written where a certificate was misread: the type of each field, and the sentence that refuses the impossible. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.certificates.facts import FieldState
from registry.certificates.paths import Value, parts
from registry.certificates.words import protocol_of, role_of
from registry.errors import RegistryError
from registry.sentences import Sentence

LONGEST_TEXT = 500
"""No printed value is longer: OCPP 1.6 allows a configuration key 500 letters, and the covers have room for less."""

LONGEST_NUMBER = 100
LONGEST_SECONDS = 86_400
EARLIEST_DATE = date(2010, 1, 1)
"""OCPP 1.5 and the Open Charge Alliance are of this decade: no certificate can be older."""

NOT_APPLICABLE = "N/A"
EMPTY_MARKS = frozenset({"-", "–", "—", "--", "<>", "< >"})
_NUMBER = re.compile(r"(?:[FW]\d{2}\.)?OCA\.\d{4}\.\d{3,6}\.(?:CS|CSMS)")
_DIGITS = re.compile(r"\d{1,6}")


class Impossible(RegistryError):
    """A correction that cannot be what a certificate says."""


class FieldType(StrEnum):
    """How the value of a field is written."""

    NUMBER = "number"
    DATE = "date"
    SECONDS = "seconds"
    CHOICE = "choice"
    TEXT = "text"


CHOICES: dict[str, tuple[str, ...]] = {
    "protocol": ("OCPP 1.6", "OCPP 2.0.1", "OCPP 2.1"),
    "role": ("CS", "CSMS"),
    "product_type": ("Charging Station", "Charging Station Management System"),
    "communication": ("JSON", "SOAP"),
    "profiles": ("Pass", "Fail", "Not Tested", NOT_APPLICABLE),
}
"""The closed vocabularies: of single fields, and of all rows of the table of profiles."""


@dataclass(frozen=True)
class Written:
    """A value as a correction holds it: text, or None where the state says that there is none."""

    value: str | None
    state: FieldState


def field_type(path: str) -> FieldType:
    """The type of the field at `path`."""
    table, _, column = parts(path) or ("", "", "")
    if column:
        return FieldType.SECONDS
    if (table or path) in CHOICES:
        return FieldType.CHOICE
    return {"number": FieldType.NUMBER, "certification_date": FieldType.DATE}.get(path, FieldType.TEXT)


def choices(path: str) -> tuple[str, ...]:
    """The words that the field may hold; nothing for a field that may hold any."""
    table, _, column = parts(path) or ("", "", "")
    return () if column else CHOICES.get(table or path, ())


def states(path: str) -> tuple[FieldState, ...]:
    """What may be said of the field: a certificate without number is none, so the number is printed."""
    if path == "number":
        return (FieldState.READ, FieldState.UNREAD)
    if path in ("protocol", "role"):
        return (FieldState.READ, FieldState.UNREAD)
    return (FieldState.READ, FieldState.DECLARED_EMPTY, FieldState.NOT_APPLICABLE, FieldState.ABSENT, FieldState.UNREAD)


def checked(path: str, state: FieldState, text: str, *, today: date, number: str | None = None) -> Written:
    """The correction of the field at `path` to `text`, brought to its normal form.

    `number` is the certificate's number, which protocol and role must agree with. Raises Impossible with a sentence that says why.
    """
    if parts(path) is None:
        raise Impossible(Sentence("This is no field of a certificate that can be corrected"))
    if state not in states(path):
        raise Impossible(Sentence("“%(state)s” cannot be said of this field: every certificate has it", state=state))
    if state is not FieldState.READ:
        table = (parts(path) or ("", "", ""))[0]
        printed = state is FieldState.NOT_APPLICABLE and table != "performance" and path != "certification_date"
        return Written(NOT_APPLICABLE if printed else None, state)
    value = _plain(text)
    match field_type(path):
        case FieldType.NUMBER:
            return Written(_number(value), state)
        case FieldType.DATE:
            return Written(_date(value, today), state)
        case FieldType.SECONDS:
            return Written(_seconds(value), state)
        case FieldType.CHOICE:
            return _choice(path, value, number)
        case _:
            return _text(path, value)


def as_value(path: str, text: str | None) -> Value:
    """A stored text as the value that the certificate's facts hold: seconds are whole numbers, all else is text."""
    return int(text) if text is not None and field_type(path) is FieldType.SECONDS else text


def _plain(text: str) -> str:
    value = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") for letter in value):
        raise Impossible(Sentence("The value holds signs that cannot be seen: type it, instead of copying it from the document"))
    if not value:
        raise Impossible(Sentence("Write the value as the document prints it, or choose what else can be said of it"))
    if len(value) > LONGEST_TEXT:
        raise Impossible(
            Sentence(
                "That is %(number)s letters long, and nothing printed on a certificate is longer than %(most)s",
                number=len(value),
                most=LONGEST_TEXT,
            )
        )
    return value


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise Impossible(Sentence("That is no certificate number: they look like OCA.0016.0408.CS, and end in CS or CSMS"))
    if protocol_of(value) is None:
        raise Impossible(
            Sentence(
                "The second part of %(value)s names no protocol that OCA certifies: 0016 is OCPP 1.6, 0201 is 2.0.1, 0210 is 2.1",
                value=value,
            )
        )
    return value


def _date(value: str, today: date) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Impossible(
            Sentence("“%(value)s” is no day of the calendar: write year, month and day, as in 2023-07-12", value=value)
        ) from None
    if len(value) != len("2023-07-12"):
        raise Impossible(Sentence("“%(value)s” is no date as it is written here: year, month and day, as in 2023-07-12", value=value))
    if day > today:
        raise Impossible(Sentence("%(value)s is yet to come: no certificate bears a date after the day of its review", value=value))
    if day < EARLIEST_DATE:
        raise Impossible(Sentence("%(value)s is before there were OCPP certificates (%(year)s)", value=value, year=EARLIEST_DATE.year))
    return value


def _seconds(value: str) -> str:
    if not (value.isascii() and _DIGITS.fullmatch(value)):
        raise Impossible(Sentence("“%(value)s” is no whole number of seconds: write 30 for 30s, and 62 for 00:01:02", value=value[:40]))
    if int(value) > LONGEST_SECONDS:
        raise Impossible(Sentence("%(value)s seconds are more than a day: no test lasted that long", value=value))
    return str(int(value))


def _choice(path: str, value: str, number: str | None) -> Written:
    known = choices(path)
    if value not in known:
        raise Impossible(Sentence("“%(value)s” is none of what can stand here: %(known)s", value=value[:40], known=", ".join(known)))
    says = {"protocol": protocol_of, "role": role_of}.get(path)
    said = says(number) if says is not None else None
    if said is not None and said != value:
        raise Impossible(
            Sentence(
                "%(number)s says %(said)s, and the number decides: correct the number if that is what was misread", number=number, said=said
            )
        )
    return Written(value, FieldState.NOT_APPLICABLE if value == NOT_APPLICABLE else FieldState.READ)


def _text(path: str, value: str) -> Written:
    if value in EMPTY_MARKS:
        raise Impossible(Sentence("“%(value)s” is how a certificate prints that there is no value: choose “declared empty”", value=value))
    if path == "revision" and len(value) > LONGEST_NUMBER:
        raise Impossible(Sentence("No revision is longer than %(most)s letters", most=LONGEST_NUMBER))
    return Written(value, FieldState.NOT_APPLICABLE if value == NOT_APPLICABLE else FieldState.READ)
