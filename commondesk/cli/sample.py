"""`commondesk sample`: a made-up company to look at, played through the real commands."""

import argparse
import sys

from commondesk.cli.user_error import UserError

NAME = "sample"
HELP = "play ninety days of a made-up company to look at, or remove it again"
NEEDS_DATABASE = True
FEWEST, MOST = 10, 1_000_000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, default=350, help="how many (10 to 1000000)")
    parser.add_argument("--seed", default="sample", help="the same seed plays the same company")
    parser.add_argument(
        "--at", default="", help="the instant at which the ninety days end; without it, now"
    )
    parser.add_argument(
        "--for",
        dest="address",
        default="",
        help="who may look at it: the address of somebody who steers every company here. Without"
        " it, the only one who does",
    )
    parser.add_argument("--remove", action="store_true", help="remove it without a trace")
    parser.add_argument("--asked", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    if args.asked:
        return play_asked()
    return remove() if args.remove else play(args)


def play_asked() -> int:
    """The worker runs this for whoever asked on a page."""
    from commondesk.ledger.now import instant_now
    from commondesk.sample import jobs

    jobs.play_asked(instant_now)
    return 0


def remove() -> int:
    from commondesk.sample import removal
    from commondesk.sample.models import Play

    Play.objects.all().delete()
    print("The sample is removed." if removal.remove_all() else "There is no sample here.")
    return 0


def play(args: argparse.Namespace) -> int:
    from commondesk.core.record.instant import parse_instant
    from commondesk.ledger.now import instant_now
    from commondesk.sample import jobs, playing

    if args.address and jobs.sample() is not None:
        print(looking(args.address))
        return 0
    if not FEWEST <= args.tickets <= MOST:
        raise UserError(f"--tickets is a number from {FEWEST} to {MOST}")
    try:
        at = parse_instant(args.at) if args.at else instant_now()
    except ValueError as error:
        raise UserError(f"--at: {error}") from None
    try:
        for each in playing.play(at=at, seed=args.seed, tickets=args.tickets):
            told = f"\rday {each.day} of {each.days}, {each.tickets} tickets"
            print(told, end="", file=sys.stderr, flush=True)
    except playing.AlreadyThere as refused:
        raise UserError(str(refused)) from None
    print(file=sys.stderr)
    there = jobs.sample()
    assert there is not None
    print(f"{there.title} is played: {there.prefix}-1001 and on.")
    print(looking(args.address))
    return 0


def looking(address: str) -> str:
    """Lets somebody look at it; says who, or what to do."""
    from commondesk.ledger.now import instant_now
    from commondesk.sample import jobs

    wanted = address or jobs.only_player()
    if wanted and jobs.looked_at_by(wanted, at=instant_now()):
        return f"{wanted} sees it among their companies."
    if address:
        raise UserError(f"{address} steers no company here, or not every one")
    return "Nobody sees it yet: commondesk sample --for ADDRESS names who may."
