"""Recurring matters among real tickets: groups that a stranger's topics confirm.

The topics were given by others and play no part in finding the groups.
"""

import csv
import gzip
import os
from collections import Counter
from pathlib import Path

from commondesk.core.metrics.recurring import Matter, recurrences

TICKETS = Path(os.environ["COMMONDESK_REAL_DATA"]) / "it-service-tickets" / "tickets_dev.csv.gz"
COUNT = 8_000
LENGTH = 160
"""About the length of a subject with its first line."""


def test_groups_keep_to_topics_that_others_gave() -> None:
    with gzip.open(TICKETS, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:COUNT]
    topics = {f"{place:05}": row["Topic_group"] for place, row in enumerate(rows)}
    matters = [
        Matter(f"{place:05}", row["Document"][:LENGTH], (), place) for place, row in enumerate(rows)
    ]

    groups = recurrences(matters)

    grouped = [ticket for group in groups for ticket in group.tickets]
    fitting = sum(
        Counter(topics[ticket] for ticket in group.tickets).most_common(1)[0][1] for group in groups
    )
    largest_topic = Counter(topics.values()).most_common(1)[0][1] / len(topics)
    assert len(groups) > 20
    assert fitting / len(grouped) > 0.8 > 2 * largest_topic
