"""The CSMS's file server for FTP and FTPS (AUTH TLS), on pyftpdlib: the same grants as over HTTP (`probes/csms/grants.py`)."""

from __future__ import annotations

import logging
import threading
import warnings
from pathlib import Path
from typing import Any

from OpenSSL import SSL

from probes.csms.grants import LARGEST_FILE, Grant, Grants, incomplete_mark
from probes.wire.tls import CIPHERS, KeyPair
from registry.errors import CannotBegin

with warnings.catch_warnings():
    # It is built on modules that Python 3.11 calls deprecated and later versions get from packages of their own.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

LOGGER = logging.getLogger("ocpp_registry.csms.files")

SOCKET_SECONDS = 20
CONNECTIONS = 64
_POLL_SECONDS = 0.05
_READING, _WRITING = "elr", "elw"
"""pyftpdlib's letters for what a user may do: enter, list, and fetch or put. Nothing can be deleted, renamed or made."""


class FtpFiles:
    """Serves the grants from a thread. With `key_pair` only FTPS is spoken. Raises `CannotBegin` when the port cannot be had."""

    def __init__(self, host: str, port: int, grants: Grants, *, key_pair: KeyPair | None = None, largest: int = LARGEST_FILE) -> None:
        self._host = host
        self._scheme = "ftps" if key_pair else "ftp"
        self._stopping = threading.Event()
        self._loop = IOLoop()
        # Without a handler of its own the library would set up logging for the whole process.
        logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())
        try:
            self._server = FTPServer((host, port), _handler(grants, key_pair, largest), ioloop=self._loop)
        except OSError as problem:
            raise CannotBegin(f"{host}:{port}: no file server can listen there ({problem.strerror}); choose another port") from problem
        self._server.max_cons = CONNECTIONS
        self._port = int(self._server.address[1])
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End, with every transfer."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        else:
            self._server.close_all()

    def location(self, grant: Grant, name: str = "", host: str | None = None) -> str:
        """The address of a file under this grant, or, without a name, of the folder that files are put to."""
        reached = host or self._host
        host = f"[{reached}]" if ":" in reached else reached
        return f"{self._scheme}://{grant.user}:{grant.password}@{host}:{self._port}/{name}"

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._server.serve_forever(timeout=_POLL_SECONDS, blocking=False, handle_exit=False)
        self._server.close_all()


class _Authorizer(DummyAuthorizer):  # type: ignore[misc]  # library without types
    """The grants are the users."""

    def __init__(self, grants: Grants) -> None:
        super().__init__()
        self._grants = grants
        self._inside: dict[str, Grant] = {}

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:  # noqa: ARG002 - the base class's
        grant = self._grants.find(username, password)
        if grant is None:
            raise AuthenticationFailed("Authentication failed.")
        self._inside[username] = grant

    def has_user(self, username: str) -> bool:
        return username in self._inside

    def get_home_dir(self, username: str) -> str:
        return str(self._inside[username].folder.resolve())

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        grant = self._inside[username]
        if perm not in (_WRITING if grant.writes else _READING):
            return False
        if perm != "w" or path is None:
            return True
        target = grant.path(Path(path).name)
        return target is not None and grant.has_room(target)

    def get_perms(self, username: str) -> str:
        return _WRITING if self._inside[username].writes else _READING

    def get_msg_login(self, username: str) -> str:  # noqa: ARG002 - the base class's
        return "Login successful."

    def get_msg_quit(self, username: str) -> str:  # noqa: ARG002 - the base class's
        return "Goodbye."


def _handler(grants: Grants, key_pair: KeyPair | None, largest: int) -> type[FTPHandler]:
    """The library takes classes and configures them by their attributes: one of each for each server."""
    data_base: Any = TLS_DTPHandler if key_pair else DTPHandler
    control_base: Any = TLS_FTPHandler if key_pair else FTPHandler

    class Data(data_base):  # type: ignore[misc]  # library without types
        """A data connection that ends where a file becomes too large."""

        timeout = SOCKET_SECONDS

        def handle_read_event(self) -> None:
            super().handle_read_event()
            if self.tot_bytes_received > largest:
                self._resp = ("552 The file is too large.", LOGGER.info)
                self.close()

    class Control(control_base):  # type: ignore[misc]  # library without types
        """A control connection; nothing about the machine is told in its greeting."""

        authorizer = _Authorizer(grants)
        dtp_handler = Data
        banner = "Files."
        timeout = SOCKET_SECONDS
        max_login_attempts = 1
        auth_failed_timeout = 0
        use_sendfile = False
        permit_foreign_addresses = False
        log_prefix = "%(remote_ip)s"

        def ftp_STOR(self, file: str, mode: str = "w") -> Any:  # noqa: N802 - the name is the base class's
            """What is there already, of an attempt that broke off, stays until its rest has come (REST)."""
            incomplete_mark(Path(file)).touch()
            return super().ftp_STOR(file, mode)

        def on_file_received(self, file: str) -> None:
            incomplete_mark(Path(file)).unlink(missing_ok=True)
            grants.completed(Path(file))

        def on_incomplete_file_received(self, file: str) -> None:
            if Path(file).stat().st_size > largest:
                Path(file).unlink()

    if key_pair:
        Control.tls_control_required = Control.tls_data_required = True
        Control.ssl_context = _context(key_pair)
    return Control


def _context(key_pair: KeyPair) -> SSL.Context:
    """TLS as `probes.wire.tls` has it, for the library that pyftpdlib builds on."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS.encode("ascii"))
    context.set_options(SSL.OP_NO_COMPRESSION)
    certificate, key = key_pair
    try:
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as problem:
        raise CannotBegin(f"{certificate} and {key} are no certificate and private key in PEM; name a certificate and its key") from problem
    return context
