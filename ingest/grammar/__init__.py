"""Reads the pages of a certificate into facts. Pure: pages in, facts out, no file, no clock."""

from ingest.grammar.certificate import CertificateReading, Evidence, read_certificate

__all__ = ["CertificateReading", "Evidence", "read_certificate"]
