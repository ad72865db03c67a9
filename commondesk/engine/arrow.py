"""Arrow, loaded at once, and without what it would bring along."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def load() -> None:
    """Load pyarrow; processes that are forked off later have it from the beginning.

    At its first array it loads pandas too, wherever that is installed, in each process anew. That
    takes longer than a small review, and nothing here has to do with pandas: pyarrow is told that
    there is none.
    """
    import pyarrow as pa
    import pyarrow.parquet

    refusal = _NoPandas()
    sys.meta_path.insert(0, refusal)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(refusal)


class _NoPandas(MetaPathFinder):
    """Finds no pandas."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not wanted here", name=name)
        return None
