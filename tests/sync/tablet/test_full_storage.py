"""A tablet without room: what is kept, what is said, and how it goes on."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from outreach.models import Photo, Registration
from tests.cast import Cast
from tests.sync.tablet.conftest import AT_HOME, FIRST, Code, Take, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUOTA = 8 * 1024 * 1024
WITH_PHOTO = 16
SIDE = 380
"""Of noise: some 170 kB as a JPEG, as photos are."""

IS_RESERVED = "await import('/tablet/database.js').then((one) => one.reserve())"
FILLED_UP = """async ([name, isAlone]) => {
  const { setting } = await import('/tablet/database.js');
  const opened = await new Promise((resolve) => {
    const asked = indexedDB.open('jemput-bola-tablet');
    asked.onsuccess = () => resolve(asked.result);
  });
  const put = (act) => new Promise((resolve) => {
    const change = opened.transaction('settings', 'readwrite');
    act(change.objectStore('settings'));
    change.oncomplete = () => resolve(true);
    change.onabort = () => resolve(false);
  });
  let number = 0;
  // What failed may leave room of its own: until nothing fits any more.
  for (let isMore = true; isMore;) {
    isMore = false;
    if (isAlone) await put((settings) => settings.delete('reserve'));
    // Smaller than what the browser stores in files of its own.
    for (let size = 60_000; size >= 512;) {
      const value = crypto.getRandomValues(new Uint8Array(size));
      number += 1;
      const fits = await put((settings) => settings.put({ name: `${name}-${number}`, value }));
      if (fits) isMore = true;
      else size >>= 2;
    }
    isMore ||= isAlone && !!await setting('reserve', null);
  }
  opened.close();
}"""
DELETED = """(name) => import('/tablet/database.js').then(({ change }) => change(
  ['settings'], ({ settings }) => void settings.delete(IDBKeyRange.bound(name, `${name}~`))))"""


def test_a_full_tablet_keeps_its_records_sends_them_and_goes_on(
    field: Cast,
    code: Code,
    take: Take,
    photo_folder: Path,
    tmp_path: Path,
) -> None:
    hand = take()
    page = hand.page
    devtools = hand.context.new_cdp_session(page)
    quota = {"origin": hand.address, "quotaSize": QUOTA}
    devtools.send("Storage.overrideQuotaForOrigin", quota)
    photo = tmp_path / "kios.png"
    Image.effect_noise((SIDE, SIDE), 90).save(photo)
    hand.enrol(code()[1])
    hand.synced()
    until(page, IS_RESERVED)
    hand.goes_offline()
    hand.register_in_the_background(WITH_PHOTO, SIDE)

    page.evaluate(FILLED_UP, ["file", False])
    page.click("#register")
    expect(page.locator("#notice-storage")).to_contain_text("Catatan masih tersimpan")
    page.set_input_files("#f-photo_workplace", photo)
    expect(page.locator("#note-photo_workplace")).to_contain_text("boleh diselesaikan tanpa foto")
    hand.fill(*FIRST)
    page.check("#f-consent-ticked")
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(page, AT_HOME)

    # Nothing at all is left: what is typed is not kept, which is said, and nothing is sent so.
    page.evaluate(FILLED_UP, ["film", True])
    page.click(".state.draft")
    page.click(".records a")
    page.check("#f-working_declaration")
    expect(page.locator("#notice-storage")).to_contain_text("tidak tersimpan")
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#f-full_name")).to_have_value(FIRST[1])

    page.evaluate(DELETED, "film")
    page.get_by_role("button", name="Selesai").click()
    until(page, AT_HOME)
    expect(page.locator("#outbox")).to_contain_text(f"{WITH_PHOTO + 1} belum terkirim")

    hand.goes_offline(gone=False)
    hand.sync()
    assert Registration.objects.count() == WITH_PHOTO + 1
    assert Registration.objects.get(full_name=FIRST[1]).photos == []
    assert Photo.objects.filter(is_declared=True).count() == WITH_PHOTO
    expect(page.locator("#notice-storage")).to_have_count(0)
    page.click("#register")
    page.set_input_files("#f-photo_workplace", photo)
    expect(page.locator("#f-photo_workplace ~ .shown img")).to_be_visible()
