"""`commondesk let-in`: a link for somebody who cannot sign in any more."""

import argparse

from commondesk.cli.user_error import UserError

NAME = "let-in"
HELP = "print a link with which somebody chooses a new password"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", help="the mail address they sign in with")
    parser.add_argument(
        "--without-second-factor",
        action="store_true",
        help="remove their app, passkeys and recovery codes as well; they get a mail about it",
    )


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    from commondesk.accounts.doors import factors, resets, sessions
    from commondesk.accounts.models import Person, address_of

    person = Person.objects.filter(address=address_of(args.address)).first()
    if person is None:
        raise UserError(f"nobody here has the address {args.address}")
    try:
        link = resets.link_for(person)
    except resets.CannotBeOffered as error:
        raise UserError(str(error)) from None
    if args.without_second_factor:
        sessions.end_all(person)
        print(f"{factors.remove_all(person)} second factors removed.")
    print(f"For {person.title} alone; it works once, for {settings.PASSWORD_RESET_TIMEOUT // 60}")
    print(f"minutes: {link}")
    return 0
