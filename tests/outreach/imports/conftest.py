import pytest

from outreach.imports.registry import KINDS
from tests.outreach.imports.workbooks import NOTICES


@pytest.fixture(autouse=True)
def notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of import that makes consent notices."""
    monkeypatch.setitem(KINDS, NOTICES.name, NOTICES)
