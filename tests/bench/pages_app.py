"""What `bench_pages` has served: the catalogue as it is, with one route that does nothing."""

from __future__ import annotations

from flask import Flask

from registry.accounts.access import anybody
from serving import create_app


def create() -> Flask:
    """The application."""
    app = create_app()

    @app.get("/trivial")
    @anybody
    def trivial() -> str:
        return "done"

    return app
