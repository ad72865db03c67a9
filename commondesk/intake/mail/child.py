"""The child process that reads mails: one task a line in, one answer a line out.

It may be killed at any time: it holds nothing, and the mail it reads stays where it lies.
"""

import json
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import cast

from commondesk.ledger.collecting import collect_seldom

from .reading import understand, understand_little
from .understood import Json, json_of

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS_A_MAIL = 20


def main() -> None:
    limit_memory()
    # Ctrl-C goes to the whole group: the parent ends us by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    say({"ready": True})
    for line in sys.stdin:
        limit_time()
        say(answer_to(json.loads(line)))


def say(answer: dict[str, Json]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def answer_to(task: dict[str, Json]) -> dict[str, Json]:
    """What was understood, or what went wrong."""
    folder = Path(str(task["folder"]))
    envelope_from = cast(str | None, task["envelope_from"])
    read = understand_little if task["is_little"] else understand
    try:
        return {"mail": json_of(read(Path(str(task["path"])).read_bytes(), folder, envelope_from))}
    except MemoryError:
        return {"error": "it needs more memory than a mail may take"}
    except Exception as error:
        trace = traceback.extract_tb(error.__traceback__)[-1]
        return {"error": f"{type(error).__name__} in {Path(trace.filename).name}:{trace.lineno}"}


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time() -> None:
    """A mail that takes longer ends this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS_A_MAIL, hard))


if __name__ == "__main__":
    main()
