"""`python -m infra`: what an operator does besides `zappa`."""

import click

from infra.commands import functions, stack


@click.group()
def cli() -> None:
    """Set up, check and look after an installation, which is `production` unless named.

    docs/deploy.md says when to use which. Region and credentials are those of AWS_PROFILE and
    AWS_DEFAULT_REGION.
    """


for command in (
    functions.package,
    stack.stack,
    functions.check,
    functions.database,
    functions.verify,
    stack.outputs,
    functions.rollback,
    stack.remove,
):
    cli.add_command(command)


if __name__ == "__main__":
    cli(prog_name="python -m infra")
