"""The local authorization lists that a central system sends (OCPP 1.6 sections 5.10, 5.15 and 6.41)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.story import is_whole
from registry.certificates.facts import Severity

SUBJECT = "requests/SendLocalList version"


@judges_exchanges("central-list-version-rises")
def list_version_rises(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """-1 says that there is no list, 0 that it is empty (5.10): neither can be the version of what is sent; a person may have entered it.
    What a person, or an adaptor file, may have given does not accuse when it does not rise.
    """
    if not exchange.from_csms or exchange.action != "SendLocalList":
        return
    version, kind = exchange.payload.get("listVersion"), exchange.payload.get("updateType")
    if not is_whole(version):
        return
    wanted = view.wanted_for(exchange)
    if version < 0 and wanted is not None and wanted.by == "program":
        yield bench.fails(exchange, f"the local list was sent as version {version}", SUBJECT)
    elif version < 0 or (version == 0 and exchange.payload.get("localAuthorizationList")):
        yield bench.open(exchange, f"the local list was sent as version {version}", Severity.WARNING, SUBJECT)
    elif kind == "Full":
        yield bench.passes(exchange, f"the whole local list was sent as version {version}")
    elif kind == "Differential":
        yield from _above(bench, exchange, version, _held(exchange, view))


def _above(bench: Bench, exchange: Exchange, version: int, held: int | None) -> Iterator[Judgement]:
    if held is None:
        yield bench.open(exchange, "a change to the local list was sent, and which version our station has is not known")
    elif version > held:
        yield bench.passes(exchange, f"the change to the local list was sent as version {version}, our station had {held}")
    else:
        text = f"the change to the local list was sent as version {version}, and our station has {held} already"
        yield bench.open(exchange, text, Severity.WARNING, SUBJECT)


def _held(exchange: Exchange, view: CentralView) -> int | None:
    """The version that our station was given last, or has told since; None: neither, as after a restart."""
    story = view.story(exchange.call.charge_point_id)
    known: dict[int, Any] = {}
    for each in (*story.asked["SendLocalList"], *story.asked["GetLocalListVersion"]):
        if each.call.seq < exchange.call.seq and not story.booted(each.call.seq, exchange.call.seq):
            if each.action == "SendLocalList" and each.status == "Accepted":
                known[each.call.seq] = each.payload.get("listVersion")
            elif each.action == "GetLocalListVersion" and each.result is not None:
                known[each.call.seq] = each.result.get("listVersion")
    version = known[max(known)] if known else None
    return version if is_whole(version) else None


@judges_exchanges("central-list-entries-are-whole")
def list_entries_are_whole(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """Who had the list sent may have chosen its entries: what is odd about them is a remark."""
    entries = exchange.payload.get("localAuthorizationList")
    if not exchange.from_csms or exchange.action != "SendLocalList" or not isinstance(entries, list):
        return
    found = [entry for entry in entries if isinstance(entry, dict)]
    tags = [str(entry.get("idTag")).casefold() for entry in found]
    bare = [entry for entry in found if "idTagInfo" not in entry]
    if len(set(tags)) < len(tags):
        yield bench.open(exchange, "an idTag is on the local list twice", Severity.WARNING, "requests/SendLocalList entries")
    elif bare and exchange.payload.get("updateType") == "Full":
        text = f"{len(bare)} entries of the whole local list do not say what the tag is"
        yield bench.open(exchange, text, Severity.WARNING, "requests/SendLocalList entries")
    elif found:
        yield bench.passes(exchange, "the entries of the local list are whole")
