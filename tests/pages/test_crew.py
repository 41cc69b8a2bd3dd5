"""The pages about who works at an office."""

from typing import Any

import pytest

from outreach.models import AccountChange, User
from tests.cast import Cast
from tests.counting import Counting
from tests.pages.test_tablets import IS_GONE, comes_back_to, signed_in, told


def test_accounts_of_ones_offices_are_listed_and_filtered(cast: Cast) -> None:
    text = told(cast.rina, "/crew/")
    assert "Siti Rahayu" in text and "Agus Prasetyo" in text and "Joko" not in text
    User.objects.filter(pk=cast.budi.pk).update(is_active=False)
    for query, names in {
        "q=SIT": {"Siti Rahayu"},
        "role=officer": {"Dewi Lestari"},
        "state=closed": {"Budi Santoso"},
        "q=%25%00&role=x": set(),
        "cursor=x&role=kader": {"Siti Rahayu", "Budi Santoso"},
    }.items():
        shown = signed_in(cast.rina).get(f"/crew/?{query}").context["users"]
        assert {user.full_name for user in shown} == names, query


def new_kader(cast: Cast, **changes: Any) -> dict[str, Any]:
    form = {"full_name": "Tini", "username": "tini", "phone": "", "office": cast.branch.pk}
    return form | changes


def test_a_kader_gets_an_account_without_a_password_and_then_a_tablet(cast: Cast) -> None:
    rule = "huruf, angka, dan @ . + - _"
    client = signed_in(cast.rina)
    refused = client.post("/crew/new/", new_kader(cast, username="a b"))
    assert refused.content.decode().count(rule) == 2, "the hint and the refusal say one rule"
    assert IS_GONE in client.get(comes_back_to(refused)).content.decode()
    text = told(cast.rina, "/crew/new/", new_kader(cast, phone="0812-3456 7890"))
    tini = User.objects.get(username="tini")
    assert "Akun Tini sudah dibuka" in text and f"/tablets/new/?kader={tini.pk}" in text
    assert tini.role == "kader" and not tini.has_usable_password()
    assert tini.phone == "+6281234567890"
    offered = told(cast.rina, f"/tablets/new/?kader={tini.pk}")
    assert f'<option value="{tini.pk}" selected>' in offered


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"username": "SITI"}, "username-wrong"),
        ({"username": "a b"}, "username-wrong"),
        ({"full_name": " "}, "full_name-wrong"),
        ({"phone": "0812"}, "phone-wrong"),
        ({"phone": "0812abc"}, "phone-wrong"),
        ({"office": "x"}, "office-wrong"),
        ({"office": "foreign"}, "office-wrong"),
        ({"full_name": "<b>\0"}, "full_name-wrong"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    cast: Cast, changes: dict[str, str], says: str
) -> None:
    if changes.get("office") == "foreign":
        changes = {"office": str(cast.other_branch.pk)}
    before = User.objects.count()
    text = told(cast.rina, "/crew/new/", new_kader(cast, **changes))
    assert f'id="{says}"' in text and "<b>" not in text
    assert User.objects.count() == before


def test_an_account_is_closed_and_opened_again_with_who_and_why(cast: Cast) -> None:
    address = f"/crew/{cast.siti.pk}/"
    text = told(cast.rina, address, {"is_active": "false", "reason": "pindah <kota>"})
    assert "sudah ditutup" in text and "pindah &lt;kota&gt;" in text and "Rina" in text
    assert signed_in(cast.siti).get("/account/").status_code == 302
    text = told(cast.rina, address, {"is_active": "true", "reason": "kembali"})
    assert "dibuka kembali" in text and AccountChange.objects.count() == 2
    for wrong in ({"is_active": "false"}, {"phone": "0", "reason": "salah"}, {}):
        assert "tuliskan alasannya" in told(cast.rina, address, wrong)
    text = told(cast.rina, address, {"phone": "62 813-1111-2222", "reason": "ganti nomor"})
    assert "+6281311112222" in text
    text = told(cast.rina, address, {"full_name": "Siti R.", "phone": "", "reason": "menikah"})
    assert "Siti R." in text and "menikah" in text


def test_coordinators_change_kader_alone_and_nobody_themselves(cast: Cast) -> None:
    close = {"is_active": "false", "reason": "mencoba"}
    for actor, whom in ((cast.rina, cast.agus), (cast.rina, cast.rina), (cast.andi, cast.andi)):
        assert "sudah ditutup" not in told(actor, f"/crew/{whom.pk}/", close)
        assert "Tutup akun" not in told(actor, f"/crew/{whom.pk}/")
    assert User.objects.filter(is_active=False).count() == 0
    assert "sudah ditutup" in told(cast.andi, f"/crew/{cast.agus.pk}/", close)
    for foreign in (cast.outsider_kader.pk, 2**70):
        assert signed_in(cast.rina).get(f"/crew/{foreign}/").status_code == 404


def test_numbers_of_statements_do_not_grow_with_the_accounts(
    cast: Cast, count_queries: Counting
) -> None:
    client = signed_in(cast.rina)
    for name, address in (("list", "/crew/"), ("one", f"/crew/{cast.siti.pk}/")):
        with count_queries(f"GET crew/ page: {name}"):
            client.get(address)
