"""Commands for a terminal: faults are sentences, and parameters are pairs."""

import click

from infra.errors import InfraError


class Command(click.Command):
    """A command whose faults are sentences."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except InfraError as error:
            raise click.ClickException(str(error)) from error


class Parameters(click.ParamType[tuple[str, str]]):
    """`Name=value`."""

    name = "Name=value"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, str]:
        name, equals, text = value.partition("=")
        if not (name and equals):
            self.fail(f"{value!r} is not of the form Name=value", param, context)
        return name, text
