"""The options of `station` and `csms` that say what each shows the other: no secret ever stands on the command line."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from probes.csms.audit_password import AuditPassword
from probes.csms.authority import CertificateAuthority
from probes.csms.files import PLAIN_SCHEMES, SCHEMES, FileHouse
from probes.wire.clock import SystemClock
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.security import MUTUAL_TLS, NONE, TLS_BASIC, ClientSecurity, ServerSecurity
from probes.wire.tls import KeyPair
from registry.errors import CannotBegin

PASSWORD_VARIABLE = "OCPP_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variable that may hold a station's AuthorizationKey in place of a file."""

COMMAND_LINE_LIFETIME = timedelta(days=90)
"""How long a certificate counts that the CSMS on the command line makes for itself: it gets another one when it is started again."""

LAST_PORT = 65535

Command = TypeVar("Command", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def client_options(command: Command) -> Command:
    """What `client_security` takes."""
    decorate: Callable[[Command], Command] = _all(
        click.option("--security-profile", type=click.IntRange(0, 3), default=NONE, help="0 none, 1 Basic, 2 TLS and Basic, 3 mutual TLS."),
        click.option(
            "--password-file", type=_FILE, help=f"Holds the AuthorizationKey; or set the environment variable {PASSWORD_VARIABLE}."
        ),
        click.option("--ca", type=_FILE, help="PEM of the authority that signs the CSMS's certificate; else the system's."),
        click.option("--cert", type=_FILE, help="PEM of the station's own certificate, for profile 3."),
        click.option("--key", type=_FILE, help="PEM of its private key."),
    )
    return decorate(command)


def client_security(
    security_profile: int, password_file: Path | None, ca: Path | None, cert: Path | None, key: Path | None
) -> ClientSecurity:
    """What a station shows, from its options. Raises `CannotBegin`."""
    password = secret(password_file) if password_file else os.environ.get(PASSWORD_VARIABLE)
    return ClientSecurity(security_profile, password, ca, _pair(cert, key))


def door_options(command: Command) -> Command:
    """What a CSMS asks of its stations at its doors."""
    decorate: Callable[[Command], Command] = _all(
        click.option("--security-profile", type=click.IntRange(0, 3), default=NONE, help="0 none, 1 Basic, 2 TLS and Basic, 3 mutual TLS."),
        click.option("--passwords", type=_FILE, help='JSON: {"IDENTITY": "HASH"}; --hash-password makes hashes.'),
        click.option(
            "--cert", "certs", type=_FILE, multiple=True, help="PEM of the CSMS's certificate and chain; RSA and ECDSA may be given."
        ),
        click.option("--key", "keys", type=_FILE, multiple=True, help="PEM of its private key; one for each --cert, in order."),
        click.option("--client-ca", type=_FILE, help="PEM of the authority that signs the stations' certificates, for profile 3."),
        click.option(
            "--door",
            "doors",
            multiple=True,
            metavar="PROFILE=PORT",
            help="A further port, with a security profile of its own: one port has one profile.",
        ),
        click.option("--organization", help="What the stations' certificates must name as organization, for profile 3."),
        click.option(
            "--authority",
            type=_FILE,
            help="A folder for an authority of its own, which signs what stations ask for; it needs --organization, the stations' CpoName.",
        ),
    )
    return decorate(command)


def server_options(command: Command) -> Command:
    """What `server_parts` takes."""
    decorate: Callable[[Command], Command] = _all(
        door_options,
        click.option("--files", type=_FILE, help="A folder for firmware to be fetched from here, and for logs that stations send."),
        click.option(
            "--hash-password",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_hash,
            help="Read a password from standard input, print its hash.",
        ),
    )
    return decorate(command)


def audit_security_options(command: Command) -> Command:
    """What `audit_security` takes."""
    decorate: Callable[[Command], Command] = _all(
        door_options,
        click.option(
            "--station-password-file",
            type=_FILE,
            help="Holds the AuthorizationKey that the station has: for its door, and so that a change of it can be undone.",
        ),
        click.option("--serial-number", help="What the station's certificate is made out to, for profile 3, if that is not its identity."),
    )
    return decorate(command)


def audit_security(
    identity: str, host: str, *, station_password_file: Path | None, serial_number: str | None, **asked: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the doors of an audit are made with (`security`, `further`), and what the audit itself is given (`password`, `authority`), from
    its options. Nothing is signed for a station but in a case: the authority is not the doors'. Raises `CannotBegin`.
    """
    if station_password_file is not None and asked["passwords"] is not None:
        raise CannotBegin("--passwords and --station-password-file: one station is audited; give the latter alone")
    password = AuditPassword(identity, secret(station_password_file)) if station_password_file else None
    parts = server_parts(host, asked.pop("authority"), asked.pop("doors"), None, **asked | ({"passwords": password} if password else {}))
    numbers = {identity: serial_number} if serial_number else {}
    further = tuple((port, replace(door, serial_numbers=numbers)) for port, door in parts["further"])
    doors = {"security": replace(parts["security"], serial_numbers=numbers), "further": further}
    return doors, {"password": password, "authority": parts.get("authority")}


def server_security(
    security_profile: int,
    passwords: Path | PasswordFile | None,
    certs: tuple[Path, ...],
    keys: tuple[Path, ...],
    client_ca: Path | None,
    organization: str | None,
) -> ServerSecurity:
    """What a CSMS asks for, from its options. Raises `CannotBegin`."""
    if len(certs) != len(keys):
        raise CannotBegin(f"{len(certs)} --cert and {len(keys)} --key: give one private key for each certificate")
    return ServerSecurity(
        security_profile,
        _password_hashes(passwords) if isinstance(passwords, Path) else passwords,
        tuple(zip(certs, keys, strict=True)),
        client_ca,
        organization,
    )


def server_parts(host: str, authority: Path | None, doors: tuple[str, ...], files: Path | None, **asked: Any) -> dict[str, Any]:
    """What a `Csms` on this host is made with, from its options: `security`, `further` doors, `files`, and `authority` if it is to have
    one. Raises `CannotBegin`.

    The authority signs the CSMS's own certificate, too, where none is given, and is the one that stations' certificates must be of. All
    doors share passwords, certificates and authority.
    """
    further = [_door(text) for text in doors]
    highest = max([asked["security_profile"], *(profile for profile, _ in further)])
    made = _authority(host, authority, highest, asked) if authority else None
    security = server_security(**asked)
    parts: dict[str, Any] = {
        "security": security,
        "further": tuple((port, server_security(**{**asked, "security_profile": profile})) for profile, port in further),
    }
    if files:
        pair = security.key_pairs[0] if security.key_pairs else None
        parts["files"] = FileHouse(files, host, schemes=SCHEMES if pair else PLAIN_SCHEMES, key_pair=pair)
    return parts | ({"authority": made} if made else {})


def _door(text: str) -> tuple[int, int]:
    """`PROFILE=PORT` as its numbers."""
    profile, _, port = text.partition("=")
    if profile not in {"0", "1", "2", "3"} or not (port.isascii() and port.isdigit() and int(port) <= LAST_PORT):
        raise CannotBegin(f"--door {text}: no door; write PROFILE=PORT, as 2=8443")
    return int(profile), int(port)


def _authority(host: str, folder: Path, highest: int, asked: dict[str, Any]) -> CertificateAuthority:
    """The authority of the CSMS; what it is to sign for the CSMS itself is put among the options. Raises `CannotBegin`."""
    if not asked["organization"]:
        raise CannotBegin("--authority signs for an organization; give --organization, as the stations have it in CpoName")
    made = CertificateAuthority(asked["organization"], SystemClock(), folder)
    root = made.root_file(folder)
    if highest >= TLS_BASIC and not asked["certs"]:
        pairs = [made.server_pair(host, folder, kind, COMMAND_LINE_LIFETIME) for kind in ("EC", "RSA")]
        asked |= {"certs": tuple(pair[0] for pair in pairs), "keys": tuple(pair[1] for pair in pairs)}
    if highest == MUTUAL_TLS and asked["client_ca"] is None:
        asked["client_ca"] = root
    return made


def _pair(cert: Path | None, key: Path | None) -> KeyPair | None:
    if cert and key:
        return cert, key
    if cert or key:
        raise CannotBegin("--cert and --key belong together; give both")
    return None


def _password_hashes(file: Path) -> PasswordFile:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CannotBegin(f"{file}: cannot be read ({problem.strerror}); name a file with password hashes") from problem
    except ValueError as problem:
        raise CannotBegin(f'{file}: no JSON in UTF-8; write {{"IDENTITY": "HASH"}}') from problem
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise CannotBegin(f'{file}: no object of texts; write {{"IDENTITY": "HASH"}}')
    return PasswordFile(document, str(file))


def secret(file: Path) -> str:
    """The first line of a file that only its owner may read."""
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise CannotBegin(f"{file}: others may read it; `chmod 600 {file}` first")
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        raise CannotBegin(f"{file}: cannot be read ({problem.strerror}); name a file with the AuthorizationKey") from problem
    except ValueError as problem:
        raise CannotBegin(f"{file}: no text in UTF-8; write the AuthorizationKey as hexadecimal digits") from problem
    if not lines or not lines[0]:
        raise CannotBegin(f"{file}: is empty; write the AuthorizationKey into it")
    return lines[0]


def _print_hash(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        text = click.prompt("AuthorizationKey", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise CannotBegin("standard input: no password came; pipe one in, or type it")
        click.echo(hash_password(text))
        ctx.exit(0)
