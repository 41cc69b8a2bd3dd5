"""The parser of every API view that has no limits of its own."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from sync.bodies import read_json

MAX_BODY_BYTES = 1024 * 1024


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 whatever the charset given, whole and bounded: see `read_json`."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - DRF's signature
    ) -> Any:
        return read_json(stream, MAX_BODY_BYTES, max_body_bytes=MAX_BODY_BYTES)  # type: ignore[arg-type]  # DRF passes the request
