"""The tracked files speak of the product alone: no machine's paths, no registry's address."""

import json
import re
import subprocess
from pathlib import Path

HOUSE = Path(__file__).parents[2]

# Put together here so that this file does not find itself.
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "--index" + "-url",
]
MACHINE_PATHS = ["/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/", "/opt/py" + "pi"]
REAL_DATA_PATH = "shared" + "/data"


def tracked() -> dict[str, str]:
    """Name and text of every file that is, or would be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [name for name in listed.stdout.split("\0") if name and (HOUSE / name).is_file()]
    return {name: (HOUSE / name).read_bytes().decode(errors="replace") for name in files}


def naming(words: list[str]) -> list[str]:
    pattern = re.compile("|".join(map(re.escape, words)))
    return [
        f"{name}: {found[0]}" for name, text in tracked().items() if (found := pattern.search(text))
    ]


def test_no_registry_is_named() -> None:
    assert naming(REGISTRY_HOSTS) == []


def test_no_path_of_a_machine_is_named() -> None:
    assert naming(MACHINE_PATHS) == []


def test_only_the_continuous_check_knows_where_real_data_lies() -> None:
    assert naming([REAL_DATA_PATH]) == [f".ci/run: {REAL_DATA_PATH}"]


def test_front_end_lock_holds_hashes_and_no_addresses() -> None:
    packages = json.loads((HOUSE / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert "integrity" in package or name == "", name


def test_every_pin_has_a_hash() -> None:
    for file in HOUSE.glob("requirements*.txt"):
        for pin in file.read_text().replace("\\\n", " ").splitlines():
            if pin.strip() and not pin.lstrip().startswith("#"):
                assert "==" in pin and "--hash=sha256:" in pin, f"{file.name}: {pin[:60]}"


def test_shipped_pins_and_checking_pins_agree() -> None:
    versions = {name: pins(HOUSE / f"{name}.txt") for name in ("requirements", "requirements-dev")}
    assert versions["requirements"].items() <= versions["requirements-dev"].items()


def pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", file.read_text(), re.MULTILINE))


def test_no_third_party_file_for_the_browser_is_tracked() -> None:
    assert [
        name for name in tracked() if "/static/vendor/" in name or "node_modules/" in name
    ] == []
