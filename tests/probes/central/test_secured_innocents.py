"""Central systems that guard their doors, each in its own way, are accused of nothing."""

from __future__ import annotations

import base64
import ssl
import warnings
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from probes.audit_csms import CentralOptions, audit_csms
from probes.central.tags import Tags, TagState
from probes.wire.passwords import password_bytes
from tests.central_matrix import CERTIFICATES, certificate
from tests.probes.audits.secured import KEY
from tests.probes.central.honest import NOBODYS, VALID, Honest
from tests.probes.central.secured import KINDS, guarded
from tests.virtual import VirtualClock, run

Spoil = Callable[[ssl.SSLContext], None]
Look = Callable[[str, bytes, bytes], HTTPStatus | None]


def as_usual(_: ssl.SSLContext) -> None:
    """What a library does when nobody tells it anything."""


def newest_alone(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def former_ones_too(context: ssl.SSLContext) -> None:
    """For stations that cannot do better."""
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1


def without_gcm_for_rsa(context: ssl.SSLContext) -> None:
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")


def password_and_user(user: str, password: bytes, wanted: bytes, *, status: HTTPStatus = HTTPStatus.UNAUTHORIZED) -> HTTPStatus | None:
    return None if (user, password) == ("CP1", wanted) else status


def forbidding(user: str, password: bytes, wanted: bytes) -> HTTPStatus | None:
    return password_and_user(user, password, wanted, status=HTTPStatus.FORBIDDEN)


def hiding(user: str, password: bytes, wanted: bytes) -> HTTPStatus | None:
    return password_and_user(user, password, wanted, status=HTTPStatus.NOT_FOUND)


def by_password_alone(_user: str, password: bytes, wanted: bytes) -> HTTPStatus | None:
    return None if password == wanted else HTTPStatus.UNAUTHORIZED


def nobody_ever(_user: str, _password: bytes, _wanted: bytes) -> HTTPStatus | None:
    return HTTPStatus.UNAUTHORIZED


async def _audited(folder: Path, spoil: Spoil, kinds: tuple[str, ...], look: Look, late: bool) -> dict[str, Any]:
    clock, own = VirtualClock(), guarded(2, folder, "CP1")
    honest = Honest(clock)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for kind in kinds:
        context.load_cert_chain(folder / f"server-{kind.lower()}.pem", folder / f"server-{kind.lower()}.key")
    spoil(context)

    def status_of(request: Request) -> HTTPStatus | None:
        _, _, encoded = request.headers.get("Authorization", "Basic Og==").partition(" ")
        user, _, password = base64.b64decode(encoded).partition(b":")
        return look(user.decode(), password, password_bytes(KEY))

    def at_door(websocket: ServerConnection, request: Request) -> Response | None:
        status = None if late else status_of(request)
        return None if status is None else websocket.respond(status, "")

    async def inside(websocket: ServerConnection) -> None:
        if websocket.request is not None and status_of(websocket.request) is not None:
            await websocket.close(1008, "who are you?")
            return
        await honest.serve(websocket)

    tags = Tags.of([(TagState.VALID, VALID), (TagState.UNKNOWN, NOBODYS)])
    async with serve(inside, "127.0.0.1", 0, subprotocols=["ocpp1.6"], ssl=context, process_request=at_door) as server:  # type: ignore[list-item]  # a text is one
        port = next(iter(server.sockets)).getsockname()[1]
        options = CentralOptions(cases=("TC_001", "TC_003", "TC_085", "TC_086", "TC_088"), tags=tags, security=own.shown)
        result = await audit_csms(
            facts=certificate(CERTIFICATES[2], security=True),
            endpoint=f"wss://127.0.0.1:{port}/ocpp",
            identity="CP1",
            transcript_dir=folder,
            options=options,
            clock=clock,
            audit_id="audit",
        )
    return result.report


def audited(
    folder: Path, spoil: Spoil = as_usual, kinds: tuple[str, ...] = KINDS, look: Look = password_and_user, late: bool = False
) -> Any:
    report = run(lambda: _audited(folder, spoil, kinds, look, late))
    assert [finding for finding in report["findings"] if finding["severity"] == "error"] == []
    return report


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["outcome"] for case in report["cases"]}


@pytest.mark.parametrize("kinds", [("EC",), ("RSA",), KINDS])
@pytest.mark.parametrize("spoil", [as_usual, newest_alone, former_ones_too, without_gcm_for_rsa])
def test_whatever_tls_is_usual(spoil: Spoil, kinds: tuple[str, ...], tmp_path: Path) -> None:
    report = audited(tmp_path, spoil, kinds)
    assert outcomes(report) | {"TC_086_CSMS": ""} == dict.fromkeys(["TC_001_CSMS", "TC_003_CSMS", "TC_085_CSMS", "TC_088_CSMS"], "pass") | {
        "TC_086_CSMS": ""
    }
    assert outcomes(report)["TC_086_CSMS"] in {"pass", "partial"}


@pytest.mark.parametrize("look", [password_and_user, forbidding, hiding, by_password_alone])
def test_whatever_is_said_to_who_is_not_let_in(look: Look, tmp_path: Path) -> None:
    assert outcomes(audited(tmp_path, look=look))["TC_085_CSMS"] == "pass"


def test_who_looks_at_credentials_after_the_handshake_is_not_failed(tmp_path: Path) -> None:
    assert outcomes(audited(tmp_path, late=True))["TC_085_CSMS"] == "partial"


def test_a_password_that_is_not_the_one_that_is_known_there(tmp_path: Path) -> None:
    report = audited(tmp_path, look=nobody_ever)
    assert report["verdict"] == "inconclusive"
    assert "it refuses the station's credentials" in report["reason"]
