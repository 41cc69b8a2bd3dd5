"""Where photos lie: in a folder, or with a service that speaks S3, as the environment says."""

from collections.abc import Callable
from typing import Any

NAMES = ("BUCKET", "ENDPOINT", "REGION", "KEY", "SECRET")
CONNECT_WITHIN_S, ANSWER_WITHIN_S = 3, 15
ONE_REQUEST_BYTES = 32 * 1024 * 1024
"""More than any photo takes, so that each is one request."""


def photo_storage(told: Callable[[str], str], folder: str) -> dict[str, Any]:
    """An entry of STORAGES; `told` gives the value of an environment variable, or "".

    Raises ValueError for PHOTO_S3_… variables that do not say enough, or without django-storages.
    """
    bucket, endpoint, region, key, secret = (told(f"PHOTO_S3_{name}") for name in NAMES)
    if not any((bucket, endpoint, region, key, secret)):
        return {
            "BACKEND": "outreach.photos.files.DurableFiles",
            "OPTIONS": {"location": folder},
        }
    if not all((bucket, region, key, secret)):
        raise ValueError(
            "PHOTO_S3_BUCKET, PHOTO_S3_REGION, PHOTO_S3_KEY and PHOTO_S3_SECRET belong together; "
            "PHOTO_S3_ENDPOINT is for services other than Amazon's"
        )
    try:
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config
        from storages.backends import s3
    except ImportError:
        raise ValueError(
            "PHOTO_S3_BUCKET needs django-storages: install requirements/s3.txt"
        ) from None
    return {
        "BACKEND": f"{s3.__name__}.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": region,
            "access_key": key,
            "secret_key": secret,
            "default_acl": None,
            "file_overwrite": True,
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if endpoint else "auto"},
                connect_timeout=CONNECT_WITHIN_S,
                read_timeout=ANSWER_WITHIN_S,
                retries={"total_max_attempts": 2},
                # Checksums of Amazon's own are not understood elsewhere.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            "transfer_config": TransferConfig(
                multipart_threshold=ONE_REQUEST_BYTES, use_threads=False
            ),
        },
    }
