import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import ENDS_LATE, SLOWLY, begin, feel, find_browser, open_page, open_tab, running_app
from tests.scripted import ScriptedServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def address(scripted: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    find_browser()
    folder: Path = tmp_path_factory.mktemp("app")
    with running_app(folder, OPENAI_BASE_URL=scripted.url, OPENAI_MODEL="scripted") as where:
        yield where


@pytest.fixture(autouse=True)
def silent(scripted: ScriptedServer) -> None:
    scripted.steps.clear()
    scripted.always = ""


def test_a_first_visit_leads_to_a_practice(address: str, scripted: ScriptedServer) -> None:
    with open_page() as page:
        page.goto(address)
        page.get_by_role("button", name="Start the practice").click()
        expect(page.locator("#chat")).to_contain_text("Three weeks ago I booked this")
        box = page.locator("#said textarea")
        page.evaluate(SLOWLY)
        box.fill("   ")
        box.press("Enter")
        page.wait_for_timeout(150)  # it is on its way; nobody types faster
        text = "You booked Dana for six o'clock. I am sorry, we gave your slot away."
        box.fill(text)
        expect(page.locator("#practice-problem")).to_contain_text("empty")
        expect(box).to_have_value(text)  # the answer to the empty line once came over what was typed meanwhile

        scripted.say('{"acts": [{"quote": "I am sorry, we gave your slot away", "act": "owned_apology"}]}')
        scripted.say("Sorry's easy. What are you going to do about it?")
        box.press("Enter")
        expect(page.locator("#chat")).to_contain_text("What are you going to do about it?")
        expect(box).to_have_value("")
        trust = page.get_by_role("meter", name="Trust")
        assert int(trust.get_attribute("aria-valuenow") or 0) > 22
        expect(page.locator("#known")).to_contain_text("Read by: scripted", use_inner_text=False)


def test_what_is_typed_as_soon_as_a_page_can_be_used_stays(address: str) -> None:
    with open_page() as page:
        page.add_init_script(f"({ENDS_LATE})()")
        page.goto(address)
        feeling = feel(page, "Nervous")
        page.wait_for_timeout(1_500)  # longer than the end of loading is held back
        expect(feeling).to_have_value("Nervous")


def test_a_line_that_is_sent_before_the_turn_is_over_is_sent_when_it_is(
    address: str, scripted: ScriptedServer
) -> None:
    with open_page() as page:
        page.goto(address)
        box, chat = begin(page), page.locator("#chat")
        page.evaluate(ENDS_LATE)
        scripted.say('{"acts": []}', "Do not tell me to calm down.", '{"acts": []}', "I want my hour with Dana.")
        box.fill("Calm down, please.")
        box.press("Enter")
        expect(chat).to_contain_text("Do not tell me to calm down.")
        box.fill("Let me look.")
        box.press("Enter")  # this was not heard, and nothing said so
        expect(chat).to_contain_text("I want my hour with Dana.")
        expect(box).to_have_value("")

        page.wait_for_timeout(1_500)  # longer than the end is held back
        scripted.say('{"acts": []}', "So when do I get it, then?")
        box.fill("Let me see.")
        box.press("Enter")
        box.press("Enter")  # twice by mistake
        expect(box).to_have_value("")
        box.fill("Thursday at six?")
        box.press("Enter")
        box.fill("Thursday at six? Or")  # it is still being written: it is not sent
        expect(chat).to_contain_text("So when do I get it, then?")
        page.wait_for_timeout(1_500)
        expect(box).to_have_value("Thursday at six? Or")
        assert page.locator("#chat [data-testid=user]").count() == 3


def test_any_turn_can_be_gone_back_to_and_both_ways_are_kept(address: str, scripted: ScriptedServer) -> None:
    with open_page() as page:
        page.goto(address)
        box, chat = begin(page), page.locator("#chat")
        for line, answer in (
            ("Calm down, please.", "Do not tell me to calm down."),
            ("Let me look.", "I want my hour with Dana, not a look at your screen."),
        ):
            scripted.say('{"acts": []}', answer)
            box.fill(line)
            box.press("Enter")
            expect(chat).to_contain_text(answer)
        page.get_by_text("Go back and say something else").click()
        page.locator("#turns label").first.click()
        page.get_by_role("button", name="Go back there").click()
        expect(box).to_have_value("Calm down, please.")
        expect(chat).not_to_contain_text("I want my hour with Dana, not a look at your screen.")
        scripted.say('{"acts": []}', "So when exactly do I get my session, then?")
        box.fill("You booked Dana for six o'clock.")
        box.press("Enter")
        expect(chat).to_contain_text("So when exactly do I get my session, then?")
        expect(page.locator("#known polyline.dashed")).to_have_count(2)
        page.get_by_role("button", name="See the first way again").click()
        expect(chat).to_contain_text("I want my hour with Dana")
        scripted.always = '{"judgements": []}'  # an endpoint that fails is left alone, also in the next test
        page.get_by_role("button", name="End and score").click()
        for kind, begins in (("JSON", b"{"), ("CSV", b"\xef\xbb\xbfkind,turn"), ("PDF", b"%PDF")):
            with page.expect_download() as download:
                page.get_by_role("button", name=f"Save as {kind}").click()
            assert download.value.path().read_bytes().startswith(begins)
        if not (later := page.get_by_role("button", name="See the later way again")).is_visible():
            page.get_by_text("Go back and say something else").click()
        later.click()
        expect(chat).to_contain_text("So when exactly do I get my session, then?")
        page.get_by_role("button", name="See the first way again").click()
        expect(page.locator("#scorecard")).to_contain_text("Criterion by criterion")
        page.locator("#another").click()
        open_tab(page, "Progress")
        page.locator("#progress").get_by_role("button", name="The double-booked session").click()
        expect(chat).to_contain_text("I want my hour with Dana")
        expect(page.locator("#scorecard")).to_contain_text("Criterion by criterion")
        expect(page.get_by_role("button", name="Save as PDF")).to_be_visible()


def test_a_model_that_fails_loses_nothing(address: str, scripted: ScriptedServer) -> None:
    with open_page() as page:
        page.goto(address)
        box = begin(page)
        scripted.fail(400, times=2)
        box.fill("What happened when you arrived?")
        box.press("Enter")
        expect(page.locator("#chat")).to_contain_text("What happened when you arrived?")
        expect(page.locator("#chat")).to_contain_text("author's line")
        assert not scripted.steps
        scripted.say('{"acts": []}', "I stood at the desk like a fool.")
        box.fill("What did they tell you there?")
        box.press("Enter")
        expect(page.locator("#chat")).to_contain_text("I stood at the desk like a fool.")


def test_hostile_text_is_only_text(address: str, scripted: ScriptedServer) -> None:
    payload = (
        'Hi <img src=x onerror="document.title=1"> ![x](http://203.0.113.9/a.png) <script>document.title=2</script>'
    )
    with open_page() as page:
        page.goto(address)
        box = begin(page)
        scripted.say('{"acts": []}', "What on earth is that supposed to mean?")
        box.fill(payload)
        box.press("Enter")
        expect(page.locator("#chat")).to_contain_text("What on earth")
        expect(page.locator("#chat")).to_contain_text("onerror")
        assert page.locator("#chat img[src*='203.0.113.9'], #chat img[src='x']").count() == 0
        assert page.title() == "Even Keel"


def test_a_complaint_becomes_a_draft_with_open_citations(address: str, scripted: ScriptedServer) -> None:
    answer = """{"outcome": "reply", "parts": [
      {"quotes": [], "purpose": "acknowledge", "text": "You booked Dana for six. We got that wrong."},
      {"quotes": [{"passage": "gym-bookings#sessions-we-cancel-or-double-book",
        "words": "rebook the member with priority within 7 days"}],
       "purpose": "offer", "text": "I can rebook you with priority within 7 days."},
      {"quotes": [], "purpose": "offer", "text": "I can also refund £500."}]}"""
    scripted.say(answer, answer)
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Reply desk").click()
        page.locator("#message textarea").fill("You double-booked my session with Dana! I want my money back.")
        page.get_by_label("gym").check(timeout=90_000)  # once the guides are indexed
        page.get_by_role("button", name="Draft a reply").click()
        shown = page.locator("#draft-shown")
        expect(shown).to_contain_text("is blocked")
        expect(page.locator("#reply-text textarea")).to_have_value(re.compile("priority within 7 days"))
        assert "£500" not in page.locator("#reply-text textarea").input_value()
        passage = page.locator("#passages details", has_text="Sessions we cancel or double-book").first
        passage.locator("summary").click()
        expect(passage.locator("mark").first).to_contain_text("rebook the member with priority within 7 days")


def test_a_draft_about_something_else_is_made_anew_from_the_policy_that_is_picked(
    address: str, scripted: ScriptedServer
) -> None:
    scripted.say(
        '{"outcome": "reply", "parts": [{"quotes": [], "purpose": "acknowledge", "text": "You rang twice."}]}'
    )
    scripted.say(
        """{"outcome": "reply", "parts": [{"quotes": [{"passage": "gym-bookings#sessions-we-cancel-or-double-book",
        "words": "rebook the member with priority within 7 days"}],
        "purpose": "offer", "text": "I can rebook you with priority within 7 days."}]}"""
    )
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Reply desk").click()
        page.locator("#message textarea").fill("You double-booked my session with Dana! I rang twice.")
        page.get_by_label("gym").check(timeout=90_000)
        page.get_by_role("button", name="Draft a reply").click()
        reply = page.locator("#reply-text textarea")
        expect(reply).to_have_value(re.compile("You rang twice"), timeout=60_000)  # the first search opens the index
        expect(page.locator("#edited-before")).to_be_hidden()
        reply.fill("You rang twice, and I have it on my desk.")  # what an agent changed is not lost to a new draft
        other = page.locator("#other-policy").get_by_label("Sessions we cancel or double-book")
        other.click()  # it goes while the other draft is made
        expect(reply).to_have_value(re.compile("priority within 7 days"))
        expect(page.locator("#edited-before textarea")).to_have_value("You rang twice, and I have it on my desk.")
        expect(other).to_have_count(0)
        asked = scripted.requests[-1]["messages"][0]["content"]
        assert asked.count('<passage id="gym-') == 1


def test_the_box_holds_the_reply_to_the_message_above_it_and_earlier_ones_are_opened_again(
    address: str, scripted: ScriptedServer
) -> None:
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Reply desk").click()
        page.get_by_label("gym").check(timeout=90_000)
        message, reply = page.locator("#message textarea"), page.locator("#reply-text textarea")
        press = page.locator("#draft")
        for n in range(4):  # the box was empty, or held the reply before, in one draft of four
            scripted.say(f"""{{"outcome": "reply", "parts": [
            {{"quotes": [], "purpose": "acknowledge", "text": "You rang {n + 2} times."}}]}}""")
            message.fill(f"You double-booked my session with Dana! I rang {n + 2} times.")
            press.click()
            expect(reply).to_have_value(re.compile(f"You rang {n + 2} times"), timeout=60_000)
            expect(press).to_be_enabled()
        page.get_by_label("shop").check()
        page.get_by_role("button", name="Drafts I made before").click()
        page.locator("#earlier-drafts label", has_text="rang 4 times").click()
        expect(reply).to_have_value(re.compile("You rang 4 times"))
        expect(message).to_have_value("You double-booked my session with Dana! I rang 4 times.")
        expect(page.locator("#draft-shown")).to_contain_text("You rang 4 times")
        expect(page.get_by_label("gym")).to_be_checked()  # it would be drafted anew from these


def test_what_is_withheld_of_ones_own_reply_is_released_by_ones_own_hand(
    address: str, scripted: ScriptedServer
) -> None:
    scripted.say(
        """{"outcome": "reply", "parts": [
        {"quotes": [], "purpose": "acknowledge", "text": "Your session was taken."},
        {"quotes": [], "purpose": "offer", "text": "I will give you £500."}]}"""
    )
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Reply desk").click()
        page.locator("#message textarea").fill("You double-booked my session with Dana!")
        page.get_by_label("gym").check(timeout=90_000)
        page.locator("#own .label-wrap").click()
        page.locator("#own-text textarea").fill("Your session was taken. I will give you £500.")
        page.locator("#own-go").click()
        better = page.locator("#own-better textarea")
        expect(better).to_have_value(re.compile("Your session was taken"), timeout=60_000)
        assert "£500" not in better.input_value()
        withheld = page.locator("#own-release")
        withheld.get_by_role("button").click()
        expect(page.locator("#own")).to_contain_text("Say why this may be sent")
        withheld.locator("textarea").fill("My team lead agreed by phone.")
        better.fill(f"{better.input_value()} A line of my own.")
        withheld.get_by_role("button").click()
        expect(better).to_have_value(re.compile("I will give you £500"))
        expect(page.locator("#own-edited textarea")).to_have_value(re.compile("A line of my own"))
        expect(withheld).to_be_hidden()


def test_an_empty_complaint_says_what_to_do(address: str) -> None:
    with open_page() as page:
        page.goto(address)
        page.get_by_role("tab", name="Reply desk").click()
        page.locator("#message textarea").fill("😡😡😡")
        page.get_by_role("button", name="Draft a reply").click()
        expect(page.locator("#draft-problem")).to_contain_text("Paste what the customer wrote")
        expect(page.locator("#message textarea")).to_have_value("😡😡😡")
