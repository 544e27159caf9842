"""What reviewers send from a holder's page: that another name is this company's, or that it is not."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from registry import wording
from registry.accounts.access import needs
from registry.accounts.roles import Role
from registry.aliases import store
from registry.aliases.forms import AliasForm
from registry.certificates import products
from registry.certificates.product_views import holder_page
from registry.errors import CannotBegin, RegistryError
from registry.language import gettext as _
from registry.site import site

aliases = Blueprint("aliases", __name__)


@aliases.post("/holders/<slug>/names")
@needs(Role.REVIEWER)
def record(slug: str) -> ResponseReturnValue:
    """Record another name of the holder."""
    form = AliasForm(formdata=request.form)
    problem = None
    if form.validate_on_submit():
        try:
            with site().sessions.begin() as session:
                holder = products.holder(session, slug)
                name = str(form.name.data)
                store.record(session, holder.spelt_for(name) if holder else _unknown(slug), name, str(form.reason.data))
            return redirect(_back(slug), 303)
        except CannotBegin:
            raise
        except RegistryError as error:
            problem = wording.sentence(error)
    return holder_page(slug, form, AliasForm(formdata=None), problem), 409 if problem else 400


@aliases.post("/holders/<slug>/names/<int:alias_id>/withdraw")
@needs(Role.REVIEWER)
def withdraw(slug: str, alias_id: int) -> ResponseReturnValue:
    """Withdraw a record."""
    form = AliasForm(formdata=request.form)
    if not form.validate_on_submit():
        return holder_page(slug, AliasForm(formdata=None), form, asked=alias_id), 400
    try:
        with site().sessions.begin() as session:
            withdrawn = store.withdraw(session, alias_id, str(form.reason.data))
    except store.NoSuchAlias as error:
        abort(404, wording.sentence(error))
    return redirect(_back(withdrawn.slug or slug), 303)


def _back(slug: str) -> str:
    return url_for("certificates.products.holder", slug=slug, _anchor="names")


def _unknown(slug: str) -> str:
    abort(404, _("This registry knows no holder %(slug)s. Search for it by a part of its name.", slug=slug[:80]))
