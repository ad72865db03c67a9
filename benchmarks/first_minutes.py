"""How long it takes to play the sample company, at three sizes, and to see its review in a browser.

Prints one JSON line. The play is the command's own process: seconds on the wall and of computing.
The first look is a whole desk with a browser: from the printed link, over the five fields and one
tap, to the review of the sample. Needs Chromium, as the tests do.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

SIZES = [35, 350, 3_500]
TO_REACH = {"first_look_s": 60.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=SIZES)
    args = parser.parse_args()
    told = {
        "benchmark": "first_minutes",
        "to_reach": TO_REACH,
        "load": [round(each, 2) for each in os.getloadavg()],
        "first_look_s": round(first_look(), 1),
        "sizes": [played(size) for size in args.tickets],
    }
    print(json.dumps(told))


def played(tickets: int) -> dict[str, Any]:
    """The figures of one play, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder:
        surroundings = {
            **os.environ,
            "COMMONDESK_DATA": folder,
            "COMMONDESK_LOG": "ERROR",
            "DJANGO_SETTINGS_MODULE": "commondesk.site.settings",
        }
        surroundings.pop("COMMONDESK_DATABASE_URL", None)
        run([sys.executable, "-m", "django", "prepare_site"], surroundings)
        began, before = time.monotonic(), computed()
        command = [sys.executable, "-m", "commondesk.cli", "sample", "--tickets", str(tickets)]
        run(command, surroundings)
        return {
            "tickets": tickets,
            "seconds": round(time.monotonic() - began, 1),
            "cpu_s": round(computed() - before, 1),
        }


def run(command: list[str], surroundings: dict[str, str]) -> None:
    subprocess.run(command, env=surroundings, cwd=ROOT, check=True, capture_output=True)


def computed() -> float:
    """Seconds of computing of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_look() -> float:
    """Seconds from the printed link to the review of the sample."""
    from playwright.sync_api import sync_playwright

    from tests.journeys.desk import CHROMIUM, FLAGS, running_desk
    from tests.journeys.test_first_minutes import set_up

    with (
        tempfile.TemporaryDirectory(prefix="commondesk-bench-") as folder,
        running_desk(Path(folder)) as desk,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.monotonic()
        set_up(desk, page)
        page.get_by_role("link", name="Your first ten minutes").click()
        page.get_by_role("button", name="Play the sample company").click()
        page.wait_for_url("**/review/**", timeout=300_000)
        page.get_by_text("as people lived it").first.wait_for()
        took = time.monotonic() - began
        browser.close()
    return took


if __name__ == "__main__":
    main()
