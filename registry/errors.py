"""What can go wrong in a way that a person can put right.

    RegistryError
      |- NotACertificate    a document that holds no OCA certificate
      |- UnreadableDocument  a document whose bytes cannot be read as what they claim to be
      |- Waiting           a document that cannot be read before something is installed
      |- BrokenListing      a listing with a missing column or an unusable row
      |- CannotBegin        something that had to be there before a job could start is not (a port, a certificate, a peer)

Each message is one line that names the thing, the place and the remedy; the command line prints it and exits with 2.
"""

from __future__ import annotations


def one_line(text: object) -> str:
    """What a person is told, as it may be shown on a terminal: names in it may hold line ends, or signs that command a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))


class RegistryError(Exception):
    """One line for a person: the thing, the place, the remedy."""


class NotACertificate(RegistryError):
    """The document was read, and it is no OCA certificate."""


class UnreadableDocument(RegistryError):
    """The bytes are empty, truncated, in an unknown encoding or of a kind that no reader takes."""


class Waiting(RegistryError):
    """The document is in order, and waits for a program that is not installed."""


class BrokenListing(RegistryError):
    """The listing lacks a column, or a row cannot be used; nothing of it was stored."""


class CannotBegin(RegistryError):
    """A port in use, an unknown certificate, a peer that never came: the job did not start."""
