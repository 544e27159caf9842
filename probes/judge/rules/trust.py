"""Whom a station trusts with security (white paper A00, A01, L01): its central system, who signs firmware, and who may see its password."""

from __future__ import annotations

import json
from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.rules.firmware import is_secured
from probes.wire.records import ConnectionEvent, EventKind
from probes.wire.redact import CONCEALED

NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
"""In the armour of a certificate: two words that say that it is none."""

SHOWN, UNTRUSTED = "shownCertificate", "untrusted"
"""In the event of a connection: the central system has shown a certificate that nobody has signed."""

LEFT = "left"
"""In an event of the audit: how many handshakes were broken off while it did."""


@judges_views("untrusted-central-system-is-left")
def untrusted_central_system_is_left(bench: Bench, view: View) -> Iterator[Judgement]:
    """Who does not verify the certificate (A00.FR.307) goes on with the WebSocket handshake, and gives away its password.

    A connection that takes up an earlier TLS session is shown no certificate, so nothing is said of it.
    """
    for record in view.traffic.records:
        if not isinstance(record, ConnectionEvent) or record.detail.get(SHOWN) != UNTRUSTED:
            continue
        call = next((each for each in view.traffic.exchanges if each.call.seq > record.seq), None)
        if call is None:
            continue
        left = record.detail.get(LEFT)
        tls = record.detail.get("tls")
        if record.event is EventKind.AUDIT:
            if isinstance(left, int) and left > 0:
                yield bench.passes(call, f"the station left a central system whose certificate nobody has signed, {left} times")
        elif isinstance(tls, dict) and not tls.get("resumed"):
            text = "the station connected to a central system whose certificate nobody has signed"
            yield bench.fails(call, f"{text} (record {record.seq})", "TLS/certificate of the central system", frames=(record.seq,))


@judges_exchanges("signing-certificate-is-checked")
def signing_certificate_is_checked(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """The certificate is validated before the message is accepted (L01.FR.23, 24). Only of the audit's own it is known that it is none:
    what another central system sends may be written in another way than is read here, and whom a maker trusts is not known.
    """
    firmware = exchange.payload.get("firmware")
    if (
        not exchange.from_csms
        or exchange.action != "SignedUpdateFirmware"
        or not isinstance(firmware, dict)
        or not is_secured(view.certified)
    ):
        return
    if firmware.get("signingCertificate") != NO_CERTIFICATE:
        return
    said = f"SignedUpdateFirmware with what is no certificate was answered {exchange.status or exchange.error_code}"
    if exchange.status in {"InvalidCertificate", "Rejected", "RevokedCertificate"} or exchange.error_code is not None:
        yield bench.passes(exchange, said)
    elif exchange.status in {"Accepted", "AcceptedCanceled"}:
        yield bench.fails(exchange, said, "SignedUpdateFirmware/signing certificate")


@judges_exchanges("password-stays-secret")
def password_stays_secret(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """What stands in evidence for the password with which the station has come, in a message of the station. It warns only: a serial number
    that is the password as well would be told honestly, and is a bad password.
    """
    if not exchange.from_csms and CONCEALED in json.dumps(exchange.payload):
        text = f"{exchange.action} carries the password with which the station comes"
        yield bench.fails(exchange, text, "secrets/password in a message", frames=(exchange.call.seq,))
