"""A command of the desk that kills itself at a named step.

FAULT_STEP names the step, FAULT_COUNT which time it is reached, FAULT_HITS the file that is told
of it before the end. Nothing in the product knows of this: the steps are put around its functions
from outside, and a function that is not there any more fails loudly.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

STEP = os.environ.get("FAULT_STEP", "")
COUNT = int(os.environ.get("FAULT_COUNT", "1"))


class Fall:
    """Counts how often the step is reached, and ends the process at the right time."""

    def __init__(self) -> None:
        self.reached = 0
        self.is_sending = False

    @property
    def is_next(self) -> bool:
        return self.reached + 1 == COUNT

    def __call__(self) -> None:
        self.reached += 1
        if self.reached == COUNT:
            hits = os.open(os.environ["FAULT_HITS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(hits, f"{STEP} {'sending' if self.is_sending else '-'}\n".encode())
            os.fsync(hits)
            os.kill(os.getpid(), signal.SIGKILL)


FALL = Fall()


def replaced(owner: Any, name: str, new: Any) -> None:
    """Put something in the place of what is there. Raises AttributeError where nothing is."""
    getattr(owner, name)
    setattr(owner, name, new)


def always(*_args: Any, **_kwargs: Any) -> bool:
    return True


def before(owner: Any, name: str, is_fitting: Callable[..., bool] = always) -> None:
    """Fall when this function is called with fitting arguments."""
    inner = getattr(owner, name)

    def outer(*args: Any, **kwargs: Any) -> Any:
        if is_fitting(*args, **kwargs):
            FALL()
        return inner(*args, **kwargs)

    setattr(owner, name, outer)


def after(owner: Any, name: str, is_fitting: Callable[..., bool] = always) -> None:
    """Fall when this function, called with fitting arguments, has done its work."""
    inner = getattr(owner, name)

    def outer(*args: Any, **kwargs: Any) -> Any:
        result = inner(*args, **kwargs)
        if is_fitting(*args, **kwargs):
            FALL()
        return result

    setattr(owner, name, outer)


def main() -> int:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
    django.setup()

    from commondesk import cli
    from tests.faults import steps

    if sys.argv[1] == "worker":
        steps.prepare_worker()
    if os.environ.get("FAULT_POISON"):
        steps.poison_child()
    if STEP:
        steps.STEPS[STEP]()
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    # As a module of its own name: the steps must count with the same FALL as we do.
    from tests.faults import fellable

    sys.exit(fellable.main())
