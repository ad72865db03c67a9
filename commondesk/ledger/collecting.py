"""How often a process that lives for long looks for objects in circles."""

import gc

NEW_OBJECTS = 20_000
"""So many more than went are there before the young ones are looked at: Python says 700."""
YOUNG_ROUNDS = 20
MIDDLE_ROUNDS = 50


def collect_seldom() -> None:
    """Call once a process has loaded what it works with.

    All that is there by now stays to the end, and is never looked at again. What comes later goes
    as soon as nothing names it: a mail or a page leaves hardly a circle, so that to look for some
    at each few hundred objects takes a twentieth of its time and finds nothing. What circles there
    are wait in 20,000 objects at most, some megabytes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG_ROUNDS, MIDDLE_ROUNDS)
