"""Which addresses lead to pages of this registry and nowhere else. Data in, data out."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 2_000


def own_path(address: str | None) -> str:
    """`address` if it is a path on this very server, else the first page.

    Browsers take backslashes for slashes, leave control characters out, and take two slashes for the beginning of another server's name.
    """
    if not address or len(address) > _LONGEST or not address.startswith("/") or address.startswith("//"):
        return HOME
    if "\\" in address or any(ord(letter) <= 32 or ord(letter) == 127 for letter in address):
        return HOME
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else address
