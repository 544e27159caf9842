"""Puts the catalogue's pages together: blueprints, error pages, security headers, the words that templates use."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from pathlib import Path

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import db, wording
from registry.accounts.access import anybody, guard
from registry.accounts.admin_views import administration
from registry.accounts.cookies import SessionCookie
from registry.accounts.passwords import Passwords
from registry.accounts.views import accounts
from registry.aliases.views import aliases
from registry.api.problems import is_api, problem, problem_of
from registry.api.setup import attach_api
from registry.audits.views import audits
from registry.badges.views import absolute, badges
from registry.cache import keep_pages
from registry.campaigns.views import campaigns
from registry.certificates.views import certificates
from registry.errors import CannotBegin
from registry.evidence.views import evidence
from registry.fleet.views import fleet
from registry.fragments import keep_fragments
from registry.help.views import help_pages
from registry.history_views import history
from registry.key_files import read_or_make
from registry.language import TRANSLATIONS, speak_languages
from registry.language import gettext as _
from registry.listing.views import oca_list
from registry.marking import N_
from registry.rates import limit_rates
from registry.requirements.views import requirements
from registry.review.views import review
from registry.settings import Settings
from registry.site import Recheck, Site, StartAudit, TakeList
from registry.snapshots.views import snapshots
from registry.turning import seen_in_page
from registry.uploads import admit_uploads
from registry.watches.views import watches

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
SECRET_FILE = "session.key"  # noqa: S105 (the name of the file, not what is in it)
SECRET_BYTES = 32
LARGEST_FORM_BYTES = 64 * 1024
STATIC_SECONDS = 3600

SECURITY_HEADERS = {
    # Neither inline script nor inline style: a text from a certificate or a frame that were ever put in unescaped could not run.
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

HELP = {
    400: (N_("That request cannot be understood"), N_("Something in the address or in the form is not what this page takes.")),
    401: (N_("That needs an account"), N_("Sign in, or send a token, and ask again.")),
    403: (N_("That is not allowed"), N_("This page may not be used that way.")),
    404: (N_("There is nothing here"), N_("The address may be mistyped, or what it named was never in this registry.")),
    409: (N_("That was overtaken"), N_("Something changed since the page was opened.")),
    405: (N_("That is not how this page is used"), N_("Open the page and use the form or the links on it.")),
    413: (N_("That is too much at once"), N_("The form was larger than anything that belongs into it.")),
    429: (N_("That was too often"), N_("Wait a little, and do it again.")),
    503: (N_("The registry cannot be read just now"), N_("Its database did not answer. Nothing is lost; try again in a moment.")),
}
BROKEN = (
    N_("Something went wrong on our side"),
    N_("It is not your doing, and nothing was lost. The log of this installation tells its operator what happened."),
)

log = logging.getLogger(__name__)
about_pages = Blueprint("about", __name__)
BLUEPRINTS = (
    certificates,
    aliases,
    audits,
    campaigns,
    fleet,
    requirements,
    review,
    oca_list,
    accounts,
    administration,
    watches,
    about_pages,
    help_pages,
    history,
    snapshots,
    badges,
    evidence,
)


def create_web(
    settings: Settings,
    *,
    start_audit: StartAudit | None = None,
    templates: Path = TEMPLATES,
    translations: Path = TRANSLATIONS,
    gateway_port: int = 9000,
    recheck: Recheck | None = None,
    take_list: TakeList | None = None,
    sessions: sessionmaker[Session] | None = None,
    passwords: Passwords | None = None,
) -> Flask:
    """The catalogue as a Flask application.

    `start_audit` is called with an audit's id once its record is stored; without it the pages offer no audits. `gateway_port` is
    where stations connect. `recheck` makes checks anew once a review changed values, `take_list`
    takes a list that was kept aside. `sessions` is made from
    `settings` unless handed in; make the application after any fork. `passwords` hashes those of the accounts.
    Raises CannotBegin when `settings.home` cannot be written.
    """
    app = Flask("registry", template_folder=str(templates), static_folder=str(Path(__file__).parent / "static"))
    app.config.update(
        SECRET_KEY=secret_key(settings.home),
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_SECONDS,
        # The form must work for a person who read it over lunch; the token still ends with the browser's session.
        WTF_CSRF_TIME_LIMIT=None,
        # Pages whose address is a secret tell no other where they came from; the token, and a cookie that stays here, are enough.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = SessionCookie()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["wording"] = wording
    app.jinja_env.globals["absolute"] = absolute
    speak_languages(app, translations)
    keep_fragments(app)
    admit_uploads(app)
    limit_rates(app, settings)
    guard(app)
    csrf = CSRFProtect(app)
    opened = sessions or db.session_factory(settings)
    Site(settings, opened, start_audit, gateway_port, recheck, take_list, passwords or Passwords()).attach(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    attach_api(app, csrf)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CannotBegin, _database_unusable)
    app.after_request(_add_security_headers)
    app.after_request(_show_turning)
    keep_pages(app)
    if settings.proxies:  # before everything else, which goes by what the request says of itself
        behind = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)
        app.wsgi_app = behind  # type: ignore[method-assign]  # as Flask documents
    return app


def secret_key(home: Path) -> bytes:
    """The key that signs cookies, kept in `home` readable by its owner alone; made on first use, by one of several processes."""
    path = home / SECRET_FILE
    key = read_or_make(path, partial(secrets.token_bytes, SECRET_BYTES))
    if len(key) < SECRET_BYTES:
        raise CannotBegin(f"{path} is too short to be a key: remove it, and a new one is made")
    return key


@about_pages.get("/about")
@anybody
def about() -> str:
    """What is here, where it comes from, what the words mean."""
    return render_template("about.html")


def _wants_json() -> bool:
    return request.path.endswith(".json")


def _error_page(status: int, title: str, text: str, detail: str | None) -> ResponseReturnValue:
    title, text = wording.say(title), wording.say(text)
    if _wants_json():
        return jsonify({"error": {"status": status, "title": title, "detail": detail or text}}), status
    return render_template("error.html", status=status, title=title, text=text, detail=detail), status


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    if is_api():
        return problem_of(error)
    if isinstance(error, InternalServerError) or status not in HELP:
        return _error_page(status, *BROKEN, None) if status >= 500 else _error_page(status, *HELP[400], None)
    # Descriptions that our views gave name the thing; the ones that Werkzeug brings say no more than the help does.
    given = error.description if error.description != type(error).description else None
    page = make_response(_error_page(status, *HELP[status], given))
    if isinstance(error, TooManyRequests) and error.retry_after is not None:
        page.headers["Retry-After"] = str(error.retry_after)
    return page


def _form_expired(_error: CSRFError) -> ResponseReturnValue:
    detail = _(
        "The form was open in a browser that keeps no cookies, or from before a restart: go back, reload the page and send it again."
    )
    return _error_page(400, *HELP[400], detail)


def _database_unusable(error: Exception) -> ResponseReturnValue:
    # The line names files and servers: it is for the operator's log, not for every visitor.
    log.error("%s", error)
    if is_api():
        return problem(503)
    return _error_page(503, *HELP[503], None)


def _show_turning(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data()
        shown = seen_in_page(page)
        if shown is not page:
            response.set_data(shown)
    return response


def _add_security_headers(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
