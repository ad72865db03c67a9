"""`commondesk mail-send-test`: one mail through the server that is set, to see that it works."""

import argparse

from commondesk.cli.user_error import UserError

NAME = "mail-send-test"
HELP = "send one test mail through the outgoing mail server"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", help="the address to send it to")


def run(args: argparse.Namespace) -> int:
    from commondesk.desk import outbox

    try:
        outbox.send_test(args.to)
    except (outbox.NotSent, ValueError) as failure:
        raise UserError(f"it was not sent: {failure}") from None
    print(f"The mail server took it. It should arrive at {args.to} soon.")
    return 0
