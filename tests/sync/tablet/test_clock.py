"""A tablet's clock that is wrong, set back, or put right: told, and no record the worse for it."""

import pytest
from playwright.sync_api import expect

from tests.cast import Cast
from tests.sync.tablet.conftest import AT_HOME, CLOCK, PIN, Code, Hand, Take, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PUT_RIGHT_BESIDE = """async () => {
  const clock = await import('/tablet/clock.js');
  const { skew_ms, heard } = clock.known();
  const hour = 3600_000;
  clock.learn(0, Date.now() - 5 * hour);
  const [at, on] = [clock.stamp(), clock.basis()];
  // As it was; 3 hours ahead all the time; about right; set since, or it would lie too early.
  const found = [0, 3, -0.01, 6].map((hours) => {
    clock.learn(hours * hour);
    return Math.round(clock.beside(at, on) / hour);
  });
  clock.learn(skew_ms, heard);
  return found;
}"""
WITHOUT_NOTICE = """async () => {
  const { faults } = await import('/tablet/checking.js');
  const found = faults({ consent: { notice_version: '' } });
  return found.some(([name, why]) => name === 'consent' && why === 'notice_needed');
}"""
SET_BACK_THEN_RIGHT = """async () => {
  const clock = await import('/tablet/clock.js');
  const { skew_ms, heard } = clock.known();
  const days = 24 * 3600_000;
  clock.learn(0, Date.now());
  globalThis.aheadMs = -10 * days;
  const guessed = Math.round(-clock.applied() / days);
  globalThis.aheadMs = 0;
  const found = [guessed, clock.applied(), clock.isWrong()];
  clock.learn(skew_ms, heard);
  return found;
}"""
IN_DOUBT = """async () => {
  const { app } = await import('/tablet/main.js');
  const { rows } = await import('/tablet/records.js');
  return (await rows(app.session.account)).filter((row) => row.timed).length;
}"""
SYNCED_BY_A_RIGHT_CLOCK = """async () => {
  const { app } = await import('/tablet/main.js');
  const { forgetOld } = await import('/tablet/records.js');
  const was = globalThis.aheadMs;
  globalThis.aheadMs = 0;
  await forgetOld(app.session, new Set());
  globalThis.aheadMs = was;
}"""
MS_OF_2020 = 1_577_836_800_000


def test_a_wrong_clock_is_told_and_put_right(field: Cast, code: Code, take: Take) -> None:
    hand = take()
    hand.page.add_init_script(CLOCK % (3 * 3600_000))
    hand.enrol(code()[1])
    hand.synced()
    expect(hand.page.locator("#notice-clock")).to_contain_text("3 jam")
    hand.register("9901014503840002", "Siti Aminah Harahap", "1984-03-05")
    hand.synced()
    [stored] = field.siti.registrations.all()
    assert abs((stored.captured_at - stored.received_at).total_seconds()) < 300
    assert not stored.flags.filter(code="clock_skew").exists()

    # Somebody sets the clock right without signal: what was to be put right is right now.
    hand.goes_offline()
    hand.page.evaluate("globalThis.aheadMs = 0")
    hand.register("9901010404930006", "Togar Simanjuntak", "1993-04-04", "Laki-laki")
    expect(hand.page.locator("#notice-clock")).to_have_count(0)
    assert hand.page.evaluate(IN_DOUBT) == 1
    hand.goes_offline(gone=False)
    hand.synced()
    # The server found the clock right: no clock that is wrong later moves that time.
    assert hand.page.evaluate(IN_DOUBT) == 0
    stored = field.siti.registrations.get(full_name="Togar Simanjuntak")
    assert abs((stored.captured_at - stored.received_at).total_seconds()) < 300

    a_clock_set_back_without_signal_is_told_and_the_day_is_kept(hand, field)
    a_draft_of_a_wrong_clock_is_put_right_when_it_is_finished(hand, field)


def a_clock_set_back_without_signal_is_told_and_the_day_is_kept(hand: Hand, field: Cast) -> None:
    hand.goes_offline()
    hand.page.evaluate("(ms) => { globalThis.aheadMs = ms - Date.now(); }", MS_OF_2020)
    hand.page.get_by_role("button", name="Kunci").click()
    expect(hand.page.locator("#notice-clock")).to_contain_text("mundur")
    hand.page.locator("input[type=password]").fill(PIN)
    hand.page.get_by_role("button", name="Buka").click()
    until(hand.page, AT_HOME)
    expect(hand.page.locator("#notice-clock")).to_contain_text("mundur")
    hand.page.click("#register")
    expect(hand.page.locator(".notice-text")).to_contain_text("Data Anda")
    # The form that is open stays, although by the right clock it has been blank for years.
    hand.page.evaluate(SYNCED_BY_A_RIGHT_CLOCK)
    hand.fill("9901015207900004", "Rina Wulandari", "1990-07-12", "Perempuan")
    hand.page.check("#f-consent-ticked")
    hand.page.check("#f-working_declaration")
    hand.page.get_by_role("button", name="Selesai").click()
    until(hand.page, AT_HOME)
    hand.goes_offline(gone=False)
    hand.synced()
    stored = field.siti.registrations.get(full_name="Rina Wulandari")
    assert abs((stored.corrected_at - stored.received_at).total_seconds()) < 300
    assert stored.consent_notice == "2026-01"
    found = set(stored.flags.values_list("code", flat=True))
    assert not found & {"kader_off_team", "outside_campaign_time"}
    # By how much it is off is known now.
    expect(hand.page.locator("#notice-clock")).to_contain_text("selisih")
    hand.page.evaluate("globalThis.aheadMs = 0")
    hand.sync()
    assert hand.page.evaluate(PUT_RIGHT_BESIDE) == [0, 0, 0, 6]
    assert hand.page.evaluate(SET_BACK_THEN_RIGHT) == [10, 0, False]
    assert hand.page.evaluate(WITHOUT_NOTICE)


def a_draft_of_a_wrong_clock_is_put_right_when_it_is_finished(hand: Hand, field: Cast) -> None:
    page = hand.page
    hand.goes_offline()
    page.evaluate("globalThis.aheadMs = 365 * 24 * 3600_000")
    page.click("#register")
    hand.fill("9901011208910005", "Hasan Nasution", "1991-08-12", "Laki-laki")
    page.check("#f-consent-ticked")
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    hand.goes_offline(gone=False)
    expect(page.locator("#notice-clock")).to_contain_text("365 hari")
    page.click(".state.draft")
    page.get_by_role("link", name="Hasan Nasution").click()
    page.check("#f-working_declaration")
    page.get_by_role("button", name="Selesai").click()
    until(page, AT_HOME)
    hand.synced()
    stored = field.siti.registrations.get(full_name="Hasan Nasution")
    for at in (stored.captured_at, stored.consent_at):
        assert abs((at - stored.received_at).total_seconds()) < 300
    assert not stored.flags.filter(code="clock_skew").exists()
