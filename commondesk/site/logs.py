"""One line of JSON for each thing worth telling, on standard error."""

import json
import logging
import re
from datetime import UTC, datetime

# What opens a door to whoever holds it stands in these addresses.
_KEYS = re.compile(r"(/(?:setup|invited|forgot)/)[\w-]{8,}")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": _KEYS.sub(r"\1…", record.getMessage()),
        }
        if record.exc_info:
            line["trace"] = _KEYS.sub(r"\1…", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
