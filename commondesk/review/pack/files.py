"""Files: the Parquet files of a folder, checked before anything reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.readers.export import Problem, UnusableExport
from commondesk.review.pack.rows import text_of

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = {
    "instant": "a time (timestamp)",
    "instants": "a list of times",
    "strings": "a list of texts",
}


def by_month(folder: Path) -> list[Path]:
    """The files in folders by month. Raises UnusableExport."""
    found = sorted(folder.glob("*/*.parquet"))
    if not found:
        text = (
            "holds no Parquet files in folders by month, as month=2025-03: give an export, or a"
            " folder that --parquet wrote"
        )
        raise unusable(folder, text)
    return found


def read(files: Sequence[Path]) -> str:
    """The table of these files, as SQL."""
    listed = ", ".join(text_of(str(each)) for each in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def require(files: Sequence[Path], columns: dict[str, str]) -> None:
    """Raise UnusableExport unless all files are sound and have the columns in their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in files:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError):
            text = "is damaged, or no Parquet: write the folder again, or take the file from a copy"
            raise unusable(path, text) from None
        for name, kind in columns.items():
            place = schema.get_field_index(name)
            if place < 0:
                raise unusable(path, f"has no column {name}, which is {_named(kind)}")
            if not _fits(schema.field(place).type, kind):
                wrong = schema.field(place).type
                raise unusable(path, f"column {name} is {wrong}; it must be {_named(kind)}")


def _named(kind: str) -> str:
    return _KINDS.get(kind, kind)


def _fits(given: pa.DataType, kind: str) -> bool:
    import pyarrow as pa

    fits: dict[str, Callable[[pa.DataType], bool]] = {
        "int64": pa.types.is_integer,
        "int32": pa.types.is_integer,
        "double": pa.types.is_floating,
        "bool": pa.types.is_boolean,
        "string": lambda each: pa.types.is_string(each) or pa.types.is_large_string(each),
        "instant": pa.types.is_timestamp,
    }
    if kind in ("strings", "instants"):
        is_list = pa.types.is_list(given) or pa.types.is_large_list(given)
        return is_list and _fits(given.value_type, kind[:-1])
    return fits[kind](given)


def unusable(path: Path, text: str) -> UnusableExport:
    """That a file cannot be used, and why; text goes on after its name."""
    return UnusableExport([Problem(0, "", f"{path.name} {text}")])
