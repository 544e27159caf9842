"""The command line. A command's module is imported when the command is asked for, so that none waits for what the others need."""

from __future__ import annotations

import getpass
import os
import sys
from importlib import import_module
from typing import Any

import click

from registry.acting import acting
from registry.errors import RegistryError, one_line

EXIT_CANNOT = 2
MODULES = {
    "account": "registry.accounts.cli",
    "adaptor": "probes.adaptors.cli",
    "audit": "probes.cli_modes",
    "check": "registry.requirements.cli",
    "control": "probes.cli_stack",
    "csms": "probes.cli_stack",
    "errand": "registry.fleet.errands",
    "fleet": "registry.fleet.cli",
    "ingest": "ingest.cli",
    "keeper": "registry.keeping",
    "listing": "ingest.cli",
    "operate": "probes.cli_stack",
    "parse": "ingest.cli",
    "relay": "probes.cli_modes",
    "search": "registry.cli",
    "snapshot": "registry.snapshots.cli",
    "station": "probes.cli_stack",
    "up": "serving",
    "verify": "registry.evidence.cli",
    "worker": "serving",
}
"""The commands, each with the module that has it among its `commands`."""


class OneLineErrors(click.Group):
    """A command group whose expected errors are one line on standard error and exit status 2, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """The names of all commands."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click asks so
        """The command of that name."""
        if cmd_name not in MODULES:
            return None
        commands: tuple[click.Command, ...] = import_module(MODULES[cmd_name]).commands
        return next(command for command in commands if command.name == cmd_name)

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """As click does; what is wrong with the words before the command is one line too."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            _tell_usage(error)
            raise click.exceptions.Exit(EXIT_CANNOT) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; turn a `RegistryError`, and what click has against the words, into its line."""
        try:
            with acting(_operator()):
                return super().invoke(ctx)
        except click.UsageError as error:
            _tell_usage(error)
            ctx.exit(EXIT_CANNOT)
        except RegistryError as error:
            click.echo(f"ocpp-registry: {one_line(error)}", err=True)
            ctx.exit(EXIT_CANNOT)
        except BrokenPipeError:
            # The reader of our output went away (`| head`): nothing is wrong, and nobody is left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


def _tell_usage(error: click.UsageError) -> None:
    """What click tells in four lines, in one; a group without a command shows its help, as everywhere."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    message = one_line(" ".join(error.format_message().split())).rstrip(".")
    command = error.ctx.command_path if error.ctx is not None else "ocpp-registry"
    click.echo(f"ocpp-registry: {message}: see `{command} --help`", err=True)


def _operator() -> str:
    """Who is at the command line, by what the machine calls them."""
    try:
        return f"{getpass.getuser()} at the command line"
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()} at the command line"


@click.group(cls=OneLineErrors)
@click.version_option(package_name="ocpp-registry")
def main() -> None:
    """OCPP certificates read exactly, and deployed chargers audited live against them."""


if __name__ == "__main__":
    main()
