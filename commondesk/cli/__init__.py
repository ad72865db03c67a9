"""The command line: one module a command.

A command is a module of this package, named as the command with `-` written `_` (and `import_` for
`import`), that holds `NAME`, `HELP`, `arguments(parser)` and `run(args) -> int`. One that needs the
database says `NEEDS_DATABASE = True` and imports the rooms it uses inside `run`, after Django is
ready.
"""

import argparse
import importlib
import keyword
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from commondesk import __version__
from commondesk.cli.user_error import UserError

__all__ = ["UserError", "main"]


class Command(Protocol):
    NAME: str
    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commondesk.site.settings")
    # What a command writes is for its owner's eyes alone.
    os.umask(0o077)
    try:
        return dispatch(words)
    except UserError as error:
        print(f"commondesk: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview())
        return 0 if words else 2
    if words[0] == "--version":
        print(__version__)
        return 0
    return run(command_named(words[0]), words[1:])


def overview() -> str:
    commands = [command for command in map(command_in, modules()) if command]
    width = max(len(command.NAME) for command in commands)
    lines = [f"  {command.NAME:<{width}}  {command.HELP}" for command in commands]
    return "\n".join(["usage: commondesk <command> [--help]", "", *lines])


def command_named(name: str) -> Command:
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        module += "_"
    command = command_in(module) if module in modules() else None
    if command is None or command.NAME != name:
        raise UserError(f"no command is named {name!r}; commondesk --help lists them")
    return command


def modules() -> list[str]:
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def command_in(module: str) -> Command | None:
    imported = importlib.import_module(f"{__name__}.{module}")
    return cast(Command, imported) if hasattr(imported, "NAME") else None


def run(command: Command, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"commondesk {command.NAME}", description=command.HELP)
    command.arguments(parser)
    args = parser.parse_args(words)
    if not getattr(command, "NEEDS_DATABASE", False):
        return command.run(args)
    make_ready()
    from django.db import DatabaseError

    try:
        return command.run(args)
    except DatabaseError as error:
        if lack := lack_of_database():
            raise UserError(lack) from error
        raise


def make_ready() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise UserError(str(error)) from None


def lack_of_database() -> str:
    """What keeps the database from being used at all, and the remedy; nothing where it can be."""
    from django.conf import settings
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        reason = " ".join(str(error).split())
        return f"the database does not answer ({reason}); is COMMONDESK_DATABASE_URL right?"
    lacking = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not lacking:
        return ""
    if len(lacking) < len(executor.loader.disk_migrations or ()):
        return "the database was made by an older version; `commondesk up` brings it up to date"
    return (
        f"there is no desk here: {settings.DATA} holds none yet. `commondesk up` makes one;"
        " COMMONDESK_DATA names another folder"
    )
