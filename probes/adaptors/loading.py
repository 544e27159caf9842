"""Adaptors by name: the prompt, our own CSMS, the files that ship in `data/adaptors`, and files of your own.

prompt                          whoever operates the management system is asked
builtin=PORT                    our own CSMS, run with `csms --control PORT` on this machine
steve, citrineos, octt          a file that ships, at the address that it names
steve=https://host:8180/steve   the same at another address
./mine.toml, ./mine.toml=URL    a file of your own
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from probes.adaptors.base import Adaptor
from probes.adaptors.builtin import ControlAdaptor
from probes.adaptors.documents import AdaptorFile, Broken, base_problem, read
from probes.adaptors.http import HttpAdaptor
from probes.adaptors.prompt import PromptAdaptor
from probes.cases.prompts import Operator
from registry.errors import CannotBegin

FOLDER = Path(__file__).resolve().parents[2] / "data" / "adaptors"

PROMPT, BUILTIN = "prompt", "builtin"

LARGEST_FILE = 1024 * 1024

AdaptorFactory = Callable[[Operator | None], Adaptor]
"""Makes the adaptor, given whoever can be asked (None: nobody). Raises `CannotBegin`."""


def ready_made() -> tuple[str, ...]:
    """The names of the files that ship."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load(given: str, *, environment: Mapping[str, str], base_url: str | None = None) -> AdaptorFactory:
    """What `--adaptor` names, checked: a file with everything that it needs of the environment. Raises `CannotBegin`, in one line.

    `base_url` is the address of the API, unless `given` names it after an equals sign.
    """
    name, address = split(given)
    if name == PROMPT:
        if address:
            raise CannotBegin(f"adaptor {PROMPT}: takes no address; name it alone")
        return _prompt
    if name == BUILTIN:
        return _builtin(address)
    url = address or base_url
    problem = base_problem(url) if url else None
    if problem:
        raise CannotBegin(f"adaptor {name}: {url}: {problem}")
    adaptor = HttpAdaptor(read_file(path_of(name)), base_url=url, environment=environment)
    return lambda _operator: adaptor


def split(given: str) -> tuple[str, str | None]:
    """Name or path, and the address after it if there is one."""
    found = re.fullmatch(r"(.+?)=(https?:.*|\d+)", given)
    return (given, None) if found is None or Path(given).is_file() else (found[1], found[2])


def path_of(name: str) -> Path:
    """Where the file of this name lies: one that ships, or the path itself. Raises `CannotBegin`."""
    if name in ready_made():
        return FOLDER / f"{name}.toml"
    path = Path(name)
    if name in {PROMPT, BUILTIN}:
        raise CannotBegin(f"adaptor {name}: it is no file, and drives everything; `ocpp-registry adaptor list` says how it is named")
    if not path.is_file():
        known = ", ".join((PROMPT, f"{BUILTIN}=PORT", *ready_made()))
        raise CannotBegin(f"adaptor {name}: there is no such file, and none of this name; there are {known}, and paths of adaptor files")
    return path


def read_text(path: Path) -> str:
    """The text of an adaptor file. Raises `CannotBegin`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise CannotBegin(f"{path}: too large for an adaptor file ({LARGEST_FILE} bytes at most); name another")
        return content.decode("utf-8")
    except OSError as problem:
        raise CannotBegin(f"{path}: cannot be read ({problem.strerror}); name an adaptor file") from problem
    except UnicodeDecodeError as problem:
        raise CannotBegin(f"{path}: no text in UTF-8; write the adaptor file so") from problem


def read_file(path: Path) -> AdaptorFile:
    """An adaptor file that can be used. Raises `CannotBegin` with its first problem."""
    try:
        return read(read_text(path))
    except Broken as broken:
        first, *others = broken.problems
        more = f" (and {len(others)} more: `ocpp-registry adaptor check {path}` lists them)" if others else ""
        raise CannotBegin(f"{first.line(str(path))}{more}") from broken


def _prompt(operator: Operator | None) -> Adaptor:
    if operator is None:
        raise CannotBegin(
            f"adaptor {PROMPT}: nobody is there to be asked; run the audit at a terminal or on its page, or name another adaptor"
        )
    return PromptAdaptor(operator)


def _builtin(address: str | None) -> AdaptorFactory:
    if address is None or not address.isdigit() or not 0 < int(address) < 2**16:
        raise CannotBegin(f"adaptor {BUILTIN}: which one? name the port of its controls, as {BUILTIN}=8901, of `csms --control 8901`")
    port = int(address)
    return lambda _operator: ControlAdaptor(port)
