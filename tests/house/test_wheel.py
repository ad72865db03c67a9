"""The wheel, installed into an empty environment where there is no Node, opens its first page."""

import re
import subprocess
import sys
import venv
from pathlib import Path

from tests.house import running

HOUSE = Path(__file__).parents[2]


def test_the_wheel_opens_its_first_page(tmp_path: Path) -> None:
    bin_folder = installed(built(tmp_path / "dist"), tmp_path / "venv")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with running.desk([bin_folder / "commondesk", "up"], folder, PATH=str(bin_folder)) as desk:
        status, page = desk.page("/")
        assert status == 200
        assert "Commondesk" in page
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert any("/vendor/" in file for file in files)
        for file in files:
            assert desk.page(file)[0] == 200
        assert desk.stop() == 0


def built(folder: Path) -> Path:
    python("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, HOUSE)
    (wheel,) = folder.glob("*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Path:
    # The installer runs from here, so that the new environment holds the product alone.
    venv.create(folder, with_pip=False)
    bin_folder = folder / "bin"
    pip = ("-m", "pip", "--python", bin_folder / "python", "--disable-pip-version-check")
    install = (*pip, "install", "--quiet", "--no-compile")
    python(*install, "--require-hashes", "--requirement", HOUSE / "requirements.txt")
    python(*install, "--no-deps", wheel)
    return bin_folder


def python(*words: str | Path) -> None:
    command = [sys.executable, *(str(word) for word in words)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
