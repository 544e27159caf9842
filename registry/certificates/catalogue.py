"""The projection that search runs on: one row for each certificate that the registry knows from a document or from the list.

Nothing here is a source. Every row can be rebuilt from certificates and listing rows (`registry.certificates.projection`).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

_NO_DAY = date.max.toordinal() + 1
_BEHIND_HOLDERS = ("year", "country", "role", "has_document", "protocol", "laboratory")
_NO_NUMBER = "\U0010ffff"
"""After every letter that there is."""


class CatalogueEntry(Base):
    """One line of the catalogue.

    With a document, the values are the document's; `country`, which no document prints, is always the list's. Without one they
    are the list's. `number` is None for a listing row that holds no certificate number; `listing_row_id` then identifies it.
    `listed` says whether the current list has it. `profiles` repeats `CatalogueProfile` in the order of the print.
    `search_text` is made by `registry.certificates.words.search_text`. `newest_key`, `oldest_key`, `number_key` and `holder_key` are what
    entries are sorted by: never empty, what is missing last. Behind the order of holders its index has most facets: who has them may be
    far apart there, and the entries between need not be read. The slugs are what holder, designation and laboratory are in
    an address; `listed_slug` is the holder's where the list calls it otherwise than the document. `company_key` is alike for all spellings
    of one holder (`registry.certificates.words.company_key`), and of others that `apart_key` tells from it.
    """

    __tablename__ = "catalogue_entry"
    __table_args__ = (
        UniqueConstraint("number", "revision"),
        Index(None, "year", "number_key"),
        Index(None, "protocol", "number_key"),
        Index("ix_catalogue_entry_newest_key", "newest_key", "number_key", "revision", "id"),
        Index("ix_catalogue_entry_oldest_key", "oldest_key", "number_key", "revision", "id"),
        Index("ix_catalogue_entry_number_key", "number_key", "revision", "id"),
        Index("ix_catalogue_entry_holder_key", "holder_key", "number_key", "revision", "id", *_BEHIND_HOLDERS),
        Index(None, "listing_row_id"),
        Index(None, "certificate_id"),
        Index(None, "holder_slug", "designation_slug"),
        Index(None, "listed_slug"),
        Index(None, "laboratory_slug"),
        Index(None, "company_key", "apart_key", "designation_slug"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None]
    revision: Mapped[str]
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id", ondelete="SET NULL"))
    listing_row_id: Mapped[int | None] = mapped_column(ForeignKey("listing_row.id"))
    role: Mapped[str | None]
    protocol: Mapped[str | None]
    kind: Mapped[str | None]
    holder: Mapped[str | None]
    holder_key: Mapped[str]
    designation: Mapped[str | None]
    software_version: Mapped[str | None]
    laboratory: Mapped[str | None]
    country: Mapped[str | None]
    date: Mapped[date | None]
    year: Mapped[int | None]
    has_document: Mapped[bool]
    listed: Mapped[bool]
    profiles: Mapped[list[str]]
    search_text: Mapped[str]
    newest_key: Mapped[int] = mapped_column(server_default="0")
    oldest_key: Mapped[int] = mapped_column(server_default="0")
    number_key: Mapped[str] = mapped_column(server_default=text("''"))
    holder_slug: Mapped[str | None]
    listed_slug: Mapped[str | None]
    designation_slug: Mapped[str | None]
    laboratory_slug: Mapped[str | None]
    company_key: Mapped[str] = mapped_column(server_default=text("''"))
    apart_key: Mapped[str] = mapped_column(server_default=text("''"))


class CatalogueProfile(Base):
    """One feature profile that an entry is certified for."""

    __tablename__ = "catalogue_profile"
    __table_args__ = (Index(None, "profile"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("catalogue_entry.id", ondelete="CASCADE"), primary_key=True)
    profile: Mapped[str] = mapped_column(primary_key=True)


class CatalogueTally(Base):
    """How many entries have a value of a facet; see `registry.certificates.tallies`."""

    __tablename__ = "catalogue_tally"
    __table_args__ = (Index(None, "facet", "number"),)

    facet: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class CatalogueWord(Base):
    """A word that some entry has or had, for what is typed otherwise; one that none has any more finds nothing and does no harm.

    `backwards` is the same from its last letter to its first: words that end alike stand together there. `letters` says whether it is
    made of letters alone: of names there are fewer than of the numbers of parts.
    """

    __tablename__ = "catalogue_word"
    __table_args__ = (Index(None, "letters", "length", "word"), Index(None, "backwards"))

    word: Mapped[str] = mapped_column(primary_key=True)
    length: Mapped[int]
    backwards: Mapped[str] = mapped_column(server_default=text("''"))
    letters: Mapped[bool] = mapped_column(server_default=false())


class CatalogueStretch(Base):
    """Some of what is laid out of one stretch of the catalogue, by its name; see `registry.certificates.layout`.

    `first` and `last` are its days, as entries are sorted by them where the newest comes first.
    """

    __tablename__ = "catalogue_stretch"
    __table_args__ = (Index(None, "first"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    held: Mapped[bytes]


def day_key(day: date | None, *, newest: bool = False) -> int:
    """What an entry of that day is sorted by, the oldest first or the newest, and those without a day last."""
    if day is None:
        return _NO_DAY
    return -day.toordinal() if newest else day.toordinal()


def number_key(number: str | None) -> str:
    """What an entry is sorted by its number by, those without one last."""
    return _NO_NUMBER if number is None else number
