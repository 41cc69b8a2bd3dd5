"""How large a form with a spreadsheet may be, and the end of reading one that is larger."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from outreach.imports.tables import MOST_BYTES

LARGEST_FORM_BYTES = MOST_BYTES + 64 * 1024


class BoundedUpload(FileUploadHandler):
    """Before Django's own in settings.FILE_UPLOAD_HANDLERS: of a form that is too large no file is
    taken, whoever reads it first, as the check against forged requests does before any page."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.request is None or is_too_large(self.request):
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Left to the handlers after this one."""


def is_too_large(request: HttpRequest) -> bool:
    """Whether a form announces more than any spreadsheet may have."""
    try:
        return int(request.headers.get("Content-Length") or 0) > LARGEST_FORM_BYTES
    except ValueError:
        return False
