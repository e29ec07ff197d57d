"""The practice screen in a real browser: cards, keys, endings, phones, closed tabs and a server that restarts."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import ui
from tests.browser import App, begin, find_browser, fresh_page, open_tab
from tests.scripted import ScriptedServer, Step

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(240)]
NOTHING = '{"acts": []}'
SORRY = '{"acts": [{"quote": "I am sorry", "act": "owned_apology"}]}'
DRAFT = """{"outcome": "reply", "parts": [
  {"quotes": [{"passage": "gym-bookings#sessions-we-cancel-or-double-book",
    "words": "rebook the member with priority within 7 days"}],
   "purpose": "offer", "text": "I can rebook you with priority within 7 days."}]}"""
INSULT = '{"acts": [{"quote": "You are an idiot", "act": "insult"}]}'


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture(autouse=True)
def silent(server: ScriptedServer) -> None:
    server.steps.clear()


@pytest.fixture(scope="module")
def app(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    find_browser()
    folder: Path = tmp_path_factory.mktemp("practice")
    running = App(folder, OPENAI_BASE_URL=server.url, OPENAI_MODEL="scripted", EVEN_KEEL_RETRIES="0")
    yield running
    running.stop()


@pytest.fixture
def page(app: App, browser: Browser) -> Iterator[Page]:
    with fresh_page(browser) as fresh:
        fresh.goto(app.address)
        yield fresh


def say(page: Page, server: ScriptedServer, line: str, answer: str, acts: str = NOTHING) -> None:
    server.say(acts, answer)
    page.locator("#said textarea").fill(line)
    page.locator("#said textarea").press("Enter")
    expect(page.locator("#chat")).to_contain_text(answer)


def test_a_first_visit_is_one_button_and_who_has_practised_sees_the_cards(page: Page, server: ScriptedServer) -> None:
    expect(page.get_by_role("heading", name="Practise with an irate customer")).to_be_visible()
    expect(page.get_by_role("button", name="The double-booked session")).to_be_hidden()
    expect(page.get_by_label("gentle", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Start the practice").click()
    expect(page.locator("#said textarea")).to_be_focused()
    say(page, server, "You booked Dana for six.", "Yes, and where is my hour now?")
    say(page, server, "Let me look at that for you.", "Looking does not give me a session.")
    page.get_by_role("button", name="End and score").click()
    total = page.locator("#scorecard .ek-total b").inner_text()
    page.locator("#another").click()
    expect(page.get_by_role("heading", name="Practise next")).to_be_focused()
    expect(page.locator("#welcome")).to_contain_text("Why this one: it trains what you met least often")
    practised = page.locator(".ek-scenario", has_text="The double-booked session")
    expect(practised).to_contain_text(f"last score {total}")
    page.reload()
    expect(practised).to_be_visible()


def test_cards_are_filtered_and_one_is_chosen(page: Page) -> None:
    expect(page.locator("#start-practice")).to_be_visible()
    if (fold := page.get_by_text("Choose another customer")).is_visible():
        fold.click()
    cards = page.locator(".ek-scenario:visible")
    page.get_by_label("Channel").select_option("phone")
    expect(cards.first).to_contain_text("phone")
    phone = cards.count()
    page.get_by_label("Trains").select_option("limits with abuse")
    expect(page.locator("#scenarios output")).to_have_text(
        f"{cards.count()} customer{'' if cards.count() == 1 else 's'}"
    )
    assert 1 <= cards.count() < phone < 16
    page.get_by_label("Search").fill("submarine")
    expect(page.locator("#scenarios output")).to_have_text("0 customers")
    page.get_by_role("button", name="Show everybody").click()
    expect(cards).to_have_count(16)
    page.get_by_label("Search").fill("flight nuala")
    expect(cards).to_have_count(1)
    page.get_by_role("button", name="The flight that went off the board").press("Enter")
    expect(page.locator("#situation")).to_contain_text("Lisbon")
    expect(page.locator("#said textarea")).to_be_focused()


def test_a_whole_practice_by_keyboard_alone(page: Page, server: ScriptedServer) -> None:
    keys, chat, box = page.keyboard, page.locator("#chat"), page.locator("#said textarea")
    expect(page.get_by_role("button", name="Start the practice")).to_be_visible()
    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("Escape")
    keys.press("Alt+Shift+N")
    expect(box).to_be_focused()
    server.say(NOTHING, "And what does that change for me, exactly?")
    keys.type("One line? ")
    keys.press("Shift+Enter")
    keys.type("Two lines!")
    keys.press("Enter")
    expect(chat).to_contain_text("And what does that change for me")
    expect(chat).to_contain_text("Two lines!")
    expect(box).to_be_focused()
    keys.press("Alt+Shift+H")
    expect(page.locator("#coach")).to_contain_text("What they need now")
    server.say('{"acts": [{"quote": "I am sorry we did that", "act": "owned_apology"}]}')
    keys.type("I am sorry we did that.")
    keys.press("Alt+Shift+C")
    expect(page.locator("#coach")).to_contain_text("It would earn")
    expect(box).to_have_value("I am sorry we did that.")
    server.say(NOTHING, "Sorry does not give me my evening back.")
    keys.press("Enter")
    expect(chat).to_contain_text("Sorry does not give me my evening back.")
    keys.press("Alt+Shift+U")
    expect(box).to_have_value("I am sorry we did that.")
    expect(chat).not_to_contain_text("my evening back")
    expect(box).to_be_focused()
    keys.press("Alt+Shift+G")
    expect(page.locator("#turns input:checked")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(box).to_have_value("One line? \nTwo lines!")
    keys.press("Alt+Shift+2")
    expect(page.get_by_role("tab", name="Reply desk")).to_have_attribute("aria-selected", "true")
    keys.press("Alt+Shift+M")
    expect(page.locator("#message textarea")).to_be_focused()
    keys.press("Alt+Shift+1")
    keys.press("Alt+Shift+E")
    expect(page.locator("#ending")).to_be_focused()
    keys.press("Alt+Shift+E")
    expect(page.locator("#scorecard .ek-scorecard")).to_be_focused()
    with page.expect_download() as download:
        tab_to(page, "#save-json")
        keys.press("Enter")
    assert download.value.path().read_bytes().startswith(b"{")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element that matches has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


def test_a_customer_is_chosen_by_keyboard_alone(page: Page) -> None:
    expect(page.locator("#start-practice")).to_be_visible()
    if page.locator(".ek-fold").count():
        tab_to(page, ".ek-fold summary")
        page.keyboard.press("Enter")
    tab_to(page, "[name=words]")
    page.keyboard.type("flight nuala")
    tab_to(page, "[data-scenario]")
    page.keyboard.press("Enter")
    expect(page.locator("#situation")).to_contain_text("Lisbon")
    expect(page.locator("#said textarea")).to_be_focused()


def test_a_draft_a_search_and_progress_by_keyboard_alone(page: Page, server: ScriptedServer) -> None:
    keys = page.keyboard
    expect(page.locator("#start-practice")).to_be_visible()
    keys.press("Alt+Shift+2")
    expect(page.get_by_label("gym")).to_be_visible(timeout=90_000)  # once the guides are indexed
    keys.press("Alt+Shift+M")
    keys.type("You double-booked my session with Dana! I want my money back.")
    tab_to(page, "[type=radio][value=gym]")  # Gradio names each radio apart: Tab goes on, not the arrows
    keys.press("Space")
    expect(page.get_by_label("gym")).to_be_checked()
    server.say(*[DRAFT] * 2)
    tab_to(page, "#draft")
    keys.press("Enter")
    expect(page.locator("#draft-shown")).to_contain_text("priority within 7 days", timeout=60_000)
    expect(page.locator("#draft-shown a").first).to_be_visible(timeout=60_000)  # once what was written is verified
    tab_to(page, "#draft-shown a")
    keys.press("Enter")
    opened = page.locator("#passages details[open]")
    expect(opened).to_contain_text("rebook the member with priority within 7 days")  # the link opens what it cites
    tab_to(page, "#passages summary")
    keys.press("Enter")
    expect(opened).to_have_count(2)
    keys.press("Alt+Shift+3")
    tab_to(page, "#library-query :is(input, textarea)")
    keys.type("they sold my slot twice")
    keys.press("Enter")
    expect(page.locator("#library-shown")).to_contain_text("double-book", timeout=60_000)
    keys.press("Alt+Shift+4")
    expect(page.get_by_role("tab", name="Progress")).to_be_focused()
    expect(page.locator("#progress")).to_contain_text("Practise next")


def test_keys_can_be_switched_off_and_typing_a_question_mark_types_it(page: Page) -> None:
    box = begin(page)
    box.press("?")
    expect(box).to_have_value("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("Alt+Shift+E")
    page.keyboard.press("?")
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#ending")).to_be_hidden()


def test_an_end_is_a_banner_where_the_box_was_and_the_slip_can_be_retried(page: Page, server: ScriptedServer) -> None:
    begin(page)
    for turn in range(12):
        server.say(INSULT, f"That is enough of that, number {turn}.")
        page.locator("#said textarea").fill(f"You are an idiot, and I do not care ({turn}).")
        page.locator("#said textarea").press("Enter")
        page.evaluate("document.activeElement.blur()")
        expect(page.locator("#said textarea:focus, #ending:focus")).to_have_count(
            1
        )  # it comes back when one may go on
        if page.locator("#ending").is_visible():
            break
    expect(page.locator("#ending")).to_have_text(re.compile("^Kevin (walked out|files a complaint)$"))  # by seed
    expect(page.locator("#ending")).to_be_focused()
    expect(page.locator("#said")).to_be_hidden()
    expect(page.get_by_role("button", name="See the scorecard")).to_be_visible()
    page.get_by_role("button", name="Retry from turn").click()
    box = page.locator("#said textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile("^You are an idiot"))
    expect(page.locator("#ending")).to_be_hidden()


def test_what_was_typed_stays_when_something_is_wrong(page: Page) -> None:
    box = begin(page)
    box.fill("   ")
    box.press("Enter")
    expect(page.locator("#practice-problem")).to_contain_text("empty")
    expect(page.locator("#chat [data-testid=user]")).to_have_count(0)
    page.locator("#undo").click()
    expect(page.locator("#practice-problem")).to_contain_text("no turn of yours")
    long = "far too long " * 700
    box.fill(long)
    box.press("Enter")
    expect(page.locator("#practice-problem")).to_contain_text("at most 8,000 are taken")
    expect(box).to_have_value(long)
    box.fill("Half a thought")
    page.reload()
    expect(box).to_have_value("Half a thought")


def test_a_closed_tab_loses_no_turn(app: App, browser: Browser, server: ScriptedServer) -> None:
    with fresh_page(browser) as page:
        page.goto(app.address)
        box = begin(page)
        server.steps += [Step(NOTHING), Step("Half an hour I have been standing here.", delay=2.0)]
        box.fill("Tell me what happened, please.")
        box.press("Enter")
        expect(page.locator("#chat")).to_contain_text("draws breath")
        page.close()
        server.say("Half an hour I have been standing here, I said.")  # said again if the first was not kept
        reopened = page.context.new_page()
        reopened.goto(app.address)
        expect(reopened.locator("#chat")).to_contain_text("Tell me what happened, please.")
        expect(reopened.locator("#chat")).to_contain_text("Half an hour I have been standing here")
        expect(reopened.locator("#chat [data-testid=user]")).to_have_count(1)


@pytest.mark.parametrize("away", ["leave", "undo"])
def test_what_is_still_being_answered_is_shown_nowhere_else(page: Page, server: ScriptedServer, away: str) -> None:
    box = begin(page)
    server.steps += [Step(NOTHING), Step("This answer comes late.", delay=3.0)]
    box.fill("Tell me what happened, please.")
    box.press("Enter")
    expect(page.locator("#chat")).to_contain_text("draws breath")
    while len(server.steps) > 0:  # until the turn is stored, and its answer asked for
        page.wait_for_timeout(50)
    page.locator(f"#{away}").click()
    if away == "leave":
        expect(page.locator("#lobby")).to_be_visible()
        page.wait_for_timeout(3500)
        expect(page.locator("#lobby-problem")).to_be_empty()
        expect(page.get_by_role("button", name="Go on with Kevin, after 1 turn")).to_be_visible()
        begin(page)
    else:
        expect(box).to_have_value("Tell me what happened, please.")
        page.wait_for_timeout(3500)
    expect(page.locator("#chat [data-testid=user]")).to_have_count(0)
    expect(page.locator("#chat")).not_to_contain_text("comes late")


def test_how_one_feels_is_not_emptied_when_the_last_answer_comes(page: Page, server: ScriptedServer) -> None:
    box = begin(page)
    say(page, server, "You booked Dana for six.", "And I confirmed it twice on your app.")
    server.steps += [Step(NOTHING), Step("This answer comes late.", delay=3.0)]
    box.fill("Tell me what happened, please.")
    box.press("Enter")
    while len(server.steps) > 0:
        page.wait_for_timeout(50)
    page.locator("#finish").click()
    feeling = page.locator("#after textarea").first
    feeling.fill("Rattled, but proud")
    page.wait_for_timeout(4000)
    expect(feeling).to_be_focused()
    expect(feeling).to_have_value("Rattled, but proud")
    page.locator("#keep-after").click()
    expect(page.locator("#kept")).to_contain_text("Kept")
    expect(page.locator("#scorecard")).to_contain_text("Rattled, but proud")


def test_a_practice_that_was_left_can_be_gone_on_with(page: Page, server: ScriptedServer) -> None:
    begin(page)
    say(page, server, "You booked Dana for six.", "And I confirmed it twice on your app.")
    page.locator("#leave").click()
    page.get_by_role("button", name="Go on with Kevin, after 1 turn").click()
    expect(page.locator("#chat")).to_contain_text("confirmed it twice")
    expect(page.locator("#said textarea")).to_be_visible()


def test_a_server_that_is_killed_mid_turn_comes_back_to_the_same_turn(
    app: App, browser: Browser, server: ScriptedServer
) -> None:
    with fresh_page(browser) as page:
        page.goto(app.address)
        begin(page)
        say(page, server, "You booked Dana for six.", "And I confirmed it twice on your app.")
        server.steps += [Step(NOTHING), Step("This answer never arrives.", delay=8.0)]
        page.locator("#said textarea").fill("What did you plan for tonight?")
        page.locator("#said textarea").press("Enter")
        expect(page.locator("#chat")).to_contain_text("draws breath")
        asked = time.monotonic() + 30
        while server.steps and time.monotonic() < asked:  # until the answer that never arrives is asked for
            page.wait_for_timeout(50)
        app.stop(signal.SIGKILL)
        app.start()
        server.say("I planned to train, what else would I plan?")
        page.goto(app.address)
        expect(page.locator("#chat [data-testid=user]")).to_have_count(2)
        expect(page.locator("#chat")).to_contain_text("I planned to train, what else")
        expect(page.locator("#said textarea")).to_be_visible()


def test_a_phone_needs_no_sideways_scrolling_and_big_enough_targets(
    app: App, browser: Browser, server: ScriptedServer
) -> None:
    with fresh_page(browser, 390, 844) as page:
        page.goto(app.address)
        begin(page)
        say(page, server, "You booked Dana for six.", "And I confirmed it twice on your app.")
        for need in ("to be heard", "something that helps", "to know what happens next"):
            expect(page.locator(".ek-needs")).to_contain_text(need)
        expect(page.locator(".ek-needs")).to_be_visible()
        page.locator("#finish").click()
        expect(page.locator("#ending")).to_be_visible()
        for tab in ("Practice", "Reply desk", "Library", "Progress"):
            open_tab(page, tab)
            page.wait_for_timeout(200)
            assert page.evaluate(WIDE) == [], tab
            assert page.evaluate(SMALL) == [], tab


def test_how_a_practice_was_played_does_not_cover_its_score_on_a_phone(browser: Browser) -> None:
    style = (Path(ui.__file__).parent / "style.css").read_text(encoding="utf-8")
    title = '<button class="ek-link">The double-booked session</button> <span class="ek-small">exam, hard</span>'
    row = f"<tr><td>28 Nov 09:40</td><td>{title}</td><td>51</td><td>you ended it</td><td>0 of 3</td></tr>"
    with fresh_page(browser, 390, 844) as page:
        page.set_content(f'<style>{style}</style><div class="ek-scroll"><table class="ek-table">{row}</table></div>')
        cell, score = (page.locator("td").nth(n).bounding_box() for n in (1, 2))
        told = page.locator(".ek-small").bounding_box()
        assert cell and score and told and told["x"] + told["width"] <= score["x"]


def test_what_is_wanting_to_delete_ones_data_is_told_beside_the_button(page: Page) -> None:
    open_tab(page, "Progress")
    page.locator("#delete").click()
    warning = page.locator("#delete-said")
    expect(warning).to_contain_text("Tick the box first")
    button, said = page.locator("#delete").bounding_box(), warning.bounding_box()
    assert button and said and abs(said["y"] - button["y"]) < 120
    open_tab(page, "Practice")
    open_tab(page, "Progress")
    expect(warning).to_be_empty()


def test_a_bubble_is_as_wide_as_it_may_be_and_a_dark_page_is_dark_to_its_scrollbars(
    app: App, browser: Browser
) -> None:
    with fresh_page(browser, 375, 812, dark=True) as page:
        page.goto(app.address)
        begin(page)
        words = page.locator("#chat [data-testid=bot] p").first.bounding_box()
        chat = page.locator("#chat").bounding_box()
        assert words and chat and words["width"] > 0.7 * chat["width"]
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_axe_finds_nothing_serious_on_any_screen_in_either_theme(page: Page, server: ScriptedServer) -> None:
    found: list[str] = []
    page.emulate_media(reduced_motion="reduce")  # colours do not fade

    def look(where: str) -> None:
        for dark in (False, True):
            page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
            page.wait_for_timeout(100)
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in ("critical", "serious"):
                    found.extend(f"{where}: {violation['id']}: {node['html'][:200]}" for node in violation["nodes"])

    expect(page.locator("#start-practice")).to_be_visible()
    if (fold := page.get_by_text("Choose another customer")).is_visible():
        fold.click()
    page.locator("#options .label-wrap").click()
    look("lobby")
    page.keyboard.press("?")
    look("keys")
    page.keyboard.press("Escape")
    begin(page)
    say(page, server, "You booked Dana for six, and I am sorry.", "And what does that do for me tonight?", SORRY)
    page.locator("#hint").click()
    expect(page.locator("#coach")).to_contain_text("What they need now")
    page.get_by_text("What your last turn did").click()
    page.get_by_text("Go back and say something else").click()
    look("practice")
    page.locator("#finish").click()
    expect(page.locator("#scorecard")).to_contain_text("Criterion by criterion")
    look("scorecard")
    for tab in ("Reply desk", "Library", "Progress"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        look(tab)
    assert found == []


WIDE = """[...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility() && !e.closest("[aria-hidden=true], .ek-scroll > *"))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => `${e.tagName} ${e.id} ${e.className} ${e.textContent.slice(0, 60)}`)"""
SMALL = """[...document.querySelectorAll("button, summary, select, label:has(> [type=radio])")]
  .filter((e) => e.checkVisibility() && !e.closest("[aria-hidden=true]") && e.getBoundingClientRect().width > 1)
  .filter((e) => (e.closest("li") ?? e).getBoundingClientRect().height < 39.5)
  .map((e) => `${e.id} ${e.className} ${e.innerText}`)"""


def test_a_model_that_is_down_says_so_in_the_head(page: Page, server: ScriptedServer) -> None:
    box = begin(page)
    server.fail(500, times=2)  # to read the turn, and to answer it
    box.fill("What happened when you arrived?")
    box.press("Enter")
    expect(page.locator("#chat")).to_contain_text("author's line")
    expect(page.locator("#model-status")).to_contain_text("does not answer. Check OPENAI_BASE_URL")
    say(page, server, "And who did you speak to?", "Some lad who shrugged at me and left.")
    expect(page.locator("#model-status")).not_to_contain_text("does not answer", timeout=20_000)
