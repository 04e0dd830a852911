"""What `logging` writes in both functions: one JSON object a line, as ingestion's reports are."""

import logging

from categorical.json_lines import json_line


class JsonLine(logging.Formatter):
    """A record's level, logger, message and traceback.

    `end` is for handlers that write what they get and nothing after it, as Lambda's own does.
    """

    def __init__(self, end: str = "") -> None:
        super().__init__()
        self._end = end

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "aws_request_id", None),
            "message": record.getMessage(),
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json_line({k: v for k, v in document.items() if v is not None}) + self._end


def write_lines() -> None:
    """From now on the root logger's handlers, one if there was none, write such lines."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
    for handler in root.handlers:
        handler.setFormatter(JsonLine("" if isinstance(handler, logging.StreamHandler) else "\n"))
