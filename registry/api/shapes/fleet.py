"""The fleet: deployed devices, and what covers them."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import (
    Shape,
    Taken,
    asked_choice,
    asked_choices,
    asked_number,
    asked_text,
    asked_texts,
    counts,
    decimal,
    flag,
    many,
    number,
    one,
    table,
    text,
    texts,
)
from registry.api.shapes.certificates import FacetValueShape
from registry.fleet.query import CLOSED, DEFAULT_SIZE, LARGEST_PAGE, LARGEST_SIZE, LONGEST_TEXT, MOST_VALUES, SORTS

LONGEST_VALUE = 300


def _facet(about: str) -> fields.List[str]:
    return asked_texts(f"{about}; several are alternatives.", LONGEST_VALUE, MOST_VALUES)


class FleetArguments(Taken):
    """What of the fleet is looked at, as in the address of its page."""

    q = asked_text("Words of an identity, a serial number, a site, a vendor or a model.", LONGEST_TEXT)
    answer = asked_choices("What the matching answered; several are alternatives.", CLOSED["answer"], MOST_VALUES)
    drift = asked_choices("Whether an audit saw another firmware than the device's row has.", CLOSED["drift"], MOST_VALUES)
    site = _facet("Site")
    vendor = _facet("Vendor")
    model = _facet("Model")
    firmware = _facet("Firmware version")
    sort = asked_choice("The order.", SORTS, load_default="identity")
    page = asked_number("Which page, from 1.", 1, LARGEST_PAGE, load_default=1)
    size = asked_number("Devices a page.", 1, LARGEST_SIZE, load_default=DEFAULT_SIZE)


class ImportArguments(Taken):
    """Whether to store."""

    store = asked_choice(
        "yes to store the devices when nothing is wrong with them; without it nothing is stored.", ("yes", "no"), load_default="no"
    )


class DeviceShape(Shape):
    """A deployed device, as the last file that had it says, and what covers it."""

    identity = text("Its identity; of a management system its address, for auditors, and else `a management system`.")
    vendor = text("The vendor.", none=True)
    model = text("The model.", none=True)
    firmware = text("The firmware version of its row.", none=True)
    serial = text("The serial number.", none=True)
    site = text("Where it stands; empty where it is not said.")
    endpoint = text("Its address: auditors may see it.", none=True, needed=False)
    latitude = decimal("Degrees (WGS 84).", none=True)
    longitude = decimal("Degrees (WGS 84).", none=True)
    installed = text("When it was installed.", none=True, form="date")
    role = text("CS or CSMS.")
    protocol = text("The OCPP version.", none=True)
    hardware = table("What is known of its hardware.")
    answer = text("covered, not covered or cannot tell; null before any matching.", none=True)
    rule = text("The rule that decided.", none=True)
    sentence = text("Why, in a sentence.", none=True)
    firmware_used = text("The firmware version that it was matched by: the newer of its row's and the one last seen.", none=True)
    seen_firmware = text("The firmware version that an audit last saw.", none=True)
    seen_at = text("When.", none=True, form="date-time")
    is_drifted = flag("Whether the two are certainly two versions; not where one may be another spelling of the other.")
    may_be_drifted = flag("Whether it cannot be told if the two are one version.")
    imported_at = text("When its row came.", form="date-time")


class ListedDeviceShape(DeviceShape):
    """A device in the table."""

    url = text("Where the API tells everything about it; null where it goes by an address that is withheld.", none=True)


class CoveringShape(Shape):
    """A certificate that covers the device."""

    number = text("Its number.")
    revision = text("Its revision.", none=True)
    kind = text("Its type.", none=True)


class TogetherShape(Shape):
    """The feature profiles that covering certificates of one protocol passed together."""

    protocol = text("The protocol; null where it was not read.", none=True)
    profiles = texts("The feature profiles.")


class MatchReasonShape(Shape):
    """A reason of the answer."""

    rule = text("The rule.")
    field = text("The field that decided.")
    certificate = text("The certificate.", none=True)
    revision = text("Its revision.", none=True)
    sentence = text("In words.")


class RowDifferenceShape(Shape):
    """A row of the hardware that differs."""

    row = text("The row.")
    certified = text("What the certificate says.")
    device = text("What the device has.")


class DerivativeShape(Shape):
    """A certified product of the same company and family that is another model or version."""

    certificate = text("The certificate.")
    revision = text("Its revision.", none=True)
    model = text("Its model.", none=True)
    software_version = text("Its software version.", none=True)
    model_differs = flag("Whether it is another model; null: cannot tell.", none=True)
    version_differs = flag("Whether it is another version; null: cannot tell.", none=True)
    hardware = many(RowDifferenceShape, "The deciding rows of the hardware that differ.")
    sentence = text("In words.")


class MatchShape(Shape):
    """The answer about a device, with everything that led to it."""

    answer = text("covered, not covered or cannot tell.")
    rule = text("The rule that decided.")
    step = text("What it was found by.", none=True)
    certificates = many(CoveringShape, "The certificates that cover it.")
    profiles = texts("The feature profiles that the first of them covers together with the others of its protocol.")
    together = many(TogetherShape, "The feature profiles that they cover, of each protocol by itself.")
    reasons = many(MatchReasonShape, "The reasons, the deciding ones first.")
    derivatives = many(DerivativeShape, "Certified products that it may derive from.")


class WholeDeviceShape(DeviceShape):
    """A device with its whole match."""

    certificates = texts("The numbers of the certificates that cover it.")
    match = one(MatchShape, "The match; null before any matching.", none=True)
    matched_at = text("When its answer was made; null before any matching.", none=True, form="date-time")
    stale = flag(
        "Whether certificates, names of companies, audits, devices or the program changed since: it is matched anew by itself, in minutes.",
        none=True,
    )


class DevicesPage(Shape):
    """One page of the fleet."""

    total = number("How many devices there are.")
    page = number("Which page this is.")
    pages = number("How many pages there are.")
    next = text("The address of the next page.", none=True)
    devices = many(ListedDeviceShape, "The devices.")
    facets = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(FacetValueShape)),
        required=True,
        metadata={"description": "By argument: the values that narrow the table further."},
    )


class TallyShape(Shape):
    """How many devices came to which answer."""

    covered = number("Covered by a certificate.")
    not_covered = number("Not covered.")
    cannot_tell = number("It cannot be told.")
    drifted = number("Seen with another firmware than their row has.")


class MatchedShape(TallyShape):
    """One matching of the whole fleet."""

    matched_at = text("When.", form="date-time")


class StandingShape(Shape):
    """The fleet as a whole."""

    devices = number("How many devices there are.")
    stale = flag(
        "Whether certificates, names of companies, audits, devices or the program changed since: it is matched anew by itself, in minutes."
    )
    matched = one(MatchedShape, "The last matching.", none=True)
    imported_at = text("When devices last came.", none=True, form="date-time")
    trend = many(MatchedShape, "The last matching of each day of a year, the oldest first.")


class PlaceShape(Shape):
    """Devices that stand together."""

    site = text("The site.")
    latitude = decimal("Degrees (WGS 84).")
    longitude = decimal("Degrees (WGS 84).")
    total = number("How many devices stand there.")
    answers = counts("How many of them came to which answer.")


class PlacesShape(Shape):
    """Where the fleet stands."""

    places = many(PlaceShape, "The places; devices without coordinates are left out.")


class RowProblemShape(Shape):
    """Why a row cannot be taken."""

    place = text("The row and the column.")
    sentence = text("What is wrong and what to do.")


class OutcomeShape(Shape):
    """What a file changes."""

    added = number("Devices that are new.")
    changed = number("Devices that are now otherwise.")
    same = number("Devices that stay as they are.")


class FieldChangeShape(Shape):
    """A field of a device that becomes otherwise."""

    field = text("The field.")
    old = text("What the fleet has; null for nothing.", none=True)
    new = text("What the file says; null for nothing.", none=True)


class DeviceChangeShape(Shape):
    """A device of the fleet that becomes otherwise."""

    identity = text("Its identity.")
    differing = many(FieldChangeShape, "Its fields that differ.")


class ImportShape(Shape):
    """A file of devices, read, and stored where that was asked for."""

    name = text("The file.")
    sha256 = text("The hash of its bytes.")
    rows = number("Its rows below the headings.")
    headings = texts("The columns that it has.")
    columns = table("Which column was taken for which field.")
    notes = texts("How the file was read.")
    problem = text("Why its rows could not be looked at.", none=True)
    problems = many(RowProblemShape, "What is wrong with single rows; of a large file the first.")
    more = number("How many problems there are besides.")
    outcome = one(OutcomeShape, "What it changes, or would; null where something is wrong.", none=True)
    changes = many(DeviceChangeShape, "What it changes about devices that the fleet has, or would; the first of them.")
    more_changes = number("Of how many devices besides.")
    emptied = counts("By field, of how many devices nothing is left of it: a field that the file has no column for stays as it is.")
    stored = flag("Whether it was stored.")


class ErrandProgressShape(Shape):
    """How far work is."""

    step = text("What is counted: rows read, devices stored, devices matched.")
    done = number("How many so far.")
    of = number("Of how many; null where nobody knows yet.", none=True)


class ErrandShape(Shape):
    """Work that takes longer than a request waits."""

    id = text("Its id.")
    what = text("What is done: read a file of devices, store a file of devices, match the fleet.")
    state = text("running, done, failed or interrupted.")
    progress = one(ErrandProgressShape, "How far it is, while it runs and has said so.", none=True)
    problem = text("Why it could not be done.", none=True)
    read = one(ImportShape, "What was read of the file.", none=True)
    stored = one(OutcomeShape, "What storing the file changed.", none=True)
    matched = one(TallyShape, "What matching came to.", none=True)
    url = text("Where to ask how far it is.")


class ImportedFileShape(Shape):
    """A file that was stored."""

    id = number("Its id.")
    name = text("The file.")
    sha256 = text("The hash of its bytes.")
    rows = number("Its devices.")
    added = number("Those that were new.")
    changed = number("Those that it changed.")
    imported_at = text("When.", form="date-time")
    left = number("Devices of the fleet whose row is still the one that it had.")


class ImportedFilesShape(Shape):
    """The files that were stored."""

    imports = many(ImportedFileShape, "The files, the newest first.")


class ExpectedArgument(Taken):
    """How many devices are to go."""

    expected = asked_number("How many devices are to go: when it is another number by now, none goes.", 0, 10_000_000, required=True)


class RemoveArguments(FleetArguments):
    """Which devices are to go, and how many they are."""

    expected = asked_number("How many devices are to go: when it is another number by now, none goes.", 0, 10_000_000, required=True)


class RemovedShape(Shape):
    """What was removed."""

    removed = number("How many devices went.")
