from pathlib import Path

import psycopg
import pytest
from django.db import connection

from backend.database import address, django_settings, problems, socket_folder


@pytest.mark.django_db
def test_commits_wait_for_the_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_a_connection_url_is_read_as_libpq_reads_it() -> None:
    entry = django_settings(
        "postgresql://office:p%40ss@db.example.id:6432/jemput?sslmode=verify-full",
        serving=False,
        threads=4,
    )
    assert (entry["NAME"], entry["USER"], entry["PASSWORD"]) == ("jemput", "office", "p@ss")
    assert (entry["HOST"], entry["PORT"]) == ("db.example.id", "6432")
    assert entry["OPTIONS"]["sslmode"] == "verify-full"
    assert "pool" not in entry["OPTIONS"]


def test_servers_share_a_pool_with_room_for_every_thread() -> None:
    entry = django_settings("postgresql:///x?options=-c%20geqo%3Doff", serving=True, threads=4)
    assert entry["OPTIONS"]["pool"]["max_size"] > 4
    assert entry["OPTIONS"]["options"].startswith("-c geqo=off -c statement_timeout=")
    assert "CONN_MAX_AGE" not in entry


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://[", "postgresql:///x?nosuch=1"])
def test_a_text_that_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(psycopg.ProgrammingError):
        django_settings(url, serving=False, threads=1)


def test_a_url_without_a_database_is_refused() -> None:
    with pytest.raises(ValueError, match="names no database"):
        django_settings("postgresql://a@b", serving=False, threads=1)


def test_an_unreachable_server_is_one_line_without_the_password() -> None:
    entry = django_settings("postgresql://a:geheim@127.0.0.1:1/b", serving=False, threads=1)
    (line,) = problems(entry)
    assert line.startswith("cannot use the database 127.0.0.1:1/b: ")
    assert "refused" in line
    assert "geheim" not in line


def test_commits_that_do_not_wait_for_the_disk_are_refused(database_server: str) -> None:
    joint = "&" if "?" in database_server else "?"
    url = f"{database_server}{joint}options=-c%20synchronous_commit%3Doff"
    (line,) = problems(django_settings(url, serving=False, threads=1))
    assert "synchronous_commit=off" in line


def test_a_sound_server_has_no_problems(database_server: str) -> None:
    assert problems(django_settings(database_server, serving=True, threads=1)) == []


def test_a_deep_data_folder_gets_a_socket_that_fits(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    assert socket_folder(deep) != deep / "database" / "data"
    assert len(bytes(socket_folder(deep))) < 90
    assert socket_folder(deep) != socket_folder(tmp_path / ("e" * 100))
    assert "d" * 100 not in address(deep)
