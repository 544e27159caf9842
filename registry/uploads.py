"""Pages that take a file: they alone admit more than a form, and each says how much."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, request

_ATTRIBUTE = "largest_upload_bytes"
_ROOM_FOR_THE_FORM = 64 * 1024
View = TypeVar("View", bound=Callable[..., Any])


def takes_upload(largest_bytes: int) -> Callable[[View], View]:
    """Marks a view that takes a file of at most so many bytes; stands below the route's decorator."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, largest_bytes)
        return view

    return mark


class UploadRequest(Request):
    """Closes every file that came with it, those of a form that broke off or was too large, too: no form holds them."""

    _streams: tuple[IO[bytes], ...] = ()

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None, content_length: int | None = None
    ) -> IO[bytes]:
        stream = super()._get_file_stream(total_content_length, content_type, filename, content_length)
        self._streams += (stream,)
        return stream

    def close(self) -> None:
        """Close them; called once the request is answered."""
        super().close()
        for stream in self._streams:
            stream.close()


def admit_uploads(app: Flask) -> None:
    """Make the marks count; to be called before anything that reads forms, as the check of CSRF tokens does."""
    app.request_class = UploadRequest
    app.before_request(_admit)


def _admit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    largest = getattr(view, _ATTRIBUTE, None)
    if largest is not None:
        request.max_content_length = largest + _ROOM_FOR_THE_FORM
        # Werkzeug holds what it reads at once, 64 KiB, against this too, together with what it has not taken apart yet.
        request.max_form_memory_size = 4 * _ROOM_FOR_THE_FORM
