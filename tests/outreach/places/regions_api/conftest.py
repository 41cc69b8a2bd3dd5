"""A client, and boundaries of two of three villages."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from outreach.models import (
    User,
)
from outreach.places.boundaries.loading import Origin, load_boundaries
from tests.outreach.places.conftest import WriteCollection, feature, square

A, B, C = "12.71.01.1001", "12.71.01.1002", "12.71.01.1003"


@pytest.fixture
def client() -> APIClient:
    client = APIClient()
    client.force_authenticate(User(username="kader", role=User.Role.KADER))
    return client


@pytest.fixture
def _boundaries(regions: None, collection: WriteCollection) -> None:
    file = collection(feature(A, square(0, 0)), feature(B, square(1, 0)), feature(C, None))
    load_boundaries([file], Origin("Surveyors", "2026", "MIT", 0))


def get(client: APIClient, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return answer.json()
