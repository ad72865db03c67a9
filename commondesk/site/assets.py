"""The third-party files the browser gets: which they are, copying them, missing them."""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from django.core import checks

VENDOR = Path(__file__).parent / "static" / "vendor"
INSTALLED = "installed"
"""Marks the checks of what an installation can lack."""

INTER_ALPHABETS = (
    "cyrillic",
    "cyrillic-ext",
    "greek",
    "greek-ext",
    "latin",
    "latin-ext",
    "vietnamese",
)

# Where a file ends up under static/vendor, and where npm put it.
FILES = {
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx/LICENSE": "htmx.org/LICENSE",
    "inter/wght.css": "@fontsource-variable/inter/wght.css",
    "inter/LICENSE": "@fontsource-variable/inter/LICENSE",
    "vega/vega.min.js": "vega/build/vega.min.js",
    "vega/LICENSE": "vega/LICENSE",
    "vega/vega-lite.min.js": "vega-lite/build/vega-lite.min.js",
    "vega/vega-lite.LICENSE": "vega-lite/LICENSE",
    "vega/vega-embed.min.js": "vega-embed/build/vega-embed.min.js",
    "vega/vega-embed.LICENSE": "vega-embed/LICENSE",
} | {
    f"inter/files/inter-{alphabet}-wght-normal.woff2": (
        f"@fontsource-variable/inter/files/inter-{alphabet}-wght-normal.woff2"
    )
    for alphabet in INTER_ALPHABETS
}


def missing(vendor: Path = VENDOR) -> list[str]:
    return [name for name in FILES if not (vendor / name).is_file()]


def copy(modules: Path, vendor: Path = VENDOR) -> None:
    shutil.rmtree(vendor, ignore_errors=True)
    for name, source in FILES.items():
        (vendor / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, vendor / name)
    for script in vendor.rglob("*.js"):
        # It names a file for who debugs the library, which does not come along.
        script.write_text(re.sub(r"\n?//# sourceMappingURL=\S*\s*$", "\n", script.read_text()))
    # A page that is read already does not move when its letters come late.
    wanted = vendor / "inter/wght.css"
    wanted.write_text(wanted.read_text().replace("font-display: swap", "font-display: optional"))


def check(**_: object) -> Sequence[checks.CheckMessage]:
    return [
        checks.Error(f"a file for the browser is missing: {name}; run make assets", id="site.E001")
        for name in missing()[:1]
    ]


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
