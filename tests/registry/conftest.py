"""The pages on a fresh installation."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.settings import Settings
from tests.registry import samples


@pytest.fixture
def started() -> list[str]:
    """The ids of the audits that the pages have started."""
    return []


@pytest.fixture
def site_app(settings: Settings, session_factory: sessionmaker[Session], started: list[str]) -> Flask:
    """The catalogue, with somebody who takes audits."""
    return samples.web(settings, session_factory, started.append)


@pytest.fixture
def client(site_app: Flask) -> FlaskClient:
    """A visitor."""
    return site_app.test_client()


@pytest.fixture
def token(client: FlaskClient) -> Callable[[], str]:
    """Takes the CSRF token from the form, as a browser would."""

    def take() -> str:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/audits/new").text)
        assert found
        return found[1]

    return take
