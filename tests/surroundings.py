"""What the tests find around them: an empty data folder of their own, and no setting from outside.

Loaded as a plugin by `pyproject.toml`, because the settings are read before any conftest.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

KEPT = {"COMMONDESK_REAL_DATA", "COMMONDESK_DATABASE_URL"}
WORKER = os.environ.get("PYTEST_XDIST_WORKER")


def forget_outer_settings() -> None:
    for name in list(os.environ):
        if name.startswith("COMMONDESK_") and name not in KEPT:
            del os.environ[name]


def make_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="commondesk-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if WORKER:
    # A worker is started by the run that made the folder, and takes a room in it.
    data = Path(os.environ["COMMONDESK_DATA"]) / WORKER
    data.mkdir(exist_ok=True)
else:
    data = make_folder()

forget_outer_settings()
os.environ["COMMONDESK_DATA"] = str(data)
os.environ["COMMONDESK_DEVELOP"] = "1"
# Nobody answers there: no test asks a name server of the outside.
os.environ["COMMONDESK_DNS"] = "127.0.0.1:9"
