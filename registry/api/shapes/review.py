"""What people look at: the queue of documents, decisions about them, the OCA's lists, and what happened."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Shape, Taken, asked_choice, asked_number, asked_text, flag, many, number, one, text, texts
from registry.api.shapes.certificates import CorrectionShape, FindingShape, HappeningShape
from registry.certificates.facts import FieldState
from registry.events import SUBJECTS, EventKind
from registry.review.forms import ACTIONS, LONGEST_MESSAGE, LONGEST_PATH, LONGEST_REASON
from registry.review.queue_url import KINDS, LONGEST_TEXT, SEVERITIES, SORTS, STATES
from registry.review.values import LONGEST_TEXT as LONGEST_VALUE

LARGEST_ID = 2**31 - 1


class QueueArguments(Taken):
    """Which documents of the queue."""

    q = asked_text("Words of a number, a holder, a product or a file's name.", LONGEST_TEXT)
    state = asked_choice("What was done about them.", STATES, load_default="open")
    severity = asked_choice("Only with something of this severity.", SEVERITIES)
    kind = asked_choice("Only with something of this kind.", KINDS)
    sort = asked_choice("The order.", SORTS, load_default="severity")
    page = asked_number("Which page of fifty, from 1.", 1, 100_000, load_default=1)


class QueueEntryShape(Shape):
    """A document, and how much of it is to be looked at."""

    document = text("The hash of its bytes.")
    name = text("The name under which it came.")
    number = text("The certificate's number.", none=True)
    revision = text("The revision.", none=True)
    holder = text("The holder.", none=True)
    designation = text("The product.", none=True)
    state = text("open, done or no certificate.")
    severity = text("The severity of the worst that is open.", none=True)
    no_number = fields.Integer(required=True, metadata={"description": "Whether its number was not read."})
    read_differently = fields.Integer(required=True, metadata={"description": "Values that a later reading says otherwise."})
    not_read = fields.Integer(required=True, metadata={"description": "Values that were not read."})
    errors = fields.Integer(required=True, metadata={"description": "Open findings that are errors."})
    warnings = fields.Integer(required=True, metadata={"description": "Open findings that are warnings."})
    notes = fields.Integer(required=True, metadata={"description": "Open findings that are notes."})
    settled = fields.Integer(required=True, metadata={"description": "What was decided."})
    received_at = text("When it came.", form="date-time")
    days = fields.Integer(required=True, metadata={"description": "How many days ago."})
    url = text("Where the API tells all of it.")


class QueueShape(Shape):
    """One page of the queue."""

    total = number("How many documents fit.")
    waiting = number("How many documents wait for somebody to look.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    documents = many(QueueEntryShape, "The documents.")


class ReviewFieldShape(Shape):
    """One value: what was read, and what holds."""

    field = text("Its path.")
    read = text("What was read.", none=True)
    read_state = text("The state that was read.")
    value = text("What holds.", none=True)
    state = text("The state that holds.")
    page = number("The page.", none=True)
    line = fields.Integer(required=True, allow_none=True, metadata={"description": "The line."})
    box = fields.List(fields.Float(), required=True, allow_none=True, metadata={"description": "Where it stands on the page, in points."})


class PointShape(Shape):
    """One thing to look at."""

    kind = text("no number, read differently, not read or finding.")
    severity = text("error, warning or note.")
    field = text("The path, or finding:RULE.")
    finding = one(FindingShape, "The finding, where it is one.", needed=False)
    old = text("What was read when it was decided.", none=True, needed=False)
    new = text("What is read now.", none=True, needed=False)
    corrected = text("What was decided.", none=True, needed=False)
    decision = number("The decision about it; null while it is open.", none=True)


class MadeDecisionShape(CorrectionShape):
    """A decision, and whether it holds."""

    holds = flag("Whether it was neither undone nor replaced.")


class ReviewedShape(Shape):
    """The document that was read."""

    sha256 = text("The hash of its bytes.")
    media_type = text("Its media type.")
    pages = number("How many pages it has.")
    text_source = text("text-layer, ocr or text.")
    name = text("The name under which it came.")
    received_at = text("When it came.", form="date-time")


class ReviewShape(Shape):
    """One document under review."""

    document = one(ReviewedShape, "The document.")
    number = text("The number that it is held as.", none=True)
    revision = text("The revision.", none=True)
    is_certificate = flag("Whether nobody decided that it is none.")
    reading = fields.Integer(required=True, metadata={"description": "The id of the newest reading: a decision has to name it."})
    seen = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The id of the newest decision: a decision has to name it."}
    )
    fields_ = fields.List(
        fields.Nested(ReviewFieldShape),
        required=True,
        attribute="fields",
        data_key="fields",
        metadata={"description": "Every value."},
    )
    points = many(PointShape, "What is to be looked at, and what of it was decided.")
    decisions = many(MadeDecisionShape, "All decisions in their order.")


class DecisionTaken(Taken):
    """One decision about a document. `reading` and `seen` are those that were shown: who has not seen the newest decides nothing."""

    action = asked_choice("What is decided.", ACTIONS, required=True)
    reading = asked_number("The reading that was seen.", 0, LARGEST_ID, in_json=True, required=True)
    seen = asked_number("The newest decision that was seen.", 0, LARGEST_ID, in_json=True, required=True, allow_none=True)
    field = asked_text("The path of the value, or finding:RULE.", LONGEST_PATH, load_default="")
    state = asked_choice("For correct: what can be said of it.", FieldState, load_default="read")
    value = asked_text("For correct: the value.", 2 * LONGEST_VALUE, load_default="")
    message = asked_text("For a finding: its sentence.", LONGEST_MESSAGE, load_default="")
    decision = asked_number("For undo: the decision that no longer holds.", 0, LARGEST_ID, in_json=True, load_default=0)
    reason = asked_text("Why; needed wherever something else is to be shown than was read.", LONGEST_REASON, load_default="")


class DecidedShape(Shape):
    """The decision that was taken."""

    decision = number("Its id.")
    document = one(ReviewShape, "The document as it is now.")


class ImportedListShape(Shape):
    """One import of the OCA's list."""

    list_ = fields.String(required=True, attribute="list", data_key="list", metadata={"description": "The hash of its bytes."})
    source = text("Where it came from.")
    rows = number("Its rows.")
    imported_at = text("When.", form="date-time")


class KeptListShape(Shape):
    """A list that missed much of the one that was current."""

    list_ = fields.String(required=True, attribute="list", data_key="list", metadata={"description": "The hash of its bytes."})
    source = text("Where it came from.")
    rows = number("Its rows.")
    missing = number("Certificates that it lacks.")
    emptied = number("Certificates whose cells it lost.")
    lacking = texts("Their numbers.")
    set_aside_at = text("When it was kept aside.", form="date-time")
    decision = text("accepted or discarded; null while nobody has decided.", none=True)
    decided_at = text("When it was decided.", none=True, form="date-time")
    reason = text("Why.", none=True)
    overtaken = flag("Whether another list was imported since.")


class ListsShape(Shape):
    """The OCA's lists."""

    imported = many(ImportedListShape, "Those that were imported, the current one first.")
    kept_aside = many(KeptListShape, "Those that were kept aside, those that wait first.")


class ListedRowsArguments(Taken):
    """Which rows of the list."""

    page = asked_number("Which page, from 1.", 1, 100_000, load_default=1)
    size = asked_number("Rows a page.", 1, 500, load_default=100)


class ListRowShape(Shape):
    """A row of the OCA's current list."""

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
    revision = text("The revision that the cell holds; empty for none.")
    number = text("The certificate number that the cell holds.", none=True)


class ListedRowsPage(Shape):
    """One page of the OCA's current list."""

    total = number("How many rows there are.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    rows = many(ListRowShape, "The rows.")


class ListDecisionTaken(Taken):
    """What becomes of a list that was kept aside."""

    action = asked_choice("What becomes of it.", ("accepted", "discarded"), required=True)
    reason = asked_text("Why.", LONGEST_REASON, shortest=3, needed=True)


class EventsArguments(Taken):
    """Which events."""

    number = asked_text("Only about this certificate number.", 100)
    revision = asked_text("With the number: only about this revision; empty for the one that has none.", 300)
    subject = asked_choice("Only about this. Only administrators are told of what is not about certificates, lists or devices.", SUBJECTS)
    kind = asked_choice("Only of this kind.", EventKind)
    before = asked_number("Only those before this event: the last one of the page before.", 1, LARGEST_ID)
    after = asked_number("Only those after this event.", 0, LARGEST_ID)
    size = asked_number("Events a page.", 1, 500, load_default=100)


class EventShape(HappeningShape):
    """Something that happened."""

    id = number("Its number: later ones have greater ones.")
    sentence = text("What it changed, in a sentence; null for what changes nothing that a page shows.", none=True)
    product = text("What the catalogue calls the certificate's product.", none=True)
    holder = text("What it calls the certificate's holder.", none=True)
    device = text("The device that it is about.", none=True)
    author = text("Who did it: administrators may know.", none=True, needed=False)


class EventsPage(Shape):
    """Some events, the newest first."""

    events = many(EventShape, "The events.")
    next = text("The address of the page before them.", none=True)
