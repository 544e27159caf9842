"""What the transport logs: one line for each thing that happened, and never what went over the wire."""

from __future__ import annotations

import logging


class _OneLine(logging.Filter):
    """The transport's log records without their tracebacks: a broken handshake is one line, not a page."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            problem = record.exc_info[1]
            record.msg = f"{record.getMessage()}: {problem}".splitlines()[0]
            record.args = ()
            record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


TRANSPORT_LOGGER = logging.getLogger("ocpp_registry.transport")
TRANSPORT_LOGGER.addFilter(_OneLine())
# Below this level the library writes headers and frames down as they are, with the passwords and idTags in them.
TRANSPORT_LOGGER.setLevel(logging.INFO)
