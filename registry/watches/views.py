"""Keeping watch: feeds for everybody; an account's watches, and the links in mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from registry import wording
from registry.accounts.access import Account, anybody, current, needs
from registry.accounts.roles import Role
from registry.errors import CannotBegin, RegistryError
from registry.export import Table, links, offer
from registry.forms import Form
from registry.site import site
from registry.vault import Vault
from registry.watches import naming, store, topics
from registry.watches.feeds import base, feeds
from registry.watches.forms import AddressForm, MailForm, TopicForm, WebhookForm
from registry.watches.topics import Topic

COLUMNS = ("label", "page", "channel", "to", "confirmed", "every", "state", "why", "made_at", "told_at")
_WIDTHS = (40, 40, 10, 40, 10, 24, 10, 30, 24, 24)

watches = Blueprint("watches", __name__)
watches.register_blueprint(feeds)


@watches.get("/watches")
@needs(Role.READER)
def index() -> str:
    """The account's watches, and the addresses that its mail goes to."""
    return _index(AddressForm(None))


def _mine() -> Table:
    """The account's watches."""
    account_id = _account().id

    def rows(session: Session) -> Iterator[dict[str, object]]:
        for one in store.listed(session, account_id):
            yield {name: getattr(one, name) for name in COLUMNS if name != "page"} | {"page": one.topic.page}

    return Table("watches", COLUMNS, rows, "watches", widths=_WIDTHS)


offer(watches, "/watches", "index", _mine, needs(Role.READER))


@watches.post("/watches/addresses")
@needs(Role.READER)
def add_address() -> ResponseReturnValue:
    """Ask at an address whether it is its owner's."""
    form = AddressForm(request.form)
    if form.validate_on_submit():
        try:
            with site().sessions.begin() as session:
                store.add_address(session, site().settings, _account().id, str(form.address.data), _vault())
            return redirect(url_for(".index", asked="1"), 303)
        except CannotBegin:
            raise
        except RegistryError as error:
            form.address.errors = (wording.sentence(error),)
    return _index(form), 400


@watches.post("/watches/addresses/<int:address_id>/remove")
@needs(Role.READER)
def remove_address(address_id: int) -> ResponseReturnValue:
    """Forget an address, and the watches that send there."""
    with site().sessions.begin() as session:
        found = store.remove_address(session, _account().id, _id(address_id))
    return redirect(url_for(".index"), 303) if found else _none()


@watches.get("/watches/new")
@anybody
def new() -> str:
    """How to keep watch over something: its feed, and the forms for those with an account."""
    kind, key = request.args.get("kind", ""), request.args.get("key", "")
    return _new(_topic(kind, key), MailForm(None, kind=kind, key=key), WebhookForm(None, kind=kind, key=key))


@watches.post("/watches/new/mail")
@needs(Role.READER)
def new_mail() -> ResponseReturnValue:
    """Keep watch, word by mail."""
    form = MailForm(request.form)
    form.address.choices = _choices(_addresses())
    topic = _sent_topic(form)
    if form.validate_on_submit():
        wanted = store.Wanted(topic, int(form.every.data), address_id=int(form.address.data))
        made = _made(form, wanted)
        if made is not None:
            return redirect(url_for(".show", watch_id=made[0]), 303)
    return _new(topic, form, WebhookForm(None, kind=str(topic.kind), key=topic.key)), 400


@watches.post("/watches/new/webhook")
@needs(Role.READER)
def new_webhook() -> ResponseReturnValue:
    """Keep watch, word to a program; shows the secret that it checks signatures with, once."""
    form = WebhookForm(request.form)
    topic = _sent_topic(form)
    if form.validate_on_submit():
        made = _made(form, store.Wanted(topic, 0, url=str(form.url.data)))
        if made is not None:
            return _show(made[0], secret=made[1])
    return _new(topic, MailForm(None, kind=str(topic.kind), key=topic.key), form), 400


@watches.get("/watches/<int:watch_id>")
@needs(Role.READER)
def show(watch_id: int) -> ResponseReturnValue:
    """One watch, and what became of its last messages."""
    return _show(_id(watch_id))


@watches.post("/watches/<int:watch_id>/<any(pause, resume, remove, test, secret):what>")
@needs(Role.READER)
def change(watch_id: int, what: str) -> ResponseReturnValue:
    """Pause it, go on with it, delete it, try it out, or give it another secret."""
    account_id, watch_id, secret = _account().id, _id(watch_id), None
    with site().sessions.begin() as session:
        if store.view(session, account_id, watch_id) is None:
            _none()
        if what == "pause":
            store.move(session, account_id, watch_id, "paused")
        elif what == "resume":
            store.move(session, account_id, watch_id, "active")
        elif what == "test":
            store.ask_test(session, account_id, watch_id)
        elif what == "secret":
            secret = store.renew_secret(session, account_id, watch_id, _vault())
        else:
            store.remove(session, account_id, watch_id)
    if secret is not None:
        return _show(watch_id, secret=secret)
    return redirect(url_for(".index") if what == "remove" else url_for(".show", watch_id=watch_id), 303)


@watches.get("/watches/confirm/<secret>")
@anybody
def ask_confirmation(secret: str) -> ResponseReturnValue:
    """Asks whoever has the mail to confirm with a click: programs open links in mails, too."""
    with site().sessions() as session:
        found = store.awaiting(session, secret)
    page = render_template("watches/confirm.html", form=Form(None), address=found.address if found else None, done=False)
    return _private(page, 200 if found else 404)


@watches.post("/watches/confirm/<secret>")
@anybody
def confirm(secret: str) -> ResponseReturnValue:
    """Confirm the address."""
    with site().sessions.begin() as session:
        address = store.confirm(session, secret)
    return _private(render_template("watches/confirm.html", form=Form(None), address=address, done=True), 200 if address else 404)


@watches.get("/watches/end/<token>")
@anybody
def ask_end(token: str) -> ResponseReturnValue:
    """Asks whoever has a mail of the watch whether to send no more."""
    with site().sessions() as session:
        found = store.by_token(session, token)
    page = render_template("watches/end.html", label=found.label if found else None, done=False)
    return _private(page, 200 if found else 404)


@watches.post("/watches/end/<token>")
@anybody
def end(token: str) -> ResponseReturnValue:
    """Send no more: asked for on the page, or by a mail program with one click (RFC 8058), which has no token of ours to send along."""
    with site().sessions.begin() as session:
        found = store.by_token(session, token)
        label = found.label if found else None
        store.end(session, token)
    return _private(render_template("watches/end.html", label=label, done=True), 200 if label is not None else 404)


@watches.record_once
def _set_up(state: BlueprintSetupState) -> None:
    app = state.app
    # Who ends a watch shows that they may by the token in the address; a mail program has no cookie and no form.
    app.extensions["csrf"].exempt(f"{end.__module__}.{end.__name__}")
    app.jinja_env.globals["topics"] = topics


def _index(form: AddressForm) -> str:
    account = _account()
    with site().sessions() as session:
        found, addresses = store.listed(session, account.id), store.addresses(session, account.id)
    return render_template(
        "watches/index.html",
        watches=found,
        addresses=addresses,
        form=form,
        plain=Form(None),
        sends_mail=site().settings.mail is not None,
        asked="asked" in request.args,
        exports=links(".index"),
    )


def _new(topic: Topic, mail: MailForm, webhook: WebhookForm) -> str:
    with site().sessions() as session:
        label = naming.name(session, topic)
    if label is None:
        abort(404, _("This registry has nothing of that name to keep watch over."))
    mail.address.choices = _choices(_addresses())
    return render_template(
        "watches/new.html",
        topic=topic,
        label=label,
        mail=mail,
        webhook=webhook,
        account=current(),
        root=base().rstrip("/"),
        sends_mail=site().settings.mail is not None,
        takes_http=site().settings.allow_private_addresses,
    )


def _show(watch_id: int, secret: str | None = None) -> ResponseReturnValue:
    with site().sessions() as session:
        found = store.view(session, _account().id, watch_id)
    if found is None:
        _none()
    return _private(render_template("watches/watch.html", watch=found, secret=secret, plain=Form(None)), 200)


def _made(form: MailForm | WebhookForm, wanted: store.Wanted) -> tuple[int, str | None] | None:
    """The watch, made; None when it cannot be, with the reason at the form's field."""
    try:
        with site().sessions.begin() as session:
            return store.create(session, site().settings, _account().id, wanted, _vault())
    except CannotBegin:
        raise
    except RegistryError as error:
        field = form.url if isinstance(form, WebhookForm) else form.address
        field.errors = (wording.sentence(error),)
    return None


def _sent_topic(form: TopicForm) -> Topic:
    return _topic(str(form.kind.data or ""), str(form.key.data or ""))


def _topic(kind: str, key: str) -> Topic:
    try:
        return topics.parse(kind, key)
    except CannotBegin:
        raise
    except RegistryError as error:
        abort(400, wording.sentence(error))


def _account() -> Account:
    return cast(Account, current())


def _addresses() -> tuple[store.AddressView, ...]:
    account = current()
    if account is None:
        return ()
    with site().sessions() as session:
        return store.addresses(session, account.id)


def _choices(addresses: Iterable[store.AddressView]) -> list[SelectChoice]:
    return [SelectChoice(str(one.id), one.address) for one in addresses if one.confirmed]


def _vault() -> Vault:
    return Vault(site().settings.home)


def _id(number: int) -> int:
    if number >= 1 << 31:
        _none()
    return number


def _none() -> Response:
    abort(404, _("You have no such watch. Your watches stand on the page of that name."))


def _private(page: str, status: int) -> Response:
    """A page that is kept nowhere on its way, and whose address is told to nobody: it holds a secret, or was opened with one."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
