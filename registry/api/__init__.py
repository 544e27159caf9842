"""The REST API: what the pages can do, for programs, described by an OpenAPI document."""
