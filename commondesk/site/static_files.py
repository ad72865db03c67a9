"""The files for the browser, gathered into the data folder under names that tell their content."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from commondesk import __version__


def collect() -> None:
    if settings.IS_DEVELOP:
        return
    stamp = settings.STATIC_ROOT / ".stamp"
    print_now = fingerprint()
    if stamp.is_file() and stamp.read_text() == print_now:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(print_now)


def fingerprint() -> str:
    digest = hashlib.sha256(__version__.encode())
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
