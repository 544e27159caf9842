"""Transactions from afar and restarts: what the requests name, and what the central system answers afterwards (1.6 5.11, 5.12, 5.14, 5.18).

What a request carries may be the choice of a person, or of whoever wrote an adaptor file: that it is odd is a remark here. Whether it is
what was asked for is `central-request-as-asked`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges, judges_wishes
from probes.judge.central.view import CentralView, Wanted
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.story import is_whole
from registry.certificates.facts import Severity

WELCOME = frozenset({"valid", "member", "single"})
"""What the audit was told of tags that may charge."""

TURNED_AWAY = frozenset({"Invalid", "Blocked", "Expired"})

AT_ONCE = 2.0
"""Seconds in which nobody can have found out that a remote start has come to nothing."""


@judges_exchanges("central-remote-tag-is-accepted")
def remote_tag_is_accepted(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """Authorize and StartTransaction of the tag that the last remote start brought. A tag of which nothing was told may be refused: who had
    the request sent may have chosen any. ConcurrentTx is right while it charges elsewhere.
    """
    if exchange.from_csms or exchange.action not in {"Authorize", "StartTransaction"} or exchange.result is None:
        return
    tag = exchange.payload.get("idTag")
    if not isinstance(tag, str) or tag != _tag_of_remote_start(exchange, view):
        return
    yield from welcomed(bench, exchange, view, "the tag of the remote start")


def welcomed(bench: Bench, exchange: Exchange, view: CentralView, what: str) -> Iterator[Judgement]:
    """Whether the tag of an Authorize or StartTransaction is accepted, as one that is said to be valid must be."""
    status, state = status_of_tag(exchange), view.given.get(str(exchange.payload.get("idTag")))
    if status == "Accepted":
        yield bench.passes(exchange, f"{what} was accepted in {exchange.action}.conf")
    elif status in TURNED_AWAY and state in WELCOME:
        yield bench.fails(
            exchange, f"{what}, which is {state} there, was answered {status} in {exchange.action}.conf", f"{exchange.action}/{state}"
        )
    elif status is not None:
        yield bench.open(exchange, f"{what} was answered {status} in {exchange.action}.conf")


def status_of_tag(exchange: Exchange) -> str | None:
    """The status of the idTag in the answer."""
    info = (exchange.result or {}).get("idTagInfo")
    status = info.get("status") if isinstance(info, dict) else None
    return status if isinstance(status, str) else None


def _tag_of_remote_start(exchange: Exchange, view: CentralView) -> str | None:
    """The tag of the last remote start that our station accepted, unless a transaction has ended since."""
    story = view.story(exchange.call.charge_point_id)
    starts = [each for each in story.asked["RemoteStartTransaction"] if each.call.seq < exchange.call.seq and each.status == "Accepted"]
    ended = [each for each in story.told["StopTransaction"] if each.call.seq < exchange.call.seq]
    if not starts or (ended and ended[-1].call.seq > starts[-1].call.seq):
        return None
    tag = starts[-1].payload.get("idTag")
    return tag if isinstance(tag, str) else None


@judges_wishes("central-remote-start-is-sent-once")
def remote_start_is_sent_once(bench: Bench, wanted: Wanted, view: CentralView) -> Iterator[Judgement]:
    """A second request like the first within two seconds of its being accepted is nobody's retry, unless the audit has asked again by then.
    A person may have clicked twice, and one of an earlier wish may have come late.
    """
    request = wanted.exchange
    if wanted.action != "RemoteStartTransaction" or request is None or request.status != "Accepted":
        return
    told = request.call.elapsed + (request.elapsed or 0.0)
    same = [each for each in view.wanted if each.action == wanted.action and each.first < wanted.first]
    asked_again = min((each.first for each in view.wanted if each.action == wanted.action and each.first > wanted.first), default=None)
    again = next(
        (
            each
            for each in view.story(wanted.station).asked[wanted.action]
            if each.call.seq > request.seqs[-1]
            and (asked_again is None or each.call.seq < asked_again)
            and each.call.elapsed - told <= AT_ONCE
            and each.payload == request.payload
        ),
        None,
    )
    if again is None:
        yield bench.passes(request, "the remote start was sent once")
    elif wanted.by == "program" and all(each.exchange is not None for each in same):
        text = f"the remote start that our station had accepted was sent again (frame {again.call.seq}), asked for was one"
        yield bench.fails(request, text, "requests/RemoteStartTransaction twice", frames=(*request.seqs, *again.seqs))
    else:
        yield bench.open(request, "the remote start was sent twice")


@judges_exchanges("central-remote-stop-names-transaction")
def remote_stop_names_transaction(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """The transaction must be one that goes on at the station."""
    if not exchange.from_csms or exchange.action != "RemoteStopTransaction":
        return
    number = exchange.payload.get("transactionId")
    if not is_whole(number):
        return  # That the number is none is what the schema's obligation says.
    if number in view.timeline(exchange.call.charge_point_id).before(exchange.call.seq).open_transactions:
        yield bench.passes(exchange, f"the remote stop names the transaction {number}, which goes on")
    else:
        text = f"the remote stop names the transaction {number}, and none of that number goes on at our station"
        yield bench.open(exchange, text, Severity.WARNING, "requests/RemoteStopTransaction")


@judges_exchanges("central-connector-exists")
def connector_exists(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """Connector 0 is the whole station, which can be neither started nor unlocked."""
    if not exchange.from_csms or exchange.action not in {"RemoteStartTransaction", "UnlockConnector"}:
        return
    connector = exchange.payload.get("connectorId")
    if is_whole(connector) and connector <= 0:
        text = f"{exchange.action}.req names connector {connector}, which must be above 0"
        yield bench.open(exchange, text, Severity.WARNING, f"requests/{exchange.action}")


@judges_exchanges("central-takes-station-again")
def takes_station_again(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A BootNotification after a Reset, or after firmware that is being installed. Pending is for a while (1.6 4.2)."""
    if exchange.from_csms or exchange.action != "BootNotification" or exchange.result is None:
        return
    story = view.story(exchange.call.charge_point_id)
    before = max((each.call.seq for each in story.told["BootNotification"] if each.call.seq < exchange.call.seq), default=0)
    resets = [each for each in story.asked["Reset"] if each.status == "Accepted"]
    installing = [each for each in story.told["FirmwareStatusNotification"] if each.payload.get("status") == "Installing"]
    if not any(before < each.call.seq < exchange.call.seq for each in (*resets, *installing)):
        return
    status = exchange.result.get("status")
    if status == "Accepted":
        yield bench.passes(exchange, "our station was accepted again after its restart")
    else:
        yield bench.open(exchange, f"our station was answered {status} after its restart")


@judges_wishes("central-all-means-all")
def all_means_all(bench: Bench, wanted: Wanted, _view: CentralView) -> Iterator[Judgement]:
    """All keys are read by naming none (1.6 5.8), all profiles cleared by saying nothing of them (5.5)."""
    request, field = wanted.exchange, {"GetConfiguration": "key"}.get(wanted.action)
    if request is None or wanted.payload or wanted.action not in {"GetConfiguration", "ClearChargingProfile"}:
        return
    named = sorted(name for name, value in request.payload.items() if (field is None or name == field) and value not in ([], None))
    if not named:
        yield bench.passes(request, f"{wanted.action} was sent for all that there is")
    else:
        yield bench.open(request, f"{wanted.action} was to be sent for all that there is, and names {', '.join(named)}")
