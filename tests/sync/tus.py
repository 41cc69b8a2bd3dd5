"""tus requests, as plain as they can be made."""

from base64 import b64encode
from hashlib import new as new_hash
from typing import Any
from uuid import uuid4

from tests.pictures import declaration

UPLOADS = "/api/v1/sync/photos/"
BYTES = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in values.items())


def checksum(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {b64encode(new_hash(algorithm, content).digest()).decode()}"


def create(
    client: Any,
    content: bytes,
    registration: object = None,
    kind: str = "workplace",
    body: bytes = b"",
    **headers: Any,
) -> Any:
    """Announce a photo; with a `body`, begin it too."""
    told = {
        "sha256": declaration(content)["sha256"],
        "kind": kind,
        "registration": str(registration or uuid4()),
    }
    return client.generic(
        "POST",
        UPLOADS,
        body,
        BYTES if body else "",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(content)),
            "Upload-Metadata": metadata(**told),
            **headers,
        },
    )


def patch(client: Any, url: str, body: bytes, offset: int = 0, **headers: Any) -> Any:
    return client.generic(
        "PATCH",
        url,
        body,
        BYTES,
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), **headers},
    )


def head(client: Any, url: str) -> Any:
    return client.head(url, headers={"Tus-Resumable": "1.0.0"})


def send(client: Any, content: bytes, registration: object = None, **options: Any) -> Any:
    """Announce a photo and send it whole; gives the last answer."""
    created = create(client, content, registration, **options)
    if created.status_code != 201 or created.headers.get("Upload-Offset"):
        return created
    return patch(client, created["Location"], content)
