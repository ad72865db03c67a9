"""Random bytes are never given out twice, not even to a process that was forked."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from commondesk.ledger import chance


def test_as_many_as_asked_for_and_none_twice() -> None:
    some = [chance.some(16) for _ in range(1000)]
    assert {len(each) for each in some} == {16}
    assert len(set(some)) == 1000
    assert len(chance.some(5000)) == 5000


def test_uuids_are_random_ones() -> None:
    uuids = {chance.uuid() for _ in range(1000)}
    assert len(uuids) == 1000
    assert {each.version for each in uuids} == {4}


def test_threads_have_their_own() -> None:
    begin = threading.Barrier(4)

    def drawn() -> list[bytes]:
        begin.wait()
        return [chance.some(16) for _ in range(500)]

    with ThreadPoolExecutor(4) as threads:
        lists = [each.result() for each in [threads.submit(drawn) for _ in range(4)]]
    assert len({one for each in lists for one in each}) == 2000


def test_a_forked_process_gets_others() -> None:
    chance.some(16)
    to_read, to_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(to_write, chance.some(16))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(to_write)
    with os.fdopen(to_read, "rb") as pipe:
        assert pipe.read() != chance.some(16)
