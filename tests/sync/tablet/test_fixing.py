"""What came back: opened at the field, with the coordinator's words; conflicts show both sides."""

import struct
import zlib
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Locator, expect

from outreach.models import Decision, Photo, Registration
from outreach.reviewing import decide
from sync.models import HeldRecord
from tests.cast import Cast, client_of
from tests.pages.accessible import faults
from tests.records import record
from tests.sync.tablet.conftest import (
    AT_HOME,
    FIRST,
    SECOND,
    SMALL,
    Code,
    Hand,
    Take,
    until,
)
from tests.sync.test_photo_reuse import work
from tests.tablet import Tablet, tablet_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FORGET_THE_CHECKS = """async () => {
  const { app } = await import('/tablet/main.js');
  const records = await import('/tablet/records.js');
  const [row] = await records.rows(app.session.account);
  const { content } = await records.entry(app.session, row.id);
  await records.save(app.session, row.id, { ...content.wire, birth_date: '1984-13-05' });
  await records.finish(app.session, row.id);
}"""

DEVELOPS_ONCE_LEFT = """() => {
  const made = createImageBitmap;
  const leaves = (event) => { globalThis.isLeft ||= !!event.target.closest('.bar'); };
  document.addEventListener('click', leaves, { capture: true });
  globalThis.createImageBitmap = async (file) => {
    while (!globalThis.isLeft) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 500));
    return made(file);
  };
}"""
EIGHT_DAYS_LATER = """async () => {
  const { change, answer } = await import('/tablet/database.js');
  await change(['records'], async ({ records }) => {
    const [row] = await answer(records.getAll());
    records.put({ ...row, answered_at: row.answered_at - 8 * 24 * 3600_000 });
  });
}"""


def open_only_record(hand: Hand) -> None:
    hand.page.get_by_role("link", name="Catatan saya").click()
    hand.page.click(".records a")


def test_what_was_held_or_is_to_be_corrected_is_put_right_at_its_field(
    field: Cast, hand: Hand
) -> None:
    hand.goes_offline()
    hand.register(*FIRST)
    hand.page.evaluate(FORGET_THE_CHECKS)
    hand.goes_offline(gone=False)
    hand.sync()
    assert HeldRecord.objects.count() == 1
    hand.page.click(".state.fix")
    hand.page.click(".records a")
    expect(hand.page.locator(".said")).to_contain_text("1984-03-05")
    assert faults(hand.page) == []
    hand.page.get_by_role("button", name="Perbaiki sekarang").click()
    expect(hand.page.locator("#wrong-birth_date")).to_contain_text("1984-03-05")
    expect(hand.page.locator("#f-birth_date")).to_be_focused()
    assert faults(hand.page) == []
    the_bar_fits_on_a_phone(hand)
    hand.page.fill("#f-birth_date", "1984-03-05")
    expect(hand.page.locator("#wrong-birth_date")).to_have_text("")
    expect(hand.page.locator("#f-birth_date")).to_have_attribute("aria-invalid", "false")
    hand.page.get_by_role("button", name="Selesai").click()
    hand.synced()
    assert Registration.objects.get().full_name == FIRST[1]
    accepted = hand.page.locator("section", has=hand.page.locator(".state.accepted"))
    expect(accepted).to_contain_text("1 Diterima")
    expect(accepted.locator("h2")).to_have_text("Semua catatan")

    # Then a correction is asked for of what was forgotten by then.
    hand.page.evaluate(EIGHT_DAYS_LATER)
    hand.sync()
    open_only_record(hand)
    expect(hand.page.locator("main")).to_contain_text("Tidak ada isi lagi di tablet")
    hand.page.goto(f"{hand.address}/tablet/#/day")
    stored = Registration.objects.get()
    kind = Decision.Kind.REQUEST_CORRECTION
    decide(kind, [stored.pk], field.rina, "Alamat belum ada", timezone.now())
    hand.sync()
    hand.page.click(".state.fix")
    hand.page.click(".records a")
    expect(hand.page.locator(".call")).to_contain_text("Alamat belum ada")
    hand.page.get_by_role("button", name="Perbaiki sekarang").click()
    expect(hand.page.locator("#f-address")).to_be_visible()
    expect(hand.page.locator(".call")).to_contain_text("Alamat belum ada")
    hand.page.fill("#f-address", "Jl. Mesjid 4")
    hand.page.get_by_role("button", name="Selesai").click()
    hand.synced()
    stored.refresh_from_db()
    assert (stored.address, stored.revision) == ("Jl. Mesjid 4", 2)
    expect(hand.page.locator(".state.fix")).to_have_count(0)
    what_another_tablet_sent_is_put_right_here(field, hand)


def what_another_tablet_sent_is_put_right_here(field: Cast, hand: Hand) -> None:
    """By a program that takes a NIK for a number, and has lists of its own."""
    page = hand.page
    nik, full_name, born, _ = SECOND
    odd = record(
        field.market.pk,
        "99.01.01.2002",
        nik=int(nik),
        full_name=full_name,
        birth_date="1993-13-04",
        sex="male",
        programmes="JKK, JKM",
        photos=[
            {"kind": "workplace", "sha256": "ab" * 32, "size": 9, "media_type": "image/jpeg"},
            7,
        ],
        captured_at="2026-11-20 08:00",
        work_village="x",
        location={"lat": 999, "lon": 98.7, "accuracy_m": 14},
        consent="ya",
    )
    assert tablet_of(field.siti).result(odd)["outcome"] == "rejected"
    hand.sync()
    page.click(".state.fix")
    page.get_by_role("link", name=full_name).click()
    expect(page.locator("dl")).to_contain_text(nik)
    page.get_by_role("button", name="Perbaiki sekarang").click()
    expect(page.locator("#wrong-birth_date")).not_to_have_text("")
    expect(page.locator("#f-nik")).to_have_value(nik)
    expect(page.locator("#f-photo_workplace ~ .shown")).to_contain_text("ada di tablet tempat")
    page.fill("#f-birth_date", born)
    for programme in ("JKK", "JKM"):
        page.get_by_label(f"{programme} –").check()
    page.select_option("#f-location_missing_reason", index=1)
    page.check("#f-consent-ticked")
    page.get_by_role("button", name="Selesai").click()
    hand.synced()
    stored = Registration.objects.get(full_name=full_name)
    assert (str(stored.pk), stored.programmes) == (odd["id"], ["JKK", "JKM"])
    expect(page.locator(".state.fix")).to_have_count(0)


def the_bar_fits_on_a_phone(hand: Hand) -> None:
    hand.page.set_viewport_size({"width": 360, "height": 740})
    expect(hand.page.get_by_role("button", name="Batalkan perubahan")).to_be_visible()
    assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar = hand.page.locator(".bar").bounding_box()
    assert bar and bar["height"] < 90 and bar["y"] + bar["height"] <= 740
    hand.page.set_viewport_size(SMALL)


def test_a_conflict_shows_both_and_either_can_be_taken(field: Cast, code: Code, take: Take) -> None:
    hand = take()
    page = hand.page
    hand.enrol(code()[1])
    elsewhere: Tablet = tablet_of(field.siti)
    for worker in (FIRST, SECOND):
        hand.register(*worker)
    hand.synced()
    hand.goes_offline()
    for nik, full_name, born, _ in (FIRST, SECOND):
        page.get_by_role("link", name="Catatan saya").click()
        page.get_by_role("link", name=full_name).click()
        said = page.locator("dl")
        for words in (field.market.name, "Sumber Rejo", "Sendiri", "JKK, JKM", "1 bulan", born[:4]):
            expect(said).to_contain_text(words)
        expect(said).not_to_contain_text(born)
        page.get_by_role("button", name="Ubah").click()
        page.fill("#f-address", "Jl. Sini 1")
        page.get_by_role("button", name="Selesai").click()
        until(page, AT_HOME)
        stored = Registration.objects.get(full_name=full_name)
        copy = record(
            field.market.pk,
            "99.01.01.2002",
            id=str(stored.pk),
            base_revision=1,
            nik=nik,
            full_name=full_name,
            birth_date=born,
            sex=stored.sex,
            address="Jl. Sana 2",
            monthly_income=1_500_000,
            captured_at=stored.captured_at.isoformat(),
        )
        assert elsewhere.result(copy)["revision"] == 2
    hand.goes_offline(gone=False)
    hand.sync()
    for worker, button in ((FIRST, "di tablet ini"), (SECOND, "di server")):
        page.click(".state.fix")
        page.get_by_role("link", name=worker[1]).click()
        both = page.locator(".call tr", has_text="Alamat")
        expect(both).to_contain_text("Jl. Sini 1")
        expect(both).to_contain_text("Jl. Sana 2")
        all_said = page.locator(".call").inner_text()
        assert "Rp\u00a01.500.000" in all_said.replace("Rp ", "Rp\u00a0")
        for raw in ("_at", "_kind", "{", "self", "1500000", "99.01", "Nama lengkap", "Dicatat"):
            assert raw not in all_said
        assert faults(page) == []
        page.get_by_role("button", name=f"Pakai yang {button}").click()
        hand.synced()
    assert set(Registration.objects.values_list("full_name", "address")) == {
        (FIRST[1], "Jl. Sini 1"),
        (SECOND[1], "Jl. Sana 2"),
    }
    hand.sync()
    expect(page.locator(".state.fix")).to_have_count(0)


def test_pictures_and_a_signature(hand: Hand, photo_folder: Path, tmp_path: Path) -> None:
    page = hand.page
    page.click("#register")
    empty, text = tmp_path / "kosong.jpg", tmp_path / "<img src=x onerror=alert(1)>.jpg"
    empty.write_bytes(b"")
    text.write_text("Bukan foto")
    for file in (empty, text):
        page.set_input_files("#f-photo_workplace", file)
        expect(page.locator("#note-photo_workplace")).to_contain_text("bukan foto")
    huge, good = tmp_path / "besar.png", tmp_path / "kios.jpg"
    huge.write_bytes(png_header(12_000, 12_000))
    page.set_input_files("#f-photo_workplace", huge)
    expect(page.locator("#note-photo_workplace")).not_to_have_text("")
    Image.effect_noise((800, 600), 60).resize((2400, 1800)).convert("RGB").save(good, quality=97)
    assert good.stat().st_size > 1_000_000
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(page, AT_HOME)
    expect(page.locator(".state.draft")).to_have_count(0)
    # Whoever leaves the form while a photo is made small finds it in the record.
    page.click("#register")
    page.evaluate(DEVELOPS_ONCE_LEFT)
    page.set_input_files("#f-photo_workplace", good)
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(page, AT_HOME)
    page.click(".state.draft")
    page.click(".records a")
    expect(page.locator("#f-photo_workplace ~ .shown img")).to_be_visible()
    page.locator(".signature canvas").scroll_into_view_if_needed()
    box = page.locator(".signature canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 40 + step * 20, box["y"] + 40 + step % 3 * 30)
    page.mouse.up()
    expect(page.locator(".signature [role=status]")).to_contain_text("✓")
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    page.click(".state.draft")
    page.click(".records a")
    hand.fill(*FIRST)
    page.check("#f-working_declaration")
    # Whoever finishes it meanwhile sends the record with it.
    person = tmp_path / "orang.jpg"
    Image.effect_noise((640, 480), 40).convert("RGB").save(person)
    page.evaluate("globalThis.isLeft = false")
    page.set_input_files("#f-photo_person", person)
    page.get_by_role("button", name="Selesai").click()
    hand.synced()
    stored = Registration.objects.get()
    assert stored.consent_method == "signed"
    assert {one["kind"] for one in stored.photos} == {"workplace", "consent", "person"}
    assert {(photo.kind, photo.state) for photo in Photo.objects.all()} == {
        ("workplace", "arrived"),
        ("consent", "arrived"),
        ("person", "arrived"),
    }
    assert all(size <= 300_000 for size in Photo.objects.values_list("size", flat=True))


def test_who_cannot_sign_says_so_once_there_is_leave_to_record(
    field: Cast, hand: Hand, photo_folder: Path
) -> None:
    page = hand.page
    page.click("#register")
    page.get_by_role("button", name="Selesai").click()
    wrong = {one: page.locator(f"#wrong-{one}") for one in ("consent", "domicile_village", "nik")}
    for line in wrong.values():
        expect(line).not_to_have_text("")
    page.fill("#f-domicile_village", "sumber rejo")
    page.get_by_role("button", name="Sumber Rejo").click()
    page.select_option("#f-nik_missing_reason", label="KTP tidak dibawa")
    for one in ("domicile_village", "nik"):
        expect(wrong[one]).to_have_text("")
        expect(page.locator(f"#f-{one}")).to_have_attribute("aria-invalid", "false")
    record_button = page.get_by_role("button", name="Rekam suara")
    record_button.click()
    expect(page.locator(".voice [role=status]")).to_contain_text("Mikrofon tidak ada")
    page.mouse.click(*middle(page.locator(".signature canvas")))
    expect(page.locator(".signature [role=status]")).to_contain_text("✓")
    expect(wrong["consent"]).to_have_text("")
    hand.context.grant_permissions(["geolocation", "microphone"])
    record_button.click()
    page.get_by_role("button", name="Berhenti").click()
    expect(page.locator(".voice [role=status]")).to_contain_text("✓")
    expect(page.locator(".voice audio")).to_be_visible()
    expect(page.locator(".signature [role=status]")).not_to_contain_text("✓")
    assert faults(page) == []
    assert page.evaluate(PROOFS_HERE) == ["audio/webm"]
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    page.click(".state.draft")
    page.click(".records a")
    expect(page.locator(".voice audio")).to_be_visible()
    hand.fill(*SECOND)
    expect(page.locator("#note-monthly_income")).to_contain_text("1.000.000")
    page.check("#f-working_declaration")
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#notice-saved")).to_contain_text(SECOND[1])
    hand.synced()
    spoken = Registration.objects.get()
    [proof] = spoken.photos
    assert spoken.consent_method == "recorded" and proof["media_type"] == "audio/webm"
    assert spoken.consent_proof_sha256 == proof["sha256"] and proof["size"] < 150_000
    work()
    assert Photo.objects.get(sha256=proof["sha256"]).media_type == "audio/webm"
    told = client_of(field.rina).get(f"/api/v1/registrations/{spoken.pk}/").json()["photos"]
    assert page.evaluate(PLAYS, told[0]["recording"]["address"]) > 0


def middle(place: Locator) -> tuple[float, float]:
    """Of something on the page, once it is in sight."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


PROOFS_HERE = """async () => {
  const { app } = await import('/tablet/main.js');
  const { photosOf } = await import('/tablet/photos.js');
  const here = await photosOf(app.session.account);
  return here.filter((one) => one.kind === 'consent').map((one) => one.media_type);
}"""
PLAYS = """(address) => new Promise((resolve, reject) => {
  const player = new Audio(address);
  player.onloadeddata = () => resolve(player.readyState);
  player.onerror = () => reject(new Error(player.error.message));
})"""


def png_header(width: int, height: int) -> bytes:
    """A picture that says it has so many pixels, and has none."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
