"""Pictures of every screen, light and dark, desktop and phone: ``make screenshots`` writes ``docs/screens/*.png``.

The app is real, the model is the scripted one, so that the same pictures come again.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser import App, begin, fresh_page, open_browser, open_tab
from tests.scripted import ScriptedServer

FOLDER = Path(__file__).parent.parent / "docs" / "screens"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
NOTHING = '{"acts": []}'
TALK = (
    (
        "You booked Dana for six o'clock three weeks ago and we sold it twice. That is our mistake, and I am sorry.",
        {"That is our mistake, and I am sorry": "owned_apology"},
        "Sorry's easy. Do you know what I had to do to be standing here at six?",
    ),
    (
        "Anyone would be furious after driving across town for this. What did you have to drop to get here tonight?",
        {
            "Anyone would be furious after driving across town": "acknowledges_feeling",
            "What did you have to drop to get here tonight?": "open_question",
        },
        "I sent my crew home at three. Half a day's work, gone, for a slot you never had.",
    ),
    (
        "You sent your crew home at three, and that is half a day gone. What were you working towards with Dana?",
        {
            "You sent your crew home at three, and that is half a day gone": "paraphrase",
            "What were you working towards with Dana?": "open_question",
        },
        "Ben Nevis, in three weeks, for the hospice that looked after my brother. I'm behind as it is.",
    ),
)
OFFER = (
    "For your brother's hospice, and we cost you the hour. I can book you with Dana on Thursday at six, and I will "
    "ring you tomorrow by noon to confirm it.",
    {
        "I can book you with Dana on Thursday at six": "concrete_remedy",
        "I will ring you tomorrow by noon": "follow_up",
    },
    "Thursday at six, then. And it's you who rings, not some machine.",
)
COMPLAINT = "You double-booked my session with Dana! I closed my site early for this. I want my money back."
DRAFT = {
    "outcome": "reply",
    "parts": [
        {
            "purpose": "acknowledge",
            "quotes": [],
            "text": "You closed your site early, and we had sold your hour twice.",
        },
        {
            "purpose": "offer",
            "quotes": [
                {
                    "passage": "gym-bookings#sessions-we-cancel-or-double-book",
                    "words": "rebook the member with priority within 7 days",
                }
            ],
            "text": "I can rebook you with priority within 7 days.",
        },
        {"purpose": "offer", "quotes": [], "text": "I can also refund £500."},
    ],
}


def main() -> None:
    """Take them all; those of before are replaced."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    server = ScriptedServer(always=NOTHING)
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        app = App(Path(folder) / "app", OPENAI_BASE_URL=server.url, OPENAI_MODEL="scripted", EVEN_KEEL_RETRIES="0")
        try:
            for page, kind in _pages(browser, app):
                _take(page, "first-visit", kind)
            for page, kind in _pages(browser, app):
                _journey(page, kind, server, app.address)
        finally:
            app.stop()
            server.stop()
    total = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {total / 1e6:.1f} MB, in {FOLDER}", file=sys.stderr)


def _pages(browser: Browser, app: App) -> Iterator[tuple[Page, str]]:
    """A fresh page in the lobby for every look, and the look's name."""
    for (size, (width, height)), theme in product(SIZES.items(), ("light", "dark")):
        with fresh_page(browser, width, height, dark=theme == "dark") as page:
            page.goto(app.address)
            expect(page.locator("#start-practice")).to_be_visible()
            yield page, f"{theme}-{size}"


def _journey(page: Page, kind: str, server: ScriptedServer, address: str) -> None:
    begin(page)
    for turn in TALK:
        _say(page, server, *turn)
    page.locator("#hint").click()
    expect(page.locator("#coach")).to_contain_text("What they need now")
    page.evaluate("scrollTo(0, 0)")
    _take(page, "practice", kind)
    _say(page, server, *OFFER)
    if page.locator("#finish").is_visible():
        page.locator("#finish").click()
    expect(page.locator("#ending")).to_be_visible()
    _take(page, "ending", kind)
    page.locator("#see-card").click()
    _take(page, "scorecard", kind)
    page.locator("#another").click()
    expect(page.locator("#scenarios")).to_contain_text("last score")
    page.evaluate("scrollTo(0, 0)")
    _take(page, "lobby", kind)
    page.locator("[data-keys]").click()
    _take(page, "keys", kind)
    page.keyboard.press("Escape")
    open_tab(page, "Reply desk")
    page.locator("#message textarea").fill(COMPLAINT)
    page.get_by_label("gym").check(timeout=90_000)  # once the guides are indexed
    server.say(json.dumps(DRAFT), json.dumps(DRAFT))
    page.get_by_role("button", name="Draft a reply").click()
    expect(page.locator("#draft-shown")).to_contain_text("is blocked", timeout=60_000)
    _take(page, "reply-desk", kind)
    open_tab(page, "Library")
    query = page.locator("#library-query").get_by_role("textbox")
    query.fill("they sold my slot twice")
    query.press("Enter")
    expect(page.locator("#library-shown")).to_contain_text("double-book", timeout=60_000)
    _take(page, "library", kind)
    page.get_by_role("button", name="Validation", exact=True).click()
    expect(page.locator("#library-shown h3")).to_have_text("Validation")
    _take(page, "reading", kind)
    open_tab(page, "Scenarios")
    page.locator("#scenario-names label").first.click()
    expect(page.locator("#scenario-review")).to_contain_text("Nothing to mend", timeout=60_000)
    _take(page, "scenarios", kind)
    open_tab(page, "Labels")
    expect(page.locator("#label-item .ek-judged")).to_be_visible(timeout=60_000)
    _take(page, "labels", kind)
    open_tab(page, "Progress")
    expect(page.locator("#progress")).to_contain_text("Your skills")
    _take(page, "progress", kind)
    page.goto(f"{address}/sign-in")
    _take(page, "sign-in", kind)


def _say(page: Page, server: ScriptedServer, line: str, acts: dict[str, str], answer: str) -> None:
    server.say(json.dumps({"acts": [{"quote": quote, "act": act} for quote, act in acts.items()]}), answer)
    page.locator("#said textarea").fill(line)
    page.locator("#said textarea").press("Enter")
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#known")).to_contain_text(line[-20:], use_inner_text=False)
    page.wait_for_timeout(2500)  # the answer, and the scorecard if it was the last


def _take(page: Page, screen: str, kind: str) -> None:
    """One picture of what is in view, in 256 colours."""
    page.wait_for_timeout(700)  # until meters have moved and colours faded
    path = FOLDER / f"{screen}-{kind}.png"
    page.screenshot(path=path)
    with Image.open(path) as taken:
        taken.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
