"""Certificates, products, and those who hold and test them."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import (
    Shape,
    Taken,
    anything,
    asked_choice,
    asked_choices,
    asked_number,
    asked_text,
    asked_texts,
    flag,
    many,
    number,
    one,
    table,
    text,
    texts,
)
from registry.api.shapes.aliases import AliasShape
from registry.api.shapes.audits import AuditLineShape
from registry.certificates.closed import ROLES
from registry.certificates.comparing import LONGEST_NAME
from registry.certificates.profiles import UNTOLD
from registry.certificates.search import DEFAULT_SIZE, LARGEST_PAGE, LARGEST_SIZE, LONGEST_TEXT, LONGEST_VALUE, MOST_VALUES, SORTS, YEARS

_DAY = r"\d{4}-\d{2}-\d{2}"


def _facet(about: str) -> fields.List[str]:
    return asked_texts(f"{about}; several are alternatives.", LONGEST_VALUE, MOST_VALUES)


class SearchArguments(Taken):
    """What is searched for, as in the address of the search page."""

    q = asked_text("Words of a number, a holder, a product or a version; wrong letters are forgiven.", LONGEST_TEXT)
    document = asked_choice("yes: entries read from a document; no: those that only the OCA's list has.", ("yes", "no"))
    role = asked_choices("CS for charging stations, CSMS for management systems; several are alternatives.", ROLES, MOST_VALUES)
    protocol = _facet("OCPP 1.6, OCPP 2.0.1, OCPP 2.1")
    type = _facet("Certificate type, as Full, Subset or Security")
    profile = _facet(f"Feature profile that was passed; `{UNTOLD}` stands for entries of which it cannot be told whether others did, too")
    year = fields.List(
        asked_number("Year of certification.", YEARS.start, YEARS.stop - 1),
        validate=lambda years: len(years) <= MOST_VALUES,
        metadata={"description": "Years of certification; several are alternatives.", "maxItems": MOST_VALUES},
    )
    country = _facet("Country of the holder, as the OCA's list has it")
    laboratory = _facet("Test laboratory, as printed")
    holder = _facet("Holder, as printed")
    sort = asked_choice("The order.", SORTS, load_default="newest")
    page = asked_number("Which page, from 1.", 1, LARGEST_PAGE, load_default=1)
    size = asked_number("Entries a page.", 1, LARGEST_SIZE, load_default=DEFAULT_SIZE)


class RevisionArgument(Taken):
    """Which revision of a certificate."""

    revision = asked_text("The revision; without it the one that has none, else the newest.", LONGEST_NAME)


class DifferenceArguments(Taken):
    """Which two revisions of a certificate."""

    older = asked_text("The revision to begin with; empty for the one that has none.", LONGEST_NAME, needed=True, data_key="from")
    newer = asked_text("The revision to end with; empty for the one that has none.", LONGEST_NAME, needed=True, data_key="to")


class OnArguments(RevisionArgument):
    """A certificate's revision and a day."""

    on = asked_text("The day of installation to judge for, as 2026-05-04; today unless given.", 10, pattern=_DAY)


class CorrectionShape(Shape):
    """What a person decided about what was read."""

    id = number("The decision's id.")
    action = text("accept, correct, confirm finding, dismiss finding, no certificate or undo.")
    field = text("The path of a field, or finding:RULE; null for the document as a whole.", none=True)
    read = text("What was read.", none=True)
    read_state = text("The state that was read.", none=True)
    value = text("What holds in its place.", none=True)
    state = text("The state that holds in its place.", none=True)
    reason = text("Why.")
    at = text("When it was decided.", form="date-time")
    undoes = number("The id of the decision that this one ends.", none=True)


class EntryShape(Shape):
    """One line of the catalogue."""

    number = text("The certificate's number; null for a row of the list that holds none.", none=True)
    revision = text("The revision; null for the certificate as first issued.", none=True)
    role = text("CS or CSMS.", none=True)
    protocol = text("As in OCPP 1.6.", none=True)
    kind = text("The certificate's type.", none=True)
    holder = text("The certificate's holder.", none=True)
    designation = text("The product's name.", none=True)
    software_version = text("The software version that was certified: exactly this one.", none=True)
    laboratory = text("The test laboratory.", none=True)
    country = text("The holder's country, as the OCA's list has it.", none=True)
    date = text("The day of certification.", none=True, form="date")
    has_document = flag("Whether the values were read from the document; else they are the list's.")
    listed = flag("Whether the OCA's current list has it.")
    profiles = texts("The feature profiles that were passed.")


STATE = "Whether it holds: holds, superseded, which revision holds is not known, or withdrawn from the OCA list."


class HeldNowShape(Shape):
    """The revision of a certificate's number that holds in the place of an older one."""

    known = flag("Whether it can be told from their days which one holds.")
    revision = text("The revision that holds; null for the certificate as first issued, and where it cannot be told.", none=True)


class StandingEntryShape(EntryShape):
    """An entry, and whether it still stands."""

    state = text(STATE)
    held_now = one(HeldNowShape, "Which revision holds in its place; null where it holds itself.", none=True)
    unlisted = flag("Whether the OCA's current list should have it and has not: an older list had it, or this is a list of such products.")


class FoundEntryShape(EntryShape):
    """An entry that a search found."""

    state = text(STATE)
    findings = number("How many findings its certificate has.")
    corrections = many(CorrectionShape, "What people corrected of what is shown.")
    url = text("Where the API tells everything about it.")
    page = text("Where a person reads about it.")


class FacetValueShape(Shape):
    """One value of a facet."""

    value = text(f"The value, as the argument takes it; `{UNTOLD}` among profiles is no profile (see the argument).")
    count = number("How many entries choosing it gives.")
    selected = flag("Whether it is chosen.")


class FilteredShape(Shape):
    """Words of the text that are values of arguments, as what these let through."""

    typed = text("The words.")
    chosen = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={"description": "By argument the values that they are."},
    )
    q = text("The text that is left.")
    total = number("How many entries that search finds.")
    more = flag("Whether there are more than `total`.")


class SearchPage(Shape):
    """One page of what was found."""

    total = number("How many entries were found.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    notice = text("A sentence where there was nothing to search for.", none=True)
    replaced = table("Words that nothing has, with what was searched for in their place; empty where they were left out.")
    offered = texts("Other texts that find something, and were not searched for.")
    known_as = many(AliasShape, "The other names of holders that the text is a part of, as they are recorded.")
    filters = many(FilteredShape, "What the text is as arguments; offered, and not searched for.")
    entries = many(FoundEntryShape, "The entries.")
    facets = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(FacetValueShape)),
        required=True,
        metadata={"description": "By argument: the values that narrow the search further."},
    )
    cut = texts("The facets of which only the commonest values are given.")
    more = flag("Whether there are more than `total`, which then counts those that were counted; so do the counts of the facets.")


class DocumentShape(Shape):
    """What is known of an original; names of persons are withheld wherever its text is shown."""

    sha256 = text("The hash of its bytes.")
    media_type = text("Its media type.")
    pages = number("How many pages it has.")
    text_source = text("text-layer, ocr or text.")
    name = text("The name of the file under which it came.")
    size = number("Its bytes.", none=True)
    received_at = text("When it came.", form="date-time")


class TextShape(DocumentShape):
    """An original with its text."""

    text = text("The text, names of persons withheld.")


class PerformanceShape(Shape):
    """One row of the performance measurement results."""

    name = text("What was measured.")
    pics_seconds = number("The time that was declared, in seconds.", none=True)
    measured_seconds = number("The time that the laboratory measured, in seconds.", none=True)


class FactsShape(Shape):
    """What a certificate says. Null: not printed, or not read with certainty; `fields` tells which."""

    number = text("Certificate number.", none=True)
    revision = text("Revision.", none=True)
    kind = text("Certificate type.", none=True)
    protocol = text("Protocol.", none=True)
    role = text("CS or CSMS.", none=True)
    holder = text("Certificate holder.", none=True)
    product_type = text("Product type.", none=True)
    designation = text("Product designation.", none=True)
    model = text("Model.", none=True)
    software_version = text("Software version.", none=True)
    certification_date = text("Certification date.", none=True, form="date")
    reference_specification = text("Reference specification.", none=True)
    errata = text("Errata sheet.", none=True)
    test_laboratory = text("Test laboratory.", none=True)
    laboratory_location = text("Laboratory location.", none=True)
    test_report_reference = text("Test report.", none=True)
    document_evidence = text("Document evidence.", none=True)
    vendor_name = text("Vendor name.", none=True)
    communication = text("JSON or SOAP.", none=True)
    octt_version = text("Test tool.", none=True)
    profiles = table("Feature profiles with their results.", none=True)
    performance = many(PerformanceShape, "Performance measurement results.", none=True)
    hardware = table("Hardware feature set.", none=True)
    limits = table("Limits and optional behaviour.", none=True)
    configuration_keys = table("Configuration keys with their values; null for one without.", none=True)
    features = table("Additional features.", none=True)


class FieldShape(Shape):
    """Where a value stands in the document, and how it was read."""

    field = text("The path of the value, as configuration_keys.HeartbeatInterval.")
    raw = text("The text as printed.", none=True)
    state = text("read, absent, declared-empty, not-applicable or unread.")
    page = number("The page, from 1.", none=True)
    line = number("The line of a text rendering, from 1.", none=True)
    box = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        metadata={"description": "Left, top, right, bottom, in PDF points from the top left."},
    )
    rule = text("The rule that read it; review where a person decided.")


class FindingShape(Shape):
    """Something that does not agree."""

    rule = text("Which rule found it.")
    severity = text("error, warning or note.")
    message = text("What does not agree, in a sentence.")
    fields_ = fields.List(
        fields.String(), required=True, attribute="fields", data_key="fields", metadata={"description": "The paths that it is about."}
    )


class ListedShape(Shape):
    """A row of the OCA's list."""

    row = number("The row of the file.")
    certificate_no = text("The cell as printed.")
    company = text("Company.", none=True)
    country = text("Country.", none=True)
    designation = text("Product.", none=True)
    certificate_type = text("Type.", none=True)
    software_version = text("Software version.", none=True)
    protocol = text("Protocol.", none=True)
    date = text("Date.", none=True)
    url = text("The list's link.", none=True)
    product_type = text("Product type.", none=True)
    source = text("Where the list came from.")
    imported_at = text("When it was imported.", form="date-time")
    current = flag("Whether the current list has the row.")
    notes = texts("What is odd about the row.")


class HappeningShape(Shape):
    """Something that happened."""

    kind = text("What it says of its subject.")
    subject = text("certificate, document, listing or audit.")
    number = text("The certificate number that it concerns.", none=True)
    revision = text("The revision.", none=True)
    payload = anything("What belongs to this kind of event.")
    at = text("When it happened.", none=True, form="date-time")


class AroundShape(Shape):
    """What a certificate leads to."""

    holder_url = text("Where the API tells of its holder.", none=True)
    product_url = text("Where the API tells of its product.", none=True)
    laboratory_url = text("Where the API tells of its laboratory.", none=True)


class CertificateShape(AroundShape):
    """Everything about one certificate."""

    entry = one(EntryShape, "Its line in the catalogue.")
    document = one(DocumentShape, "The document that is shown; null where the list alone has it.", none=True)
    documents = many(DocumentShape, "All documents that came with this number and revision.")
    parser_version = text("The version of the parser that read it.", none=True)
    read_at = text("When it was read.", none=True, form="date-time")
    checked_as_decided = flag("Whether findings go by the values as people corrected them.")
    certificate = one(FactsShape, "What it says.", none=True)
    fields_ = fields.List(
        fields.Nested(FieldShape),
        required=True,
        attribute="fields",
        data_key="fields",
        metadata={"description": "Where each value stands."},
    )
    findings = many(FindingShape, "What does not agree.")
    corrections = many(CorrectionShape, "What people corrected.")
    listing = many(ListedShape, "The rows of the OCA's list that last had it.")
    audits = many(AuditLineShape, "The newest audits against it.")
    history = many(HappeningShape, "Everything that happened to it, the newest first.")
    other_revisions = fields.List(
        fields.String(allow_none=True), required=True, metadata={"description": "Its other revisions; null for the one that has none."}
    )
    state = text(STATE)
    held_now = one(HeldNowShape, "Which revision holds in its place; null where it holds itself.", none=True)
    unlisted = flag("Whether the OCA's current list should have it and has not: an older list had it, or this is a list of such products.")


class ListedRowShape(AroundShape):
    """A row of the OCA's list that holds no certificate number."""

    entry = one(EntryShape, "Its line in the catalogue.")
    listing = one(ListedShape, "The row.")


class ChangeShape(Shape):
    """A value before and after: a text, or seconds."""

    old = fields.Raw(required=True, metadata={"description": "Before.", "type": ["string", "integer"]})
    new = fields.Raw(required=True, metadata={"description": "After.", "type": ["string", "integer"]})


class DifferencesShape(Shape):
    """What is otherwise in a newer revision."""

    differing = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(ChangeShape),
        required=True,
        metadata={"description": "By path: what both say, and say otherwise."},
    )
    gained = texts("Paths that only the newer one says.")
    lost = texts("Paths that only the older one says.")


class CountsShape(Shape):
    """How much the registry holds."""

    certificates = number("Certificates with a document.")
    listed_rows = number("Rows of the OCA's current list.")
    audits = number("Audits.")
    listed_at = text("When the current list was imported.", none=True, form="date-time")


class RegistryShape(Shape):
    """The registry as a whole."""

    name = text("What this is.")
    version = text("The version of the program.")
    counts = one(CountsShape, "How much there is.")
    links = table("Where to go on.")
