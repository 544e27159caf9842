"""What one station is to meet otherwise than usual, for as long as somebody looks at how it takes that."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from ocpp.v16.enums import RegistrationStatus

from probes.csms.state import IdTags
from probes.wire.replies import Call, Refusal, Reply


@dataclass
class Steering:
    """Kept by the CSMS for each station, over all its connections; as made it changes nothing.

    `registrations` are the answers to the next BootNotifications (status, interval in seconds), used up one by one; `heartbeat_interval`
    replaces the CSMS's own in those after. `id_tags` replaces who may charge. While `away` the station is refused at the
    door (HTTP 503): to it the CSMS cannot be reached. Each answer to it comes `answers_after` seconds late; the next call of each
    action in `failing` is answered that it could not be processed. While it `takes_requests` a SignCertificate is accepted, and whoever
    set that signs it. `presented` is the idTag that the station asked about last, in clear: it is kept here alone, for requests
    that must name it.
    """

    registrations: deque[tuple[RegistrationStatus, int]] = field(default_factory=deque)
    heartbeat_interval: int | None = None
    id_tags: IdTags | None = None
    away: bool = False
    answers_after: float = 0.0
    failing: set[str] = field(default_factory=set)
    takes_requests: bool = False
    presented: str | None = field(default=None, repr=False)

    def registration(self, usual: int) -> tuple[RegistrationStatus, int]:
        """How this BootNotification is answered; `usual` is the CSMS's own heartbeat interval."""
        if self.registrations:
            return self.registrations.popleft()
        return RegistrationStatus.accepted, usual if self.heartbeat_interval is None else self.heartbeat_interval

    def answer(self, call: Call, reply: Reply) -> Reply:
        """How this call of the station is answered, where `reply` is what would be said as usual."""
        if call.action in self.failing:
            self.failing.discard(call.action)
            reply = Refusal("InternalError", "could not be processed")
        return replace(reply, delay=self.answers_after) if self.answers_after else reply

    def reset(self) -> None:
        """Everything as usual again."""
        self.registrations.clear()
        self.failing.clear()
        self.answers_after = 0.0
        self.heartbeat_interval, self.id_tags, self.away, self.takes_requests = None, None, False, False
