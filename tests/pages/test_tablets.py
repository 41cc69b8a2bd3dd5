"""The pages about tablets without a browser: who gets them, what they say and what they do."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from outreach.models import User
from sync.devices import create, enrol
from sync.models import ClientRule, Device, DeviceChange, DeviceReport, EnrolmentCode
from tests.cast import Cast, tablet
from tests.counting import Counting

IS_GONE = "belum disimpan sudah hilang"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "backend.accounts.AccountBackend")
    return client


def told(user: User, address: str, data: Any = None, status: int = 200) -> str:
    """The page at an address, or what comes of posting to it."""
    client = signed_in(user)
    answer = client.get(address) if data is None else client.post(address, data, follow=True)
    assert answer.status_code == status
    return answer.content.decode()


def comes_back_to(refused: Any) -> str:
    """The address that the page of a refused form leaves in the browser."""
    [address] = re.findall(r'<meta name="address" content="([^"]+)">', refused.content.decode())
    return unescape(address)


def reported(device: Device, registrations: int, **changes: Any) -> None:
    now = timezone.now()
    device.last_report = DeviceReport.objects.create(
        **{
            "device": device,
            "received_at": now,
            "clock_skew_s": 0,
            "unsynced_registrations": registrations,
            "unsynced_photos": 2,
            "oldest_unsynced_at": now - timedelta(days=2),
        }
        | changes
    )
    device.save()


def test_the_list_says_of_each_tablet_what_is_worth_a_look(cast: Cast) -> None:
    now = timezone.now()
    reported(cast.tablet, 7, storage_free_bytes=1000, storage_persistent=False)
    Device.objects.filter(pk=cast.tablet.pk).update(clock_skew_s=-900, app_version="1.1")
    old = tablet(cast.budi, cast.rina)
    Device.objects.filter(pk=old.pk).update(enrolled_at=now - timedelta(days=9))
    ClientRule.objects.create(
        client="tablet", soft_minimum="1.2", soft_since=now, changed_by=cast.andi, changed_at=now
    )
    create(cast.siti, "<b>Baru</b>", cast.rina, now - timedelta(days=2))
    create(cast.outsider_kader, "Punya Hilir", cast.outsider_coordinator, now)
    text = told(cast.rina, "/tablets/")
    assert "7 pendaftaran" in text and "2 foto" in text and "WIB" in text
    for mark in ("Jam meleset", "hampir penuh", "dapat menghapus", "segera kedaluwarsa"):
        assert text.count(mark) >= 1, mark
    one = told(cast.rina, f"/tablets/{cast.tablet.pk}/")
    assert re.search("900 dtk <small[^>]*>lebih lambat dari server", one) and "-900" not in one
    assert "Berhari-hari tanpa kabar" in text and "Kode pendaftaran kedaluwarsa" in text
    assert "&lt;b&gt;Baru" in text and "<b>Baru" not in text and "Punya Hilir" not in text
    shown = {
        "unsynced": {"Tablet siti"},
        "silent": {"Tablet budi"},
        "clock": {"Tablet siti"},
        "waiting": {"&lt;b&gt;Baru"},
        "handing_over": set(),
    }
    for look, labels in shown.items():
        text = told(cast.rina, f"/tablets/?look={look}")
        everything = ("Tablet siti", "Tablet budi", "&lt;b&gt;Baru")
        assert {label for label in everything if label in text} == labels, look
    assert "Tidak ada tablet yang cocok" in told(cast.rina, "/tablets/?q=%00%25&state=revoked")
    for address in ("/tablets/?q=BUDI", "/tablets/?state=none&cursor=x&look=y"):
        assert "Tablet budi" in told(cast.rina, address)


def test_a_long_list_goes_on_with_its_filters(cast: Cast) -> None:
    for _ in range(55):
        tablet(cast.budi, cast.rina)
    answer = signed_in(cast.rina).get("/tablets/?q=budi&state=active")
    assert len(answer.context["tablets"]) == 50
    rest = signed_in(cast.rina).get(f"/tablets/{answer.context['next']}")
    assert len(rest.context["tablets"]) == 5 and rest.context["next"] is None


def test_a_code_is_shown_once_and_sent_twice_makes_one_tablet(cast: Cast) -> None:
    client, number = signed_in(cast.rina), str(uuid4())
    form = {"id": number, "kader": cast.siti.pk, "label": "Tablet 9"}
    first, second = (client.post("/tablets/new/", form) for _ in range(2))
    assert Device.objects.filter(label="Tablet 9").count() == 1
    code = second.context["code"]
    assert code != first.context["code"] and code in second.content.decode()
    assert "no-store" in second["Cache-Control"]
    assert f"http://testserver/tablet/#{code}" in second.content.decode()
    assert code not in client.get(f"/tablets/{number}/").content.decode()
    assert code not in str(EnrolmentCode.objects.values_list())
    assert enrol(code, "android", "1.0", timezone.now()).device.kader == cast.siti
    assert "Didaftarkan" in client.get(f"/tablets/{number}/").content.decode()


def test_a_form_that_cannot_be_meant_is_shown_again(cast: Cast) -> None:
    foreign = {"id": str(uuid4()), "kader": cast.outsider_kader.pk, "label": "Tablet 9"}
    for changes in ({}, {"label": ""}, {"kader": "x"}, {"id": "x"}, {"label": "a" * 81}):
        text = told(cast.rina, "/tablets/new/", foreign | changes)
        assert "Pilih kader aktif" in text or "1 sampai 80" in text
    theirs = create(cast.outsider_kader, "Hilir", cast.outsider_coordinator, timezone.now())[0]
    form = {"id": str(theirs.pk), "kader": cast.siti.pk, "label": "Tablet 9"}
    assert signed_in(cast.rina).post("/tablets/new/", form).status_code == 404
    assert not Device.objects.filter(label="Tablet 9").exists()


def test_a_tablet_is_drained_and_let_work_again_with_who_and_why(cast: Cast) -> None:
    address = f"/tablets/{cast.tablet.pk}/state/"
    drain = {"state": "drain_only", "seen": "active", "reason": "layar pecah <i>"}
    text = told(cast.rina, address, drain)
    assert "kini hanya mengirim" in text and "layar pecah &lt;i&gt;" in text
    assert "Rina Wulandari" in text
    text = told(cast.regional_coordinator, address, drain)
    assert "status tablet sudah berubah" in text and "layar pecah" in text
    again = {"state": "active", "seen": "drain_only", "reason": "layar diganti"}
    assert "aktif kembali" in told(cast.rina, address, again)
    assert DeviceChange.objects.filter(device=cast.tablet).count() == 2
    assert "tuliskan alasannya" in told(cast.rina, address, again | {"reason": " "})
    for garbage in ({}, {"state": "x"}, {"state": "active", "reason": "\0\0\0"}):
        assert "Tidak ada yang diubah" in told(cast.rina, address, garbage)


@pytest.mark.parametrize(("hand_over", "is_open"), [("yes", True), ("no", False)])
def test_revoking_says_first_what_may_be_lost(cast: Cast, hand_over: str, is_open: bool) -> None:
    reported(cast.tablet, 7)
    text = told(cast.rina, f"/tablets/{cast.tablet.pk}/revoke/")
    assert "7 pendaftaran yang belum terkirim" in text and "90 hari" in text
    revoke = {"state": "revoked", "seen": "active", "reason": "dicuri", "hand_over": hand_over}
    text = told(cast.rina, f"/tablets/{cast.tablet.pk}/state/", revoke)
    assert ("data yang tersimpan diserahkan" in text) is is_open
    device = Device.objects.get(pk=cast.tablet.pk)
    assert device.state == "revoked" and (device.hand_over_until is not None) is is_open
    assert ("menyerahkan data yang masih tersimpan." in text) is is_open
    assert "Buat kode baru" not in text and "sebagai tablet baru" in text
    assert ("Buat kode untuk menyerahkan data" in text) is is_open
    again = signed_in(cast.rina).get(f"/tablets/{cast.tablet.pk}/revoke/", follow=True)
    assert ("Cabut selamanya" in again.content.decode()) is is_open


def test_a_tablet_gets_another_name_and_code(cast: Cast) -> None:
    address = f"/tablets/{cast.tablet.pk}/"
    assert "Tablet Merah" in told(cast.rina, f"{address}label/", {"label": "Tablet Merah"})
    assert "1 sampai 80" in told(cast.rina, f"{address}label/", {"label": ""})
    assert 'class="code"' in told(cast.rina, f"{address}code/", {})
    Device.objects.filter(pk=cast.tablet.pk).update(state="revoked")
    assert "Tablet yang dicabut tidak mendapat kode baru" in told(cast.rina, f"{address}code/", {})


def test_numbers_of_statements_do_not_grow_with_the_tablets(
    cast: Cast, count_queries: Counting
) -> None:
    client = signed_in(cast.rina)
    for name, address in (("list", "/tablets/"), ("one", f"/tablets/{cast.tablet.pk}/")):
        for _ in range(3):
            reported(tablet(cast.budi, cast.rina), 3)
        client.get(address)
        with count_queries(f"GET tablets/ page: {name}"):
            client.get(address)
