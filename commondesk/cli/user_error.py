"""What a command raises when the person at the keyboard can put it right."""


class UserError(Exception):
    """Told in one plain line; the command ends with exit code 2."""
