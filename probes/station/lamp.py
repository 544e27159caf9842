"""The light of the station, as far as configuration keys have to do with it (OCPP 1.6 sections 9.1.4 and 9.1.11)."""

from __future__ import annotations

from probes.station.configuration import Configuration
from probes.station.key_values import FULL_INTENSITY, LIGHT_INTENSITY


class Lamp:
    """Shines with LightIntensity, in percent, and blinks BlinkRepeat times whenever there is something to signal.

    `blinks` counts all since the station was made.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self.blinks = 0

    @property
    def intensity(self) -> int:
        """How bright it is, in percent."""
        return self._configuration.integer(LIGHT_INTENSITY, FULL_INTENSITY)

    def signal(self) -> None:
        """A tag was held to the reader."""
        self.blinks += self._configuration.integer("BlinkRepeat", 0)
