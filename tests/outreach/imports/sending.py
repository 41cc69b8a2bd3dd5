"""Files sent as somebody's browser sends them."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from outreach.models import User
from tests.cast import client_of


def send(user: User, content: bytes, kind: str = "notices", name: str = "hasil.xlsx") -> Any:
    """The answer to a file."""
    file = SimpleUploadedFile(name, content)
    return client_of(user).post(f"/api/v1/imports/{kind}/", {"file": file}, format="multipart")


def confirm(user: User, import_id: str) -> Any:
    """The answer to a confirmation."""
    return client_of(user).post(f"/api/v1/imports/{import_id}/confirm/")
