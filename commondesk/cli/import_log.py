"""`commondesk import-log`: `commondesk import` of a ServiceNow incident log, in UTC unless told."""

import argparse
from pathlib import Path
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.cli import import_
from commondesk.cli.import_ import Outcome, Tell
from commondesk.core.record.instant import Instant
from commondesk.readers import known, servicenow_log
from commondesk.readers.export import Asked, Fit, Source

NAME = "import-log"
HELP = "read a ServiceNow incident log (CSV, also packed by gzip) into a company's record"
NEEDS_DATABASE = True

_AS = known.Guess(servicenow_log, Fit(1.0, "it was said so"))


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--company", metavar="PREFIX", required=True, help="it must exist")
    parser.add_argument("--zone", default="UTC", help="where its clock stood, as Europe/London")


def run(args: argparse.Namespace) -> int:
    asked = Asked(import_.company_of(args.company), import_.zone_of(args.zone))
    with import_.opened([args.file]) as sources:
        return import_.imported(sources, _AS, asked)


def import_log(
    company: UUID, file: BinaryIO, *, zone: ZoneInfo, at: Instant, tell: Tell
) -> Outcome:
    """Check the whole log, then write it into the record.

    Raises UnusableExport before anything is written.
    """
    asked = Asked(company, zone)
    return import_.import_export([Source("", file)], _AS, asked, at=at, tell=tell)
