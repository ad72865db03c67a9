"""Bring the data folder up to this version: quick when there is nothing to do."""

from django.core import checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from commondesk.accounts.doors import addresses
from commondesk.desk import projections
from commondesk.site import assets, catalogue, static_files


class Command(BaseCommand):
    help = "Check the installation, bring the database up to date and collect the browser's files."
    requires_system_checks = ()

    def handle(self, *_: object, **__: object) -> None:
        refuse_errors()
        migrate()
        projections.catch_up()
        make_ready_the_doors()
        static_files.collect()
        catalogue.prepare()


def refuse_errors() -> None:
    """What an installation can lack. What can be wrong with the code is for the tests to find."""
    for message in checks.run_checks(tags=[assets.INSTALLED]):
        if message.is_serious():
            raise CommandError(str(message.msg))


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def make_ready_the_doors() -> None:
    """Where tries are counted, the addresses of people who could sign in before, old sessions."""
    call_command("createcachetable", verbosity=0)
    addresses.keep_missing()
    call_command("clearsessions")
