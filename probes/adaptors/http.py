"""Asks a management system over its HTTP API, by an adaptor file. What the API answers is for the notes alone."""

from __future__ import annotations

import base64
import html
import json
import re
import ssl
import threading
import time
from asyncio import Future, get_running_loop, timeout
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from itertools import count
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import requests
from urllib3.exceptions import HTTPError

from probes.adaptors.base import Asked, By, Capability, Drives, Ended
from probes.adaptors.choices import CHOICES
from probes.adaptors.documents import AdaptorFile, Request
from probes.adaptors.operation import Operation
from probes.adaptors.templates import MISSING, Missing, Unrenderable, Values, rendered, rendered_text, rendered_url
from probes.wire.clock import ocpp_time
from probes.wire.redact import Redactor, new_key
from probes.wire.schemas import violations
from registry.errors import CannotBegin, one_line

LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; what is beyond them nobody wants to know."""

SHOWN = 200
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
"""How long an API may take. Some wait for the station's answer before they give their own."""

SOON = timedelta(minutes=1)
SHORTEST_SECRET = 4
BLANK = "***"


@dataclass(frozen=True)
class _Prepared:
    """One HTTP request, ready to go. `secrets` must not be shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class _Answered:
    status: int
    phrase: str
    text: str
    location: str | None


class HttpAdaptor:
    """The API that `file` describes, at `base_url` (else at the file's own). `environment` has what the file wants of it.

    Certificates are always verified: against the file's `ca_file`, the environment's SSL_CERT_FILE, or the public authorities.
    Redirects are not followed. `now` is the wall clock. Raises `CannotBegin` when the address or a credential is missing.
    """

    def __init__(
        self,
        file: AdaptorFile,
        *,
        base_url: str | None = None,
        environment: Mapping[str, str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._file = file
        base = base_url or file.base_url
        if base is None and any(request.relative for request in file.requests.values()):
            raise CannotBegin(f"adaptor {file.name}: where is its API? name it with its address, as NAME=http://HOST:PORT/PATH")
        self._base = (base or "").rstrip("/")
        unset = [name for name in file.environment() if not environment.get(name)]
        if unset:
            raise CannotBegin(f"adaptor {file.name}: the environment variable {unset[0]} is not set; export {', '.join(unset)}")
        self._environment = environment
        self._now = now
        self._serials = count(int(now().timestamp()))
        self._blank = Redactor(new_key())

    by = By.PROGRAM

    @property
    def name(self) -> str:
        """As which it is named in a report."""
        return self._file.name

    def capability(self, action: str) -> Capability:
        """What the file says, unless the environment lacks what the operation needs."""
        told = self._file.capability(action)
        unset = [name for name in self._file.environment(action) if not self._environment.get(name)]
        if unset and told.drives is not Drives.NO:
            condition = f"; {told.reason}" if told.reason else ""
            return Capability(Drives.NO, f"the environment variable {unset[0]} is not set{condition}")
        return told

    def passes(self, action: str) -> frozenset[str]:
        """The fields that stand in the request as they are, less those that the file says the API chooses."""
        return self._file.passes(action)

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """Send the request. An answer below 400 says that it was handed over, no more. A minute is waited for it at most."""
        seconds = min(seconds, ANSWER_SECONDS)
        capability = self.capability(operation.action)
        if capability.drives is Drives.NO:
            return Asked(Ended.CANNOT, capability.reason)
        secrets = self._secrets(operation)
        try:
            prepared = self._prepared(self._file.requests[operation.action], station, operation)
        except Unrenderable as problem:
            return Asked(Ended.CANNOT, self._shown(f"{operation.action}: {problem}", secrets))
        try:
            async with timeout(seconds):
                answered = await _in_thread(lambda: self._exchange(prepared, seconds))
        except TimeoutError:
            return Asked(Ended.FAILED, f"{self._place(prepared)}: the API did not answer within {seconds:g} s")
        except requests.RequestException as problem:
            return Asked(Ended.FAILED, self._shown(f"{self._place(prepared)}: {_why(problem)}", secrets))
        return self._told(prepared, answered, secrets)

    async def close(self) -> None:
        """Nothing is held open between two requests."""

    def _prepared(self, request: Request, station: str, operation: Operation) -> _Prepared:
        values = Values(operation.payload(), self._variables(station, operation), self._environment, self._file.spellings)
        payload = _with_defaults(request, operation.action, values)
        values = Values(payload, {**values.variables, "payload": lambda: payload}, values.environment, values.spellings)
        self._must_be_complete(request, operation.action, payload)
        url = rendered_url(request.url, values)
        if isinstance(url, Missing):
            raise Unrenderable("the address needs a field that is left to the management system here")
        body = rendered(request.body, values)
        headers = _headers(request, values)
        if self._file.basic:
            user, password = (str(rendered_text(text, values)) for text in self._file.basic)
            headers["Authorization"] = f"Basic {_basic(user, password)}"
        headers.setdefault("Accept", "application/json")
        headers["Accept-Encoding"] = "identity"
        if body is not MISSING:
            headers.setdefault("Content-Type", "application/json")
        query = ((name, rendered_text(text, values)) for name, text in request.query.items())
        return _Prepared(
            request.method,
            f"{self._base}{url}" if request.relative else url,
            headers,
            tuple((name, value) for name, value in query if not isinstance(value, Missing)),
            None if body is MISSING else _json(body),
        )

    def _variables(self, station: str, operation: Operation) -> dict[str, Callable[[], Any]]:
        return {
            "station": lambda: station,
            "action": lambda: operation.action,
            "payload": operation.payload,
            "serial": lambda: next(self._serials),
            "now": lambda: ocpp_time(self._now()),
            "soon": lambda: ocpp_time(self._now() + SOON),
        }

    @staticmethod
    def _must_be_complete(request: Request, action: str, payload: Mapping[str, Any]) -> None:
        """What the API wants to be told must be wanted: raises `Unrenderable` when it is left to the management system."""
        for path in request.needs:
            if not _has(payload, path):
                raise Unrenderable(f"{'.'.join(path)} is left to the management system, and its API wants to be told")
        if request.whole:
            wrong = [each for each in violations(action, False, payload) if each.kind == "required"]
            if wrong:
                raise Unrenderable(f"the API wants a complete OCPP request, and {wrong[0].path or 'this one'}: {wrong[0].message}")

    def _exchange(self, prepared: _Prepared, seconds: float) -> _Answered:
        """In a thread of its own."""
        deadline = time.monotonic() + seconds
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                prepared.method,
                prepared.url,
                params=list(prepared.query),
                headers={name: value.encode("latin-1") for name, value in prepared.headers.items()},
                data=prepared.body,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
                verify=self._file.ca_file or self._environment.get("SSL_CERT_FILE") or True,
            )
            with response:
                text = _bounded(response, deadline).decode("utf-8", "replace")
                return _Answered(response.status_code, response.reason or "", text, response.headers.get("Location"))

    def _told(self, prepared: _Prepared, answered: _Answered, secrets: Iterable[str]) -> Asked:
        shown = self._shown(answered.text, secrets)
        answer = {"status": answered.status, "text": shown}
        line = f"{self._place(prepared)}: HTTP {answered.status} {self._shown(answered.phrase, secrets)}".rstrip()
        if 300 <= answered.status < 400:
            to = self._shown(urlsplit(answered.location or "").netloc, secrets)
            remedy = f"redirects to {to}" if to else "redirects"
            return Asked(Ended.FAILED, f"{line}: it {remedy}, which is not followed; give the address at which it answers", answer)
        if answered.status >= 400 or answered.status < 200:
            return Asked(Ended.FAILED, f"{line}: {shown}" if shown else line, answer)
        refused = self._refusal(answered.text)
        if refused is not None:
            why = self._shown(refused, secrets)
            return Asked(
                Ended.FAILED, f"{line}, but it says that it did not: {why}" if why else f"{line}, but it says that it did not", answer
            )
        return Asked(Ended.ASKED, "", answer)

    def _refusal(self, text: str) -> str | None:
        """Why the API says that it did nothing; None when it does not say so."""
        refusal = self._file.refusal
        if refusal is None:
            return None
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return None
        found = _value(document, refusal.path)
        if type(found) is not type(refusal.equals) or found != refusal.equals:
            return None
        why = _value(document, refusal.reason) if refusal.reason else None
        return "" if why is None else why if isinstance(why, str) else json.dumps(why)

    def _place(self, prepared: _Prepared) -> str:
        parts = urlsplit(prepared.url)
        return f"adaptor {self._file.name} at {parts.scheme}://{parts.netloc}"

    def _secrets(self, operation: Operation) -> tuple[str, ...]:
        """What must not be shown: what came from the environment, and a password that is to be set."""
        found = [value for value in (self._environment.get(name) for name in self._file.mentioned(operation.action)) if value]
        payload = operation.payload()
        if str(payload.get("key", "")).casefold() == "authorizationkey" and isinstance(payload.get("value"), str):
            found.append(payload["value"])
        if self._file.basic:
            values = Values({}, {}, self._environment)
            found.append(_basic(*(str(rendered_text(text, values)) for text in self._file.basic)))
        spelt = {form for value in found for form in _forms(value)}
        return tuple(sorted((each for each in spelt if len(each) >= SHORTEST_SECRET), key=len, reverse=True))

    def _shown(self, text: str, secrets: Iterable[str]) -> str:
        """A piece of text as it may be shown and kept: one line, short, without secrets and without tags."""
        for secret in secrets:
            text = re.sub(re.escape(secret), BLANK, text, flags=re.IGNORECASE)
        kept = self._blank.text(text[: LARGEST_ANSWER // 4])
        return one_line(" ".join(kept.split()))[:SHOWN]


def _forms(secret: str) -> Iterator[str]:
    """As an API may repeat it: in an address, in JSON, in HTML, in Base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield from (quote(raw, safe=""), quote(raw, safe="/"), quote_plus(raw), quote_plus(raw, safe="/"))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret))
    yield from (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("="))


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _headers(request: Request, values: Values) -> dict[str, str]:
    made = {}
    for name, template in request.headers.items():
        value = rendered_text(template, values)
        if isinstance(value, Missing):
            continue
        if not value.isprintable() or any(ord(letter) > 255 for letter in value):
            raise Unrenderable(f"the header {name} cannot carry this value")
        made[name] = value
    return made


def _json(body: Any) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as problem:
        raise Unrenderable("what is wanted cannot be said in JSON") from problem


def _with_defaults(request: Request, action: str, values: Values) -> dict[str, Any]:
    """The payload, and what the management system is to choose chosen for it: by the file, else as `CHOICES` has it."""
    payload: dict[str, Any] = json.loads(json.dumps(values.payload))
    choices: dict[tuple[str, ...], Callable[[], Any]] = {path: partial(rendered, node, values) for path, node in request.defaults.items()}
    for path, variable in CHOICES.get(action, {}).items():
        choices.setdefault(path, values.variables[variable])
    for path, choose in choices.items():
        *parents, last = path
        place = _value(payload, tuple(parents))
        if isinstance(place, dict) and last not in place and (value := choose()) is not MISSING:
            place[last] = value
    return payload


def _has(payload: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    return _value(payload, path) is not None


def _value(document: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _bounded(response: requests.Response, deadline: float) -> bytes:
    """The first bytes of the answer, as long as there is time."""
    read = bytearray()
    while len(read) < LARGEST_ANSWER and time.monotonic() < deadline:
        piece = response.raw.read1(LARGEST_ANSWER - len(read), decode_content=False)
        if not piece:
            break
        read += piece
    return bytes(read)


async def _in_thread(work: Callable[[], _Answered]) -> _Answered:
    """Like `asyncio.to_thread`, but nobody waits for the thread at the end of the program when what it waits for never comes."""
    loop = get_running_loop()
    done: Future[_Answered] = loop.create_future()

    def settle(result: _Answered | None, problem: requests.RequestException | None) -> None:
        if done.cancelled():
            return
        if result is not None:
            done.set_result(result)
        else:
            done.set_exception(problem or requests.RequestException())

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except requests.RequestException as problem:
            failure = problem
        except (OSError, ValueError, HTTPError, HTTPException) as problem:
            failure = requests.RequestException(problem)
        with suppress(RuntimeError):  # the loop has ended: nobody wants to know any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="adaptor", daemon=True).start()
    return await done


def _why(problem: requests.RequestException) -> str:
    """One sentence; never the text of the exception, which may hold the address with what is secret in it."""
    causes = list(_causes(problem))
    untrusted = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if untrusted:
        return f"its certificate is not trusted ({untrusted.verify_message}); give ca_file in the adaptor file, or SSL_CERT_FILE"
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return "TLS could not be agreed upon; check https and the port"
    if isinstance(problem, requests.ConnectTimeout):
        return "it cannot be reached: no answer to the connection; check the address and the firewall"
    if isinstance(problem, requests.Timeout):
        return "the API did not answer in time"
    if isinstance(problem, requests.ConnectionError):
        system = next((each.strerror for each in causes if isinstance(each, OSError) and each.strerror), None)
        return f"it cannot be reached ({system or 'the connection ended'}); check the address, and that the management system runs"
    return "what came was no answer of an HTTP API; check the address"


def _causes(problem: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[object] = [problem]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [*each.args, each.__cause__, each.__context__, getattr(each, "reason", None)]
