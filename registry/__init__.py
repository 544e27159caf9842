"""What was certified: database, catalogue pages, audit records. Imports neither `ingest` nor `probes`."""
