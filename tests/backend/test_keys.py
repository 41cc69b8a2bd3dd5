import base64
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend import keys


def encoded(number: int, size: int = 32) -> str:
    return base64.b64encode(bytes((number + i) % 256 for i in range(size))).decode()


def test_new_keys_are_accepted_and_never_the_same() -> None:
    first, second = keys.new_keys(), keys.new_keys()
    assert not set(first.values()) & set(second.values())
    assert keys.secret("SECRET_KEY", first["SECRET_KEY"]) == first["SECRET_KEY"]
    assert len(keys.key_ring("DATA_KEYS", first["DATA_KEYS"])["k1"]) == 32


def test_the_first_key_of_a_ring_is_the_current_one() -> None:
    ring = keys.key_ring("DATA_KEYS", f"new:{encoded(1)}, old:{encoded(2)}")
    assert list(ring) == ["new", "old"]


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "DATA_KEYS is missing"),
        ("k1", "entry 1 is not id:base64"),
        (f"bad id:{encoded(1)}", "entry 1 is not id:base64"),
        (f"k1:{encoded(1)},", "entry 2 is not id:base64"),
        ("k1:***", "k1 is not base64"),
        (f"k1:{encoded(1, 31)}", "has 31 bytes and needs 32"),
        (f"k1:{encoded(1)},k1:{encoded(2)}", "k1 is there twice"),
        (f"k1:{encoded(1)},k2:{encoded(1)}", "k2 repeats"),
        (f"k1:{base64.b64encode(bytes(32)).decode()}", "k1 repeats"),
    ],
)
def test_a_bad_ring_is_named_in_one_line_without_the_key(value: str, complaint: str) -> None:
    with pytest.raises(keys.BadKeys, match=re.escape(complaint)) as caught:
        keys.key_ring("DATA_KEYS", value)
    assert "\n" not in str(caught.value)
    assert encoded(1) not in str(caught.value)


@pytest.mark.parametrize("value", ["", "short", "x" * 80, "django-insecure-" + "abcdefghij" * 6])
def test_a_weak_secret_is_refused(value: str) -> None:
    with pytest.raises(keys.BadKeys, match="SECRET_KEY"):
        keys.secret("SECRET_KEY", value)


def test_the_demo_keeps_one_set_of_keys_for_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: keys.demo_keys(tmp_path / "home"), range(8)))
    assert all(found == seen[0] for found in seen)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "home" / "keys.json").stat().st_mode) == 0o600


def test_damaged_demo_keys_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(keys.BadKeys, match="damaged"):
        keys.demo_keys(tmp_path)
    assert (tmp_path / "keys.json").read_text() == "{"
