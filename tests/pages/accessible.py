"""What keeps people from using a page: WCAG 2.2 AA, as far as a program can see it."""

from pathlib import Path

from playwright.sync_api import Page

RULES = Path(__file__).with_suffix(".js").read_text()


def faults(page: Page) -> list[str]:
    """Each fault of the page as it stands now, as `rule: element`; none is how it has to be.

    Looked at are names of controls and links, texts for images, ids and what refers to them,
    headings, language, landmarks, tables, lists, `aria-*`, order and visibility of the focus, sizes
    of what is touched, and the contrast of text. What is folded or hidden is not: open it first.
    """
    # A page that another one is opened from has no style for a moment.
    page.wait_for_load_state()
    # As after a key, so that a focus set by a script is shown as one that came by Tab.
    page.keyboard.press("Shift")
    found: list[str] = page.evaluate(RULES)
    return found
