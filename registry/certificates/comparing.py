"""Two to four certificates or products side by side: rows that differ first. Pure, but for the reading of what is compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry import normal, wording
from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts
from registry.certificates.numbers import named_in, number_of
from registry.certificates.products import AtVersion, Product, product
from registry.certificates.queries import CertificateView, Entry, certificate
from registry.certificates.state import State
from registry.errors import RegistryError
from registry.language import counted
from registry.matching.versions import version as version_key
from registry.requirements import vocabulary
from registry.sentences import Joined, Sentence

LEAST, MOST = 2, 4
_DASH = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
LONGEST_NAME = 300
_OF_ENTRY = {
    "holder": "holder",
    "designation": "designation",
    "software_version": "software_version",
    "protocol": "protocol",
    "role": "role",
    "kind": "kind",
    "test_laboratory": "laboratory",
    "certification_date": "date",
}
_LEFT_OUT = ("number", "revision")
_PROFILES = "Feature profiles"
_ROLES = {"CS": Sentence("Charging station"), "CSMS": Sentence("Management system")}
BY_LIST = Sentence("by the OCA list")
"""Stands for a profile that the listed type of a certificate names, of which nobody here has read whether it passed."""


@dataclass(frozen=True)
class Side:
    """One of what is compared. `number`, `revision` and `state` are a certificate's; `product` is the two slugs of a product."""

    title: str
    under: str
    number: str | None = None
    revision: str | None = None
    product: tuple[str, str] | None = None
    has_document: bool = True
    state: State | None = None


@dataclass(frozen=True)
class Compared:
    """One thing that is said of each side; None where that side does not say it, or it is not known."""

    group: str
    label: str
    values: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        """Whether two that say something say other things; case, blanks, the kind of dash and the v before a version aside. What the list
        says of profiles is left out: it does not say what passed.
        """
        plain = version_key if self.label == wording.FIELD_LABELS["software_version"] else _plain
        return len({plain(value) for value in self.values if value is not None and not value.startswith(BY_LIST)}) > 1

    @property
    def is_one_sided(self) -> bool:
        """Whether it is known of some and not of others, and nothing else differs."""
        if self.differs:
            return False
        told = [value is not None and not value.startswith(BY_LIST) for value in self.values]
        return None in self.values or (any(told) and not all(told))


@dataclass(frozen=True)
class Comparison:
    """The sides, and the rows in three parts: those that differ, those that not all sides have, those that agree."""

    sides: tuple[Side, ...]
    differing: tuple[Compared, ...]
    one_sided: tuple[Compared, ...]
    alike: tuple[Compared, ...]


Values = Mapping[tuple[str, str], str]


def _plain(value: str) -> str:
    return normal.text(_DASH.sub("-", value))


def compare(session: Session, certificates: Sequence[str], products: Sequence[str]) -> Comparison:
    """Compare certificates, as NUMBER or NUMBER/REVISION, and products, as HOLDER/PRODUCT in slugs.

    Raises RegistryError naming what is not there, or when it is not two to four different ones.
    """
    wanted = dict.fromkeys((*(("certificate", name) for name in certificates), *(("product", name) for name in products)))
    if not LEAST <= len(wanted) <= MOST:
        raise RegistryError(
            counted(
                "%(num)s certificate or product cannot be compared: choose two to four",
                "%(num)s certificates or products cannot be compared: choose two to four",
                len(wanted),
            )
        )
    sides = [_certificate(session, name) if kind == "certificate" else _product(session, name) for kind, name in wanted]
    if len(dict.fromkeys((side.number, side.revision, side.product) for side, _ in sides)) < len(sides):
        raise RegistryError(Sentence("one of these is named twice: choose two to four different ones"))
    rows = _rows([values for _, values in sides])
    return Comparison(
        tuple(side for side, _ in sides),
        tuple(row for row in rows if row.differs),
        tuple(row for row in rows if row.is_one_sided),
        tuple(row for row in rows if not row.differs and not row.is_one_sided),
    )


def _rows(sides: Sequence[Values]) -> list[Compared]:
    """What the sides say, by one name: old and new names of a profile are one, and the row has those that are printed."""
    written: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for group, name in dict.fromkeys(key for values in sides for key in values):
        meant = vocabulary.profile(name) if group == _PROFILES else None
        written.setdefault((group, meant or name), []).append((group, name))
    return [
        Compared(group, " / ".join(name for _, name in keys), tuple(_said(values, keys) for values in sides))
        for (group, _meant), keys in written.items()
    ]


def _said(values: Values, keys: Sequence[tuple[str, str]]) -> str | None:
    return _joined(values[key] for key in keys if key in values) or None


def _certificate(session: Session, name: str) -> tuple[Side, Values]:
    view = _found(session, name) if len(name) <= LONGEST_NAME else None
    if view is None:
        raise RegistryError(Sentence("This registry knows no certificate %(number)s: take the number from its page", number=name[:80]))
    entry = view.entry
    named = (_title(entry), entry.holder or "", entry.number, entry.revision)
    side = Side(*named, has_document=entry.has_document, state=view.standing.state)
    return side, _of_facts(view.facts, view) if view.facts is not None else _of_entry(entry)


def _found(session: Session, name: str) -> CertificateView | None:
    """The certificate NUMBER/REVISION, or else the one that is named so in another spelling: "oca.0016.0408.cs", "0016.0408", "16-408".

    Raises RegistryError where that may be two.
    """
    number, _, revision = name.partition("/")
    if (view := certificate(session, number, revision or None)) is not None:
        return view
    found: dict[tuple[str | None, str | None], CertificateView] = {}
    for written in dict.fromkeys(_spellings(name)):
        number, _, revision = written.partition("/")
        if (view := certificate(session, number, revision or None)) is not None:
            found[view.entry.number, view.entry.revision] = view
    if len(found) > 1:
        several = ", ".join(sorted(str(number) for number, _ in found))
        raise RegistryError(
            Sentence("%(number)s can be several certificates (%(several)s): write the whole number", number=name[:80], several=several)
        )
    return next(iter(found.values()), None)


def _spellings(name: str) -> Iterator[str]:
    """How NUMBER/REVISION may be written here: in capitals, and with what is missing before and after the figures."""
    number, _, revision = name.partition("/")
    yield "/".join(part for part in (number.upper(), revision) if part)
    named = (*named_in(number), *named_in(f"OCA.{number}"))
    if not named:  # the slash stands in the number
        named, revision = (*named_in(name), *named_in(f"OCA.{name}")), ""
    for one in named:
        whole = number_of(one)
        told = revision or one[len(whole) :].strip()
        roles = ("",) if whole.endswith((".CS", ".CSMS")) else (".CS", ".CSMS")
        yield from ("/".join(part for part in (whole + role, told) if part) for role in roles)


def _product(session: Session, name: str) -> tuple[Side, Values]:
    holder_slug, _, slug = name.partition("/")
    found = product(session, holder_slug, slug) if len(name) <= LONGEST_NAME else None
    if found is None:
        raise RegistryError(Sentence("This registry knows no product %(name)s: take the address from its page", name=name[:80]))
    side = Side(found.name, found.holder, product=(holder_slug, slug), has_document=any(entry.has_document for entry in found.entries))
    return side, _of_product(found)


def _title(entry: Entry) -> str:
    return " ".join(part for part in (entry.designation or entry.number, entry.software_version) if part)


def _of_entry(entry: Entry) -> Values:
    found = {("Product", wording.FIELD_LABELS[name]): getattr(entry, field) for name, field in _OF_ENTRY.items()}
    values = {key: str(value) for key, value in found.items() if value is not None}
    return values | {(_PROFILES, profile): BY_LIST for profile in entry.profiles}


def _of_facts(facts: CertificateFacts, view: CertificateView) -> Values:
    """What was read with certainty; a value that was not read is not there, and a key without a value says so."""
    scalars = {("Product", wording.FIELD_LABELS[name]): getattr(facts, name) for name in SCALAR_FIELDS if name not in _LEFT_OUT}
    tables = {
        _PROFILES: facts.profiles,
        "Hardware": facts.hardware,
        "Limits": facts.limits,
        "Configuration keys": facts.configuration_keys,
    }
    rows = {(group, name): value for group, table in tables.items() for name, value in (table or {}).items()}
    times = {("Measured times", row.name): _time(row.pics_seconds, row.measured_seconds) for row in facts.performance or ()}
    empty = {path for path, place in view.provenance.items() if str(place.state) == "declared-empty"}
    declared = {
        ("Configuration keys", name): Sentence("declared empty")
        for name, value in (facts.configuration_keys or {}).items()
        if value is None and f"configuration_keys.{name}" in empty
    }
    return {key: value for key, value in (scalars | rows | times).items() if value is not None} | declared


def _time(declared: int | None, measured: int | None) -> str | None:
    said = [Sentence("%(seconds)s s measured", seconds=measured)] if measured is not None else []
    said += [Sentence("%(seconds)s s declared", seconds=declared)] if declared is not None else []
    return Joined(", ", said) or None


def _of_product(found: Product) -> Values:
    """What its certificates say, each value once, those aside in whose place another revision holds; the profiles with the versions at
    which they are certified, for which protocol and, where products of two roles have the name, as what.
    """
    entries = [entry for entry in found.entries if found.standing(entry).state is not State.SUPERSEDED] or found.entries
    values: dict[tuple[str, str], str] = {}
    for name, field in _OF_ENTRY.items():
        said = _joined(str(value) for entry in entries if (value := getattr(entry, field)) is not None)
        if said:
            values["Product", wording.FIELD_LABELS[name]] = said
    with_role = len({together.role for together in found.versions}) > 1
    passed: dict[str, list[str]] = {}
    for together in found.versions:
        for profile, having in together.covered.items():
            said_words, place_words = _result(found, having), _place(together, with_role=with_role)
            at = Sentence("%(said_words)s at %(place_words)s", said_words=said_words, place_words=place_words)
            passed.setdefault(profile, []).append(at)
    return values | {
        (_PROFILES, profile): Joined("; ", sorted(at, key=lambda one: one.startswith(BY_LIST))) for profile, at in passed.items()
    }


def _result(found: Product, having: Sequence[Entry]) -> str:
    """What the certificates together say that have a profile, and how they stand where none of them simply holds."""
    read = [entry for entry in having if entry.has_document]
    state = found.state(read or having)
    said = Sentence("Pass") if read else BY_LIST
    if state is State.HOLDS:
        return said
    return Sentence("%(said_words)s (%(state_words)s)", said_words=said, state_words=Sentence(str(state)))


def _place(together: AtVersion, *, with_role: bool) -> str:
    """Which certificates of a product are meant: "5.0 for OCPP 1.6"."""
    said: str = together.version or Sentence("a version that was not read")
    if together.protocol:
        said = Sentence("%(version_words)s for %(protocol)s", version_words=said, protocol=together.protocol)
    if with_role and together.role:
        said = Sentence("%(version_words)s (%(role_words)s)", version_words=said, role_words=_ROLES.get(together.role, together.role))
    if together.told:
        said = Sentence("%(version_words)s with %(told)s", version_words=said, told="; ".join(together.told))
    return said


def _joined(values: Iterable[str]) -> str:
    return Joined(", ", dict.fromkeys(values))
