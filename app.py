"""The Flask application factory and the command line: wiring, nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from flask import Flask

from ingest import cli as ingest_cli
from probes import cli_audit, cli_stack
from probes.gateway import Gateway
from probes.jobs import AuditJob, Jobs, fail_interrupted
from registry import cli as registry_cli
from registry import db
from registry.errors import RegistryError
from registry.settings import Settings
from registry.startup import Demonstration, request_demonstration
from registry.web import create_web

ROOT = Path(__file__).resolve().parent
EXIT_CANNOT = 2


def create_app(settings: Settings | None = None, gateway_port: int | None = None) -> Flask:
    """The catalogue as a WSGI application. Audits that its pages ask for go into the job queue; the worker runs them."""
    settings = settings or Settings.from_environment()
    jobs = Jobs(settings)
    return create_web(settings, start_audit=jobs.ask, templates=ROOT / "templates")


class OneLineErrors(click.Group):
    """A command group whose expected errors are one line on standard error and exit status 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; turn a `RegistryError` into its line."""
        try:
            return super().invoke(ctx)
        except RegistryError as error:
            click.echo(f"ocpp-registry: {error}", err=True)
            ctx.exit(EXIT_CANNOT)
        except BrokenPipeError:
            # The reader of our output went away (`| head`): nothing is wrong, and nobody is left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
