"""Files that are sent to the API."""

from __future__ import annotations

from flask import request

from registry.api.problems import Refused, Wrong

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
