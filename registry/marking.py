"""The mark of a text that is translated where it is shown, for the parts that know no web."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for it)
    """The text as it is; what gathers the texts of the pages finds it here."""
    return text
