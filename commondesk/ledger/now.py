"""The clock on the wall, read by views, commands and intake alone."""

import time

from commondesk.core.record.instant import Instant


def instant_now() -> Instant:
    """This instant, in microseconds."""
    return time.time_ns() // 1000
