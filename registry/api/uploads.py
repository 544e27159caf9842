"""Files that are sent to the API."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from registry.api.problems import Refused, Wrong

LONGEST_HEADING = 1_000
"""Characters of a heading that a part of a form names."""

_LONGEST_NAME = 120


def sent_file(part: str, most: int) -> tuple[str, bytes]:
    """The name and the bytes of the file in a part of the form; refuses none, and one of more than `most` bytes."""
    sent = request.files.get(part)
    if sent is None:
        detail = f"{part}: this part of the form has no file: send one with its name."
        raise Refused(422, detail, (Wrong("form", part, detail),))
    data = sent.stream.read(most + 1)
    if len(data) > most:
        raise Refused(413, f"The file has more than the {most // 2**20} MB that are taken: send it in parts.")
    name = " ".join((sent.filename or "").replace("\\", "/").rpartition("/")[2].split())[:_LONGEST_NAME]
    return name or part, data


def sent_headings(fields: Iterable[str]) -> dict[str, str]:
    """The heading that the form names for each of the fields; refuses one longer than any may be, of which a part would be another."""
    named = {field: request.form[field] for field in fields if request.form.get(field)}
    for field, heading in named.items():
        if len(heading) > LONGEST_HEADING:
            detail = f"{field}: a heading of {len(heading):,} characters, and {LONGEST_HEADING:,} are taken: give the column a shorter one."
            raise Refused(422, detail, (Wrong("form", field, detail),))
    return named
