"""The words that pages use for states, verdicts and dates. A verdict is always said in words; the tone only repeats it in colour.

All of them are said in the language of the page at hand, and in English outside of pages. Sentences that were kept as English text are
found again by their templates (`registry.sentences`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial

from babel.dates import format_date
from babel.messages.pofile import read_po
from flask_babel import get_locale
from markupsafe import Markup, escape

from registry.certificates.facts import FieldState
from registry.language import SOURCE_LANGUAGE, TRANSLATIONS, Words, counted, number_text, template_in_words
from registry.language import gettext as _
from registry.marking import N_
from registry.sentences import Joined, KeptSentence, KeptWord, Listed, Sentence, Templates

FIELD_LABELS = Words(
    {
        "number": N_("Certificate number"),
        "revision": N_("Revision"),
        "kind": N_("Certificate type"),
        "protocol": N_("Protocol"),
        "role": N_("Role"),
        "holder": N_("Holder"),
        "product_type": N_("Product type"),
        "designation": N_("Product designation"),
        "model": N_("Model"),
        "software_version": N_("Software version"),
        "certification_date": N_("Certification date"),
        "reference_specification": N_("Reference specification"),
        "errata": N_("Errata sheet"),
        "test_laboratory": N_("Test laboratory"),
        "laboratory_location": N_("Laboratory location"),
        "test_report_reference": N_("Test report"),
        "document_evidence": N_("Document evidence"),
        "vendor_name": N_("Vendor name"),
        "vendor": N_("Vendor"),
        "communication": N_("Communication"),
        "octt_version": N_("Test tool (OCTT)"),
        "non_ocpp_configuration": N_("Configuration outside OCPP"),
        "device_under_test": N_("Device under test"),
    }
)
"""What a single-valued field of a certificate is called on a page."""

STATE_WORDS = Words(
    {
        FieldState.READ: N_("read"),
        FieldState.ABSENT: N_("not in the document"),
        FieldState.DECLARED_EMPTY: N_("declared empty"),
        FieldState.NOT_APPLICABLE: N_("not applicable"),
        FieldState.UNREAD: N_("not read with certainty"),
    }
)

_BREAKS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_./,-])(?=\w)")

ROLE_WORDS = Words({"CS": N_("Charging station"), "CSMS": N_("Management system")})

AUDIT_STATE_WORDS = Words(
    {
        "queued": N_("waiting"),
        "running": N_("running"),
        "done": N_("done"),
        # Not "failed": that would read as if the device had.
        "failed": N_("not carried out"),
        "cancelled": N_("cancelled"),
    }
)

_WORDS = Words.of(
    *(
        N_("conformant"),
        N_("deviates"),
        N_("inconclusive"),
        N_("not carried out"),
        N_("cancelled"),
        N_("waiting"),
        N_("running"),
        N_("done"),
    ),
    *(N_("verified"), N_("fails"), N_("works"), N_("not exercised"), N_("not implemented"), N_("works but not certified")),
    *(N_("match"), N_("drift"), N_("missing"), N_("undeclared"), N_("not readable"), N_("unknown"), N_("within"), N_("exceeds")),
    *(N_("pass"), N_("fail"), N_("error"), N_("partial"), N_("not applicable"), N_("warning"), N_("note"), N_("remark")),
    *(N_("meets"), N_("does not meet"), N_("cannot tell"), N_("would meet with"), N_("covered"), N_("not covered")),
    *(N_("accepted"), N_("discarded"), N_("active"), N_("paused"), N_("ended"), N_("not matched yet"), N_("not given")),
    *(N_("reader"), N_("auditor"), N_("reviewer"), N_("admin"), N_("never audited"), N_("not yet"), N_("charging station")),
    *(N_("otherwise than in its row"), N_("as in its row, or never seen"), N_("once"), N_("every month")),
    *(N_("superseded"), N_("which revision holds is not known"), N_("withdrawn from the OCA list")),
    *(N_("certificate"), N_("laboratory report"), N_("tool report"), N_("self-attestation"), N_("proof of payment")),
    *(N_("passive"), N_("read-only"), N_("reversible"), N_("in-session"), N_("disruptive"), N_("person")),
)

_PROFILES_OF_FACET = Words(
    {
        # Both names are printed: the old one on certificates of OCPP 1.6, the new one on later ones.
        "Security": N_("Security, Advanced Security"),
        "untold": N_("cannot be told: “Full” in the list, or not read"),
    }
)
_PRINTED = Words.of(N_("Pass"), N_("Fail"), N_("Not Tested"), N_("N/A"), N_("Yes"), N_("No"))

_KINDS = Words(
    {
        "profiles": N_("{} (profile)"),
        "configuration_keys": N_("{} (configuration key)"),
        "hardware": N_("{} (hardware)"),
        "limits": N_("{} (limit)"),
    }
)
_EVENTS = Words({"open": N_("Connection opened"), "close": N_("Connection closed"), "handshake-refused": N_("Connection refused")})

_TONES: dict[str, str] = {
    "conformant": "good",
    "meets": "good",
    "does not meet": "bad",
    "cannot tell": "warn",
    "would meet with": "warn",
    "deviates": "bad",
    "inconclusive": "warn",
    "match": "good",
    "drift": "bad",
    "missing": "bad",
    "verified": "good",
    "fails": "bad",
    "fail": "bad",
    "pass": "good",
    "within": "good",
    "exceeds": "bad",
    "error": "warn",
    "partial": "warn",
    "works but not certified": "warn",
    "superseded": "warn",
    "which revision holds is not known": "warn",
    "withdrawn from the oca list": "bad",
    "undeclared": "warn",
    "unknown": "warn",
    "warning": "warn",
    "remark": "warn",
}


def tone(word: object) -> str:
    """The class of a verdict's colour: `good`, `bad`, `warn`, or nothing for what is neither."""
    return _TONES.get(str(word).casefold(), "")


def tone_of_severity(severity: object) -> str:
    """The class of a finding's colour; an error of a certificate is bad, an error of a test case only says that it gave no answer."""
    return {"error": "bad", "warning": "warn"}.get(str(severity), "")


def word(said: object) -> str:
    """A verdict, an outcome or a state in the language of the page; what is none of them is given back as it is."""
    return _WORDS.get(str(said), str(said))


def say(text: str) -> str:
    """A text that was marked with `N_`, in the language of the page."""
    return _(text)


def told(site: str, counts: Mapping[str, int]) -> str:
    """A place of the fleet with its answers."""
    return f"{site or _('no site named')}: {', '.join(f'{number(count)} {word(answer)}' for answer, count in counts.items() if count)}"


def month(year: int, month_of_year: int, *, short: bool = False) -> str:
    """A month, as "May 2026" or "May"."""
    return format_date(date(year, month_of_year, 1), "MMM" if short else "MMMM y", locale=_language())


def words(said: Iterable[object]) -> str:
    """Several of them, with commas between."""
    return ", ".join(map(word, said))


def state(of: object) -> str:
    """Why a field has no value."""
    return STATE_WORDS.get(str(of), _("no value"))


def field_label(path: str) -> str:
    """The name of a field of a certificate as a reader knows it: `profiles.Core` is "Core (profile)"."""
    table, _dot, row = path.partition(".")
    if not row:
        return FIELD_LABELS.get(path, path.replace("_", " ").capitalize())
    if table == "performance":
        name, _dot, column = row.rpartition(".")
        return _("%(name)s (laboratory)", name=name) if column == "measured_seconds" else _("%(name)s (PICS)", name=name or row)
    return _KINDS[table].format(row) if table in _KINDS else f"{row} ({table})"


def field_labels(paths: Iterable[str]) -> str:
    """The names of several fields, with commas between."""
    return ", ".join(map(field_label, paths))


def number(value: int) -> str:
    """A number with its thousands apart, as the language of the page writes it."""
    return number_text(value)


def day(value: object) -> str:
    """A date as people write it, "12 July 2023"; what is no date is given back as it is."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    if isinstance(value, date):
        return _day_said(_language(), value)
    return "" if value is None else str(value)


def days() -> Callable[[date], str]:
    """What `day` says of dates, for many of them: the language of the page is looked up once."""
    return partial(_day_said, _language())


def _day_said(language: str, value: date) -> str:
    # The month is spelt out in every language: which of two numbers is the month differs from country to country.
    return f"{value.day} {_spelt_out(value.month, language)} {value.year}"


@lru_cache(maxsize=1024)
def _spelt_out(month_of_year: int, language: str) -> str:
    """The month as it stands in a date: some languages call it otherwise than alone."""
    return format_date(date(2000, month_of_year, 1), "MMMM", locale=language)


def moment(value: object) -> str:
    """A moment with its minute, in UTC: "12 July 2023, 14:05 UTC"."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if not isinstance(value, datetime):
        return day(value)
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    return f"{day(value.date())}, {value:%H:%M} UTC"


def facet_value(facet: str, value: str) -> str:
    """A value of a facet of the search, or the text that is searched for as `facet` "text"."""
    if facet == "documented":
        return _("Read from the document") if value == "yes" else _("From the OCA list only")
    if facet == "text":
        return f"“{value}”"
    if facet == "profiles":
        return _PROFILES_OF_FACET.get(value, value)
    return ROLE_WORDS.get(value, value) if facet == "role" else value


def seconds(value: object) -> str:
    """A duration in seconds, with as many digits as say something."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    if value and abs(value) < 0.1:
        return f"{value * 1000:.0f} ms" if abs(value) >= 0.001 else _("under 1 ms")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text} s"


def roughly(left_seconds: float) -> str:
    """A time that is left, as people say it."""
    span = timedelta(seconds=round(left_seconds))
    if span < timedelta(minutes=2):
        return _("about a minute")
    if span < timedelta(hours=2):
        return counted("about %(num)s minute", "about %(num)s minutes", round(span.total_seconds() / 60))
    if span < timedelta(days=2):
        return counted("about %(num)s hour", "about %(num)s hours", round(span.total_seconds() / 3600))
    return counted("about %(num)s day", "about %(num)s days", round(span.total_seconds() / 86400))


def severities(level: object, number_of_them: int) -> str:
    """How many findings of one severity there are: "3 warnings"."""
    if str(level) == "error":
        return counted("%(num)s error", "%(num)s errors", number_of_them)
    if str(level) == "warning":
        return counted("%(num)s warning", "%(num)s warnings", number_of_them)
    return counted("%(num)s note", "%(num)s notes", number_of_them)


def connection_event(event: str) -> str:
    """What happened to a connection, from the `event` of a transcript's line."""
    return _EVENTS.get(event, event)


def said(text: object) -> str:
    """What a sentence says, or an error's, in the language of the page; a text that does not know what it is made of as it is."""
    told = text.args[0] if isinstance(text, Exception) and text.args else text
    return str(told) if _language() == SOURCE_LANGUAGE else _in_words(told)


def sentence(text: object) -> str:
    """`text` as a sentence in the language of the page: with a capital at its beginning and a full stop at its end.

    A name at its beginning, as far as it is known for one, stays as it is written: "offers.csv is empty."
    """
    told = text.args[0] if isinstance(text, Exception) and text.args else text
    return _whole(said(told), begins_with_name=_begins_with_name(told))


def compared(value: str) -> str:
    """A value of a comparison: our own words in it, and those that all certificates print alike, in the language of the page."""
    if isinstance(value, Joined):
        return value.between.join(map(compared, value.parts))
    return said(value) if isinstance(value, _MADE) else _PRINTED.get(value) or value


def kept(text: object, *, whole: bool = False) -> Markup:
    """A sentence that was kept, as it is shown: in the language of the page, or else in English and marked as English.

    `whole`: as `sentence` has it.
    """
    is_english = _language() == SOURCE_LANGUAGE
    told = text if is_english or isinstance(text, _MADE) else _again(str(text)) or text
    shown_as: Callable[[str], str] = partial(_whole, begins_with_name=_begins_with_name(told)) if whole else str
    if is_english:
        return escape(shown_as(str(text)))
    if str(told) and not _has_words(told):
        return Markup('<span lang="en">{}</span>').format(shown_as(str(told)))
    return escape(shown_as(_in_words(told)))


def again(text: object) -> str:
    """A sentence that was kept, within another: in the language of the page as far as that can say it."""
    is_english = _language() == SOURCE_LANGUAGE
    return said(text if is_english else _again(str(text)) or str(text))


def _whole(text: str, *, begins_with_name: bool = False) -> str:
    told = text.strip()
    if not told:
        return told
    return (told[0] if begins_with_name else told[0].upper()) + told[1:] + ("" if told[-1] in ".!?:" else ".")


def _begins_with_name(told: object) -> bool:
    """Whether what stands first is a value in its place, as a file's name or a number, and none of our own words."""
    match told:
        case Sentence():
            first = _FIRST_PLACE.match(template_in_words(told.template, told.context))
            return first is not None and (not isinstance(value := told.values[first[1]], _MADE) or _begins_with_name(value))
        case Joined() | Listed():
            return bool(told.parts) and (not isinstance(told.parts[0], _MADE) or _begins_with_name(told.parts[0]))
        case _:
            return False


_MADE = (Sentence, Joined, Listed)
_FIRST_PLACE = re.compile(r"%\((\w+)\)s")


def _in_words(told: object) -> str:
    match told:
        case Sentence():
            return template_in_words(told.template, told.context) % {name: _in_words(value) for name, value in told.values.items()}
        case Joined():
            return told.between.join(map(_in_words, told.parts))
        case Listed():
            return listed(map(_in_words, told.parts))
        case _:
            return str(told)


def _has_words(told: object) -> bool:
    """Whether the language of the page has its template."""
    if isinstance(told, Joined | Listed):
        return any(map(_has_words, told.parts))
    return isinstance(told, Sentence) and template_in_words(told.template, told.context) != told.template


@lru_cache(maxsize=4096)
def _again(text: str) -> str | None:
    return _kept_templates().again(text)


@lru_cache(maxsize=1)
def _kept_templates() -> Templates:
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        known = list(read_po(file))
    sentences, words = ([str(one.id) for one in known if one.context == kind.context] for kind in (KeptSentence, KeptWord))
    return Templates(sentences, words)


def listed(said: Iterable[str]) -> str:
    """The words as one reads them out: "A", "A and B", "A, B and C"."""
    parts = list(said)
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s", first=", ".join(parts[:-1]), last=parts[-1])


def quoted(said: Iterable[str]) -> str:
    """The words in quotation marks."""
    return ", ".join(f"“{one}”" for one in said)


def shown(value: object) -> str:
    """A value of a report as a person reads it: nothing is "not reported", yes and no are words."""
    if value is None:
        return _("not reported")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value) if str(value) else _("empty")


def breakable(text: object) -> Markup:
    """A long name that may be broken between its words: HeartbeatInterval before "Interval", a_b after "_"."""
    return Markup("<wbr>").join(escape(part) for part in _BREAKS.split(str(text)))


def _language() -> str:
    return str(get_locale() or SOURCE_LANGUAGE)
