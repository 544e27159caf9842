"""Files that come with a form are closed again, however the form ends."""

from __future__ import annotations

import io

import pytest
from flask import Flask, request

from registry.uploads import admit_uploads

TYPE = "multipart/form-data; boundary=B"
WHOLE = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nwhat is in it\r\n--B--\r\n'


@pytest.mark.parametrize(("body", "status"), [(WHOLE, 200), (WHOLE[:-20], 400)])
def test_the_file_of_a_form_is_closed_also_where_the_form_broke_off(monkeypatch: pytest.MonkeyPatch, body: bytes, status: int) -> None:
    made: list[io.BytesIO] = []

    def factory(**_told: object) -> io.BytesIO:
        made.append(io.BytesIO())
        return made[-1]

    monkeypatch.setattr("werkzeug.wrappers.request.default_stream_factory", factory)
    app = Flask("uploads")
    admit_uploads(app)
    app.add_url_rule("/", "take", lambda: request.files["file"].read(), methods=["POST"])
    answer = app.test_client().post("/", input_stream=io.BytesIO(body), content_length=len(body), content_type=TYPE)
    assert (answer.status_code, [stream.closed for stream in made]) == (status, [True])
