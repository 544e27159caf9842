"""The session's cookie: never readable by scripts, never sent along from other sites, and bound to this very host over TLS."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

PLAIN_NAME = "ocpp_registry"
HOST_NAME = f"__Host-{PLAIN_NAME}"
"""Browsers take a cookie with this prefix only when it is Secure, for the whole host and for no other (RFC 6265bis, section 4.1.3.2)."""


class SessionCookie(SecureCookieSessionInterface):
    """As Flask's, with name and Secure flag by how the page at hand is served: TLS may end at a proxy that only the request tells of."""

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002 (Flask's signature)
        """With the prefix wherever browsers would take it."""
        return HOST_NAME if request.is_secure else PLAIN_NAME

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's signature)
        """Wherever it would come back."""
        return request.is_secure

    def get_cookie_httponly(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's signature)
        """Always."""
        return True

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002 (Flask's signature)
        """Lax: a link from elsewhere leads to the page as its visitor, a form from elsewhere does not."""
        return "Lax"
