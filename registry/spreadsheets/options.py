"""What the commands that read spreadsheets take alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from registry.errors import CannotBegin


def mapping_option(fields: Mapping[str, Any], otherwise: str) -> Callable[[Any], Any]:
    """`--mapping FIELD=HEADING`, given to the command as `chosen`: the heading for each of the `fields` that was named. `otherwise` ends
    its help. Refuses another field, or no heading, with a CannotBegin that names the fields.
    """

    def chosen(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
        found = {}
        for value in values:
            field, _, heading = value.partition("=")
            if field not in fields or not heading.strip():
                raise CannotBegin(
                    f"--mapping {value[:80]} cannot be used: write FIELD=HEADING, with one of {', '.join(fields)}; FIELD=- for none"
                )
            found[field] = heading.strip()
        return found

    text = f"Which column holds a field, where its heading does not say it; {otherwise}"
    return click.option(*("--mapping", "chosen"), multiple=True, callback=chosen, metavar="FIELD=HEADING", help=text)
