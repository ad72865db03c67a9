"""`commondesk review`: what an export tells, as one file to read and one for machines.

It needs no server and no database. What it does is told on standard error.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commondesk.cli.user_error import UserError
from commondesk.core import texts

if TYPE_CHECKING:
    from commondesk.readers.export import Source
    from commondesk.review.pack.baseline import Baseline
    from commondesk.review.pack.figures import Figures
    from commondesk.review.pack.reading import Exhibit
    from commondesk.review.pack.terms import Terms

NAME = "review"
HELP = "read another desk's export, and write what it tells as one page and as JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="EXPORT", type=Path, nargs="+")
    parser.add_argument("--charter", metavar="FILE", type=Path, help="targets, as YAML")
    parser.add_argument(
        "--lens", metavar="NAME", default="", help="the usual count; without one, the charter's"
    )
    parser.add_argument("--zone", default="", help="where its clock stood, as Europe/London")
    parser.add_argument("--as", metavar="FORMAT", dest="format", default="", help="as in import")
    parser.add_argument("--mapping", metavar="FILE", type=Path, help="what a table's columns mean")
    parser.add_argument(
        "--baseline", metavar="FILE", type=Path, help="--json of an older export, to compare with"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="the page, as HTML")
    parser.add_argument(
        "--language",
        choices=sorted(texts.LANGUAGES),
        default=texts.ENGLISH,
        help="what the page speaks; figures for machines are in English",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="the figures, for machines")
    parser.add_argument(
        "--parquet", metavar="DIR", type=Path, help="tickets and events as tables, by month"
    )


def run(args: argparse.Namespace) -> int:
    if args.out is None and args.json is None and args.parquet is None:
        raise UserError("say where it goes: --out pack.html, --json figures.json, --parquet DIR")
    if args.parquet is not None and args.parquet.exists() and any(args.parquet.iterdir()):
        raise UserError(f"{args.parquet} holds something already; give a folder that is new")
    from commondesk.review.pack.sharing import unswept

    tell = teller()
    terms = terms_of(args.charter, args.lens)
    zone = zone_of(args.zone) if args.zone else None
    before = baseline_of(args.baseline) if args.baseline else None
    mapping = content(args.mapping).decode("utf-8-sig") if args.mapping else ""
    with unswept():
        if any(path.is_dir() for path in args.files):
            figures = worked_out_again(args.files, terms, zone, tell)
        else:
            with opened(args.files) as sources:
                figures = worked_out(
                    sources, terms, zone, tell, format=args.format, mapping=mapping
                )
        write(figures, args.out, args.json, tell, before, args.language)
        if args.parquet is not None:
            write_tables(figures, args.parquet, tell)
    return 0


def teller() -> Callable[[str], None]:
    """Tells on standard error, each line with the seconds since the beginning."""
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    return tell


def worked_out(
    sources: Sequence["Source"],
    terms: "Terms",
    zone: ZoneInfo | None,
    tell: Callable[[str], None],
    *,
    format: str = "",
    mapping: str = "",
) -> "Figures":
    """The figures of an export. Raises UserError."""
    from commondesk.readers.export import UnusableExport
    from commondesk.review.pack import reading

    try:
        exhibit = reading.exhibit_of(sources, zone, tell, format=format, mapping=mapping)
    except UnusableExport as problem:
        names = ", ".join(source.name for source in sources)
        raise UserError(f"{names} cannot be read.\n{problem}") from None
    return figures_of(exhibit, terms, tell)


def worked_out_again(
    paths: Sequence[Path], terms: "Terms", zone: ZoneInfo | None, tell: Callable[[str], None]
) -> "Figures":
    """The figures of a folder of tables. Raises UserError."""
    from commondesk.readers.export import UnusableExport
    from commondesk.review.pack import again

    if len(paths) > 1:
        raise UserError("give one folder of tables alone, or files")
    import duckdb

    try:
        exhibit = again.exhibit_of(paths[0], zone, tell)
        return figures_of(exhibit, terms, tell)
    except UnusableExport as problem:
        raise UserError(f"{paths[0]} cannot be read.\n{problem}") from None
    except duckdb.Error as problem:
        said = str(problem).splitlines()[0]
        raise UserError(f"{paths[0]} cannot be read to the end: {said}") from None


def figures_of(exhibit: "Exhibit", terms: "Terms", tell: Callable[[str], None]) -> "Figures":
    """The figures of what was read. Raises UserError."""
    from commondesk.review.pack import working
    from commondesk.review.pack.figures import Figures
    from commondesk.review.pack.material import Material

    if not exhibit.tickets:
        raise UserError("the export holds no tickets")
    tell("working out each ticket under every lens")
    facts = working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at)
    tell("counting")
    figures = Figures(Material(exhibit, terms, facts))
    tell(f"  {len(figures.entries):,} figures")
    return figures


def write(
    figures: "Figures",
    out: Path | None,
    json_out: Path | None,
    tell: Callable[[str], None],
    before: "Baseline | None" = None,
    language: str = texts.ENGLISH,
) -> None:
    """Write the page in a language, and the figures. Raises UserError."""
    from commondesk import locale
    from commondesk.review.pack.machine import document_of
    from commondesk.review.pack.page import FilesMissing, page_of

    locale.learn_all()
    try:
        if json_out is not None:
            text = json.dumps(document_of(figures), indent=1, ensure_ascii=False)
            json_out.write_text(f"{text}\n", "utf-8")
            tell(f"{json_out}: the figures")
        if out is not None:
            size = out.write_text(page_of(figures, before, language=language), "utf-8")
            tell(f"{out}: the pack, {size / 1e6:.1f} MB")
    except FilesMissing as problem:
        raise UserError(f"{problem}; run make assets") from None
    except OSError as problem:
        raise UserError(f"{problem.filename}: {problem.strerror or problem}") from None


def write_tables(figures: "Figures", folder: Path, tell: Callable[[str], None]) -> None:
    """Write tickets and events as Parquet. Raises UserError."""
    from commondesk.review.pack import parquet

    try:
        events = parquet.write(figures, folder)
    except OSError as problem:
        raise UserError(f"{folder}: {problem.strerror or problem}") from None
    tell(f"{folder}: {len(figures.material.exhibit.tickets):,} tickets, {events:,} events")


# ---- what was asked -------------------------------------------------------------------------


def terms_of(charter: Path | None, lens: str) -> "Terms":
    """The charter's terms, or none. Raises UserError."""
    from commondesk.review.pack import terms

    written = content(charter) if charter is not None else None
    try:
        return terms.terms_of(written, lens)
    except terms.CharterError as wrong:
        lines = [f"{f'line {each.line}: ' if each.line else ''}{each}" for each in wrong.problems]
        raise UserError("\n".join([f"{charter} is no charter that can be used:", *lines])) from None
    except terms.UnknownLens as wrong:
        raise UserError(str(wrong)) from None


def baseline_of(path: Path) -> "Baseline":
    """The figures of an older pack. Raises UserError."""
    from commondesk.review.pack import baseline

    try:
        return baseline.baseline_of(content(path).decode("utf-8"))
    except (baseline.UnusableBaseline, UnicodeDecodeError) as wrong:
        raise UserError(f"{path} cannot be compared with: {wrong}") from None


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UserError(f"{path}: {problem.strerror or problem}") from None


def zone_of(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"there is no zone {name!r}; one is Europe/London") from None


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[list["Source"]]:
    """The files, open, those of a ZIP each by itself. Raises UserError."""
    from commondesk.readers import packed
    from commondesk.readers.export import Source, UnusableExport

    with ExitStack() as stack:
        try:
            files = [Source(path.name, stack.enter_context(path.open("rb"))) for path in paths]
            yield stack.enter_context(packed.spread(files))
        except UnusableExport as problem:
            raise UserError(str(problem)) from None
        except OSError as problem:
            name = problem.filename or paths[0]
            raise UserError(f"{name}: {problem.strerror or problem}") from None
