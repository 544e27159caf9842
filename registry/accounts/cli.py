"""The command `account`: what whoever runs this registry does about accounts when nobody can sign in to do it."""

from __future__ import annotations

import json

import click

from registry import db
from registry.accounts import store
from registry.accounts.roles import Role
from registry.db import utc_now
from registry.errors import CannotBegin
from registry.settings import PUBLIC_VARIABLE, Settings

_PAGES = "pages.address"
_USUAL_PAGES = "http://127.0.0.1:8000/"


@click.group()
def account() -> None:
    """Accounts: who there is, and links that set a password."""


@account.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def listed(as_json: bool) -> None:
    """Everybody who has an account."""
    with db.opened(Settings.from_environment()) as sessions, sessions() as session:
        lines = store.listing(session, utc_now())
    if as_json:
        rows = [{"name": one.name, "role": one.role, "state": one.state, "created_at": one.created_at.isoformat()} for one in lines]
        click.echo(json.dumps({"accounts": rows}))
        return
    for one in lines:
        click.echo(f"{one.name}  {one.role}  {one.state}")


@account.command()
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in Role]), default=str(Role.READER), show_default=True)
def add(name: str, role: str) -> None:
    """Make an account, and print the one-time link that sets its password."""
    settings = Settings.from_environment()
    with db.opened(settings) as sessions, sessions.begin() as session:
        secret = store.invite(session, name, Role(role))
    _print(settings, secret)


@account.command()
@click.argument("name")
def link(name: str) -> None:
    """Print a new one-time link that sets the password of an account; a lost administrator's, say. A disabled one is enabled."""
    settings = Settings.from_environment()
    with db.opened(settings) as sessions, sessions.begin() as session:
        found = store.find_by_name(session, name)
        if found is None:
            raise CannotBegin(f"there is no account called {name}: `ocpp-registry account list` has them all")
        store.enable(session, found.id)
        secret = store.new_link(session, found.id)
    _print(settings, secret)


@account.command()
@click.argument("name")
@click.argument("role", type=click.Choice([str(role) for role in Role]))
def role(name: str, role: str) -> None:
    """Give an account another role."""
    with db.opened(Settings.from_environment()) as sessions, sessions.begin() as session:
        found = store.find_by_name(session, name)
        if found is None:
            raise CannotBegin(f"there is no account called {name}: `ocpp-registry account list` has them all")
        store.change_role(session, found.id, Role(role))


def welcome_address(base: str, secret: str) -> str:
    """The one-time link, on the pages at `base`, which ends with a slash."""
    return f"{base}welcome/{secret}"


def _print(settings: Settings, secret: str) -> None:
    """The link alone on standard output; what to know about it beside."""
    click.echo(f"The link works once, and for {store.LINK_LASTS.days} days.", err=True)
    if not settings.public_address:
        click.echo(f"Put the address of your pages before it if it is another one, or set {PUBLIC_VARIABLE}.", err=True)
    click.echo(welcome_address(_pages(settings), secret))


def remember_pages(settings: Settings, address: str) -> None:
    """Keep where the pages are served, for links that are made while they are."""
    (settings.home / _PAGES).write_text(address, encoding="utf-8")


def _pages(settings: Settings) -> str:
    """Where people find the pages, as far as it is known here: as they were last served."""
    if settings.public_address:
        return settings.public_address
    try:
        return (settings.home / _PAGES).read_text(encoding="utf-8")
    except FileNotFoundError:
        return _USUAL_PAGES


commands = (account,)
"""What app.py puts into `ocpp-registry`."""
