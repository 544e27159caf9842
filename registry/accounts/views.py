"""The pages of the accounts."""

from __future__ import annotations

from flask import Blueprint, render_template

from registry.accounts.access import anybody

accounts = Blueprint("accounts", __name__)


@accounts.get("/sign-in")
@anybody
def sign_in() -> str:
    """The form for signing in."""
    return render_template("accounts/sign_in.html")
