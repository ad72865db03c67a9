"""Arrow comes alone."""

import subprocess
import sys

ALONE = """
import sys
from commondesk.engine import arrow
arrow.load()
import pyarrow as pa
pa.array(["a"])
print("pandas" in sys.modules, pa.table({"a": [1]})["a"].to_numpy().sum())
"""


def test_the_first_array_brings_no_pandas_along() -> None:
    told = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "1"]
