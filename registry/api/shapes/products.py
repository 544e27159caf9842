"""Products, those who hold and test them, and several of them side by side."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Shape, Taken, asked_number, asked_texts, flag, many, number, text, texts
from registry.api.shapes.aliases import AliasShape
from registry.api.shapes.certificates import STATE, StandingEntryShape
from registry.certificates.comparing import LONGEST_NAME, MOST
from registry.certificates.search import LARGEST_PAGE


class CompareArguments(Taken):
    """Two to four of these, together."""

    certificate = asked_texts("A certificate, as NUMBER or NUMBER/REVISION.", LONGEST_NAME, MOST)
    product = asked_texts("A product, as HOLDER/PRODUCT, by the slugs of their addresses.", LONGEST_NAME, MOST)


class VersionShape(Shape):
    """What the certificates of a product cover together at one software version."""

    version = text("The software version; null for certificates of which none was read.", none=True)
    protocol = text("The protocol.", none=True)
    role = text("CS or CSMS.", none=True)
    is_apart = flag(
        "Whether certificates at this version are for several products, by hardware or the type tested: then each is told apart."
    )
    told = texts("By what these are told apart; none where it is not said for which of the products they are.")
    covered = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={"description": "Each profile with the certificates that passed it."},
    )
    undocumented = texts("Certificates whose document the registry has not: what they cover besides is not known.")
    entries = many(StandingEntryShape, "The certificates.")


class ProductShape(Shape):
    """A product."""

    holder = text("The holder.")
    holder_slug = text("The holder in an address.")
    name = text("The product's name.")
    slug = text("The product in an address.")
    spellings = texts("Other spellings of either.")
    other_forms = texts("The spellings of the holder that may be another company's by their legal forms: nothing is added up with it.")
    known_as = many(AliasShape, "The other names of the holder, as they are recorded.")
    versions = many(VersionShape, "Its versions, the newest first.")
    cut = flag("Whether there are more certificates than are told here.")


class NamedProductShape(Shape):
    """A product as a list names it."""

    holder = text("The holder.")
    holder_slug = text("The holder in an address.", none=True)
    name = text("The product's name.")
    slug = text("The product in an address.", none=True)
    certificates = number("How many certificates it has.")
    versions = number("How many software versions are certified.")
    newest = text("The newest day of certification.", none=True, form="date")


class PartyShape(Shape):
    """A holder or a laboratory."""

    slug = text("Its name in an address.")
    name = text("Its name.")
    spellings = texts("Other spellings.")
    other_forms = texts("The spellings that may be another company's by their legal forms: nothing is added up with it.")
    known_as = many(AliasShape, "The other names of a holder, as they are recorded.")
    other_names = texts("What the OCA's list calls it.")
    certificates = number("How many certificates there are.")
    products = many(NamedProductShape, "The products.")
    cut = flag("Whether there are more certificates than are told here.")


class PageArgument(Taken):
    """Which page."""

    page = asked_number("Which page, from 1.", 1, LARGEST_PAGE, load_default=1)


class IndexedShape(Shape):
    """A holder, a laboratory or a product in the list of all."""

    name = text("Its name.")
    holder = text("The holder of a product.", needed=False)
    products = fields.Integer(metadata={"description": "How many products a holder or a laboratory has."})
    certificates = number("How many certificates there are.")
    newest = text("The newest day of certification.", none=True, form="date")
    spellings = texts("How else certificates write a holder or a laboratory.", needed=False)
    url = text("Where the API tells all of it.")


class PartiesPage(Shape):
    """One page of all of a kind, by name."""

    total = number("How many there are.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    members = many(IndexedShape, "They.")


class SideShape(Shape):
    """One of what is compared."""

    title = text("What it is called.")
    under = text("Its holder.")
    number = text("The certificate's number.", none=True)
    revision = text("The certificate's revision.", none=True)
    product = fields.List(fields.String(), required=True, allow_none=True, metadata={"description": "The two slugs of a product."})
    has_document = flag("Whether the registry has read the document; without it a profile is only what the listed type names.")
    state = text(f"{STATE} Null for a product.", none=True)


class ComparedShape(Shape):
    """One row of a comparison."""

    group = text("The part of the certificate.")
    label = text("What is compared.")
    values = fields.List(
        fields.String(allow_none=True), required=True, metadata={"description": "By side; null where a side does not say it."}
    )
    differs = flag("Whether two sides say other things.")
    one_sided = flag("Whether it is known of some sides only, and nothing else differs.")


class ComparisonShape(Shape):
    """Two to four certificates or products side by side."""

    sides = many(SideShape, "What is compared.")
    rows = many(ComparedShape, "The rows, differences first.")
