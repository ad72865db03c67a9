"""What the ledger keeps beside the entries comes out of them again."""

from uuid import UUID

from commondesk.core.record.events import TicketResolved
from commondesk.ledger import chain, store
from tests.ledger import record


def test_the_head_row_is_what_the_entries_give(db: None) -> None:
    company = UUID(int=1)
    record.interleaved(company, 30)
    digest, count = chain.GENESIS, 0
    for batch in store.batches(company, size=7):
        for row in batch:
            count += 1
            digest = chain.digest_of(digest, chain.envelope_of(str(company), row, count))
    assert store.head_of(company) == store.Head(count, digest)


def test_what_append_returned_is_what_reading_gives(db: None) -> None:
    company = UUID(int=2)
    streams = record.interleaved(company, 10)
    returned = record.add(company, streams[0], TicketResolved())
    assert tuple(store.read_on(company, after=10, limit=100)) == returned
    histories = [store.history(company, stream) for stream in streams]
    everything = [each.event for each in store.read_on(company, after=0, limit=100)]
    for stream, history in zip(streams, histories, strict=True):
        assert list(history) == [event for event in everything if event.stream == stream]
