"""Faults of a station in the security extension, and secrets in clear."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ocpp.v16.enums import Action, CertificateStatus, DeleteCertificateStatus

from probes.faults.building import (
    altered,
    answers,
    dropped,
    followed,
    instead,
    rewritten,
    silence,
    status,
    where,
    with_fields,
    without,
)
from probes.faults.making import Impossible, StationFault, station_answers, station_calls, station_hook
from probes.faults.tls import no_verification, old_version, weak_suites
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.station.trust import Installed
from probes.wire.interception import Interception
from probes.wire.peer import Call, Reply, Result
from probes.wire.security import ClientSecurity

PASSWORD_KEY = "AuthorizationKey"  # noqa: S105 - the name of the key, not what it holds


def _with_password(config: StationConfig) -> StationConfig:
    if PASSWORD_KEY not in config.keys:
        raise Impossible(f"it has no {PASSWORD_KEY}")
    return config


def _password_readable(station: Station) -> Interception:
    """The key that can only be written is read like any other."""

    def reveal(call: Call, reply: Reply) -> Reply:
        asked = call.payload.get("key") or [PASSWORD_KEY]
        if not isinstance(reply, Result) or PASSWORD_KEY not in asked:
            return reply
        entry = {"key": PASSWORD_KEY, "readonly": False, "value": station.configuration.text(PASSWORD_KEY)}
        unknown = [name for name in reply.payload.get("unknownKey") or [] if name != PASSWORD_KEY]
        shown = reply.payload | {"configurationKey": [*reply.payload.get("configurationKey", []), entry], "unknownKey": unknown}
        return replace(reply, payload=shown)

    return Interception(replies=(answers(Action.get_configuration, reveal),))


def _password_at_boot(station: Station) -> Interception:
    def reveal(payload: dict[str, object]) -> dict[str, object]:
        return payload | {"chargeBoxSerialNumber": station.configuration.text(PASSWORD_KEY)[:25]}

    return Interception(calls=(altered("BootNotification", reveal),))


def _password_in_data(station: Station) -> Interception:
    def data(_: object) -> dict[str, str]:
        return {"vendorId": "diagnostics", "data": f"password={station.configuration.text(PASSWORD_KEY)}"}

    return Interception(calls=(followed("BootNotification", "DataTransfer", data),))


def _root_without_effect(station: Station) -> None:
    instead(station.security, "install", lambda _, __: Installed(CertificateStatus.accepted))


def _root_stays(station: Station) -> None:
    instead(station.security, "delete", lambda _: DeleteCertificateStatus.accepted)


def _with_tls(config: StationConfig) -> StationConfig:
    if config.keys.get("SecurityProfile") not in {"2", "3"}:
        raise Impossible("its SecurityProfile has no TLS")
    return config


def _spoilt(how: Callable[[ssl.SSLContext], None]) -> StationFault:
    """A station whose TLS is worse than it should be."""

    def hook(station: Station) -> None:
        shown = station.security.shown

        @contextmanager
        def spoilt() -> Iterator[ClientSecurity]:
            with shown() as security:
                yield replace(security, spoil=how)

        instead(station.security, "shown", spoilt)

    return replace(station_hook(hook), alter=_with_tls, anywhere=True)


SECURITY: dict[str, StationFault] = {
    # --- TLS
    "old-tls-alone": _spoilt(old_version),
    "weak-cipher-suites-alone": _spoilt(weak_suites),
    "certificate-of-csms-unchecked": _spoilt(no_verification),
    # --- the security extension
    "security-event-missing": station_calls(dropped("SecurityEventNotification", {})),
    "invalid-root-accepted": station_answers(answers(Action.install_certificate, status("Rejected", "Accepted"))),
    "root-without-effect": station_hook(_root_without_effect),
    "deleted-root-stays": station_hook(_root_stays),
    "log-status-missing": station_calls(dropped("LogStatusNotification", {})),
    "log-status-without-request-id": station_calls(altered("LogStatusNotification", without("requestId"))),
    "never-answers-get-log": station_answers(answers(Action.get_log, silence)),
    "certificate-request-missing": station_calls(dropped("SignCertificate", {"status": "Accepted"})),
    "certificate-request-is-none": station_calls(altered("SignCertificate", with_fields(csr="please"))),
    "invalid-certificate-accepted": station_answers(answers(Action.certificate_signed, status("Rejected", "Accepted"))),
    "firmware-certificate-unchecked": station_answers(answers(Action.signed_update_firmware, status("InvalidCertificate", "Accepted"))),
    "firmware-signature-told-verified": station_calls(
        altered("SignedFirmwareStatusNotification", with_fields(status="SignatureVerified"), where(status="InvalidSignature")),
    ),
    # --- secrets in clear
    "password-readable": StationFault(_password_readable, alter=_with_password, anywhere=True),
    "password-at-boot": StationFault(_password_at_boot, alter=_with_password, anywhere=True),
    "password-in-data-transfer": StationFault(_password_in_data, alter=_with_password, anywhere=True),
    "password-change-told-not-supported": replace(
        station_answers(
            answers(
                Action.change_configuration,
                lambda call, reply: (
                    rewritten(lambda _: {"status": "NotSupported"})(call, reply) if call.payload.get("key") == PASSWORD_KEY else reply
                ),
            )
        ),
        alter=_with_password,
        anywhere=True,
    ),
}
