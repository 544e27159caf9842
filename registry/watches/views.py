"""Keeping watch: feeds for everybody."""

from __future__ import annotations

from flask import Blueprint

from registry.watches.feeds import feeds

watches = Blueprint("watches", __name__)
watches.register_blueprint(feeds)
