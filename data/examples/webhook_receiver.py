"""Receives the webhooks of an OCPP registry, and takes none that is forged, old or sent twice. Needs nothing but Python."""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ.get("WEBHOOK_SECRET")  # what the page showed when the watch was made
TOLERANCE_SECONDS = 5 * 60
seen = set()  # keep this in a database


def verified(headers, body, secret=None, now=None):
    """The message, if it comes from the registry and is not an old one; raises ValueError otherwise."""
    message, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((now or time.time()) - int(timestamp)) > TOLERANCE_SECONDS:
        raise ValueError("too old, or from the future")
    key = base64.b64decode((secret or SECRET).removeprefix("whsec_"))
    expected = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    for one in headers["webhook-signature"].split():
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64encode(expected).decode(), signature):
            return json.loads(body)
    raise ValueError("not signed with our secret")


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 once a message is taken, and 400 to what is none of the registry's."""

    def do_POST(self):
        """Take one message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            message = verified(self.headers, body)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.send_response(400)
        else:
            if self.headers["webhook-id"] not in seen:
                seen.add(self.headers["webhook-id"])
                print(message["data"]["sentence"])
            self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    # Put a server that speaks TLS before it, or wrap its socket with ssl.SSLContext.
    ThreadingHTTPServer(("127.0.0.1", 8088), Receiver).serve_forever()
