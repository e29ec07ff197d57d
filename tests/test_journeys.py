"""Whole journeys in a real browser that go through several screens, or that several people make.

The others stand beside their screens: a first visit up to the export, by keyboard, and a server that is killed in
the middle of a practice in test_practice_browser.py; upload, search and citation in test_shelf_browser.py.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import App, another_browser, begin, feel, find_browser, fresh_page, open_tab
from tests.scripted import ScriptedServer

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(300)]
NOTHING = '{"acts": []}'
WORDS = "rebook the member with priority within 7 days"
DRAFT = json.dumps(
    {
        "outcome": "reply",
        "parts": [
            {"purpose": "acknowledge", "text": "You booked Dana for six. We got that wrong.", "quotes": []},
            {
                "purpose": "offer",
                "text": "I can rebook you with priority within 7 days.",
                "quotes": [{"passage": "gym-bookings#sessions-we-cancel-or-double-book", "words": WORDS}],
            },
        ],
    }
)
FORMAL = json.dumps(
    {
        "texts": [
            "Your session with Dana was booked for six. The mistake is ours.",
            "We can rebook you with priority within 7 days.",
        ]
    }
)
THREAD = """From: Kevin Marsh
To: The gym
Subject: Double-booked

Hello,
You double-booked my session with Dana and nobody rang me. I want my hour.

> On Monday the gym wrote:
> Your session with Dana is confirmed for six.
"""
PEOPLE = {"ann": "agent", "bob": "agent", "root": "admin", "eve": "admin"}
PASSWORD = "a long enough password"
OPEN_ANOTHERS = """(id) => {
  const button = document.createElement("button");
  button.dataset.practice = id;
  document.querySelector("#progress .ek-card").append(button);
  button.click();
}"""
"""Run in the browser: asks for a practice by its id, whoever it belongs to."""
ANNS_LINE = "Marmalade: you booked Dana for six o'clock."
ANNS_FEELING = "Nervous as a kitten"
ANNS_MESSAGE = "You double-booked my session with Dana! My number plate is PEAR-77."


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


def running(server: ScriptedServer, folder: Path) -> App:
    find_browser()
    return App(folder, OPENAI_BASE_URL=server.url, OPENAI_MODEL="scripted", EVEN_KEEL_RETRIES="0")


@pytest.fixture(scope="module")
def app(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    started = running(server, tmp_path_factory.mktemp("alone"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def shared(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with accounts."""
    started = running(server, tmp_path_factory.mktemp("shared"))
    for name, role in PEOPLE.items():
        command = [sys.executable, "-m", "assistant", "user", "add", name, "--role", role]
        subprocess.run(command, env=started.environment, input=f"{PASSWORD}\n", text=True, check=True)
    yield started
    started.stop()


def draft(page: Page, server: ScriptedServer, message: str) -> None:
    """Draft a reply from the gym's policies."""
    server.say(DRAFT)
    open_tab(page, "Reply desk")
    page.locator("#message textarea").fill(message)
    page.get_by_label("gym").check(timeout=90_000)  # once the guides are indexed
    page.get_by_role("button", name="Draft a reply").click()
    expect(page.locator("#reply-text textarea")).to_have_value(
        re.compile("priority within 7 days"), timeout=60_000
    )  # the first search opens the index


def test_a_thread_is_pasted_drafted_its_citation_opened_reworded_and_copied(
    app: App, browser: Browser, server: ScriptedServer
) -> None:
    with fresh_page(browser) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(app.address)
        draft(page, server, THREAD)
        assert "is confirmed for six" not in page.locator("#reply-text textarea").input_value()
        page.locator("#draft-shown a").first.click()
        cited = page.locator("#passages details[open]")
        expect(cited.locator("mark").first).to_contain_text(WORDS)

        server.say(FORMAL)
        page.get_by_text("Another version, or other words").click()
        page.locator("#tone-again").get_by_label("formal").check()
        page.get_by_role("button", name="Reword it").click()
        reply = page.locator("#reply-text textarea")
        expect(reply).to_have_value(re.compile("The mistake is ours"))
        expect(page.locator("#passages mark").first).to_contain_text(WORDS)  # a rewording keeps what it rests on
        expect(page.locator("#after-draft")).to_contain_text("The mistake is ours")  # what changed

        page.locator("#reply-text").get_by_role("button", name=re.compile("copy", re.IGNORECASE)).click()
        page.wait_for_function(
            "async (text) => (await navigator.clipboard.readText()) === text", arg=reply.input_value()
        )
        page.get_by_role("button", name="I sent it like this").click()
        expect(page.locator("#after-draft")).to_contain_text("as it was drafted")


def signed_in(page: Page, app: App, name: str) -> None:
    page.goto(app.address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    who = f"{name} · {PEOPLE[name]}"
    expect(page.locator("#head")).to_contain_text(who, timeout=60_000)  # beside it the app still indexes its guides


def everything(page: Page) -> str:
    """All that a person's screens hold, each opened once; in the markup too, where it is not shown."""
    seen = [page.content()]
    for tab, loaded in (
        ("Reply desk", "#message textarea"),
        ("Library", "#library-contents li"),
        ("Progress", "#progress h3"),
        ("Labels", "#label-item .ek-judged"),
        ("Practice", "#lobby, #stage"),
    ):
        open_tab(page, tab)
        expect(page.locator(loaded).locator("visible=true").first).to_be_visible(timeout=60_000)
        if tab == "Reply desk":
            page.get_by_text("What policy has no answer for").click()
            expect(page.locator("#gaps")).not_to_contain_text("Loading")
        seen.append(page.content())
        seen += page.locator("textarea, input").evaluate_all("all => all.map((e) => e.value)")
    return "\n".join(seen)


def test_two_people_see_nothing_of_each_other(shared: App, browser: Browser, server: ScriptedServer) -> None:
    with another_browser(browser) as other, fresh_page(browser) as ann, fresh_page(other) as bob:
        signed_in(ann, shared, "ann")
        signed_in(bob, shared, "bob")

        # Ann practises, writes how she feels, ends it and saves it; drafts a reply; labels a text.
        feel(ann, ANNS_FEELING)
        box = begin(ann)
        for line, answer in ((ANNS_LINE, "And what does that give me?"), ("Let me look.", "Look faster, then.")):
            server.say(NOTHING, answer)
            box.fill(line)
            box.press("Enter")
            expect(ann.locator("#chat")).to_contain_text(answer)
        ann.get_by_role("button", name="End and score").click()
        expect(ann.locator("#scorecard")).to_contain_text("Criterion by criterion")
        with ann.expect_download() as download:
            ann.get_by_role("button", name="Save as JSON").click()
        saved = json.loads(download.value.path().read_text())
        assert ANNS_LINE in json.dumps(saved, ensure_ascii=False)
        draft(ann, server, ANNS_MESSAGE)
        open_tab(ann, "Labels")
        expect(ann.locator("#label-progress")).to_contain_text(re.compile(r"\b0 of [0-9]+ labelled"))
        ann.get_by_role("button", name="Yes (Y)").click()
        expect(ann.locator("#label-progress")).to_contain_text(re.compile(r"\b1 of [0-9]+ labelled"))
        hers = everything(ann)
        private = ["Marmalade", ANNS_FEELING, "PEAR-77"]
        assert [word for word in private if word not in hers] == []  # what is looked for would be found

        # Bob finds none of it on any screen, nor where his browser says that it had Ann's practice open.
        bobs = everything(bob)
        assert [word for word in private if word in bobs] == []
        assert "Nothing here yet" in bobs and "0 drafts" in bobs
        expect(bob.locator("#label-progress")).to_contain_text(re.compile(r"\b0 of [0-9]+ labelled"))
        open_tab(bob, "Progress")
        bob.evaluate(OPEN_ANOTHERS, saved["practice"]["id"])
        expect(bob.locator("#lobby-problem")).to_contain_text("There is no")
        kept = ann.evaluate("JSON.stringify({...localStorage})")
        bob.evaluate(
            "kept => Object.entries(JSON.parse(kept)).forEach((pair) => localStorage.setItem(...pair))", kept
        )
        bob.reload()
        expect(bob.locator("#start-practice")).to_be_visible()
        stolen = everything(bob)
        assert [word for word in private if word in stolen] == []

        # Nor does Ann's browser show it to whoever signs in there after her, and she finds it again.
        ann.get_by_role("button", name="Sign out").click()
        signed_in(ann, shared, "bob")
        expect(ann.locator("#start-practice")).to_be_visible()
        after = everything(ann)
        assert [word for word in private if word in after] == []
        ann.get_by_role("button", name="Sign out").click()
        signed_in(ann, shared, "ann")
        open_tab(ann, "Progress")
        expect(ann.locator("#progress")).to_contain_text(ANNS_FEELING)


def test_who_may_what_shows_in_the_tabs(shared: App, browser: Browser) -> None:
    with fresh_page(browser) as page:
        signed_in(page, shared, "root")
        expect(page.get_by_role("tab", name="Scenarios")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        signed_in(page, shared, "ann")
        expect(page.get_by_role("tab", name="Labels")).to_be_visible()
        expect(page.get_by_role("tab", name="Scenarios")).to_have_count(0)


def test_what_an_admin_has_not_saved_waits_for_them_and_is_not_shown_to_the_next(
    shared: App, browser: Browser
) -> None:
    with fresh_page(browser) as page:
        for name, sees in (("root", None), ("eve", False), ("root", True)):
            signed_in(page, shared, name)
            open_tab(page, "Scenarios")
            expect(page.locator("#scenario-names")).to_contain_text("The double-booked session", timeout=60_000)
            if sees is None:
                page.locator("#scenario-id input").fill("lost-luggage")
                page.get_by_role("button", name="Begin a new one").click()
            begun = expect(page.locator("#scenario-names"))
            (begun.not_to_contain_text if sees is False else begun.to_contain_text)("lost-luggage (not saved)")
            page.get_by_role("button", name="Sign out").click()
