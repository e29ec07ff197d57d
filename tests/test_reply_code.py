"""A draft in code's own wording: without a model, or where its answer cannot be used; and drafts without a policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import ModelNotReady
from assistant.llm import ChatModel, Endpoint
from assistant.reply.drafting import ReplyDesk
from assistant.reply.retold import fits
from assistant.store import Store
from knowledge import KnowledgeError, Library, MiniLM, UnknownPolicySet
from tests.drafts import LATE, PLAIN, SECTION, SORRY, answer, drafted, sent
from tests.scripted import ScriptedServer


@pytest.fixture
def lawless(minilm: MiniLM, model: ChatModel, store: Store, tmp_path: Path) -> Iterator[ReplyDesk]:
    """The reply desk with a capable model, one guide and no policy at all."""
    (tmp_path / "files").mkdir()
    guide = "---\nid: late\ntitle: Late\nkind: guide\n---\n## Late\n\nSay that it was late, and say it first.\n"
    (tmp_path / "files" / "late.md").write_text(guide)
    bare = Library(tmp_path / "bare", minilm, builtin=(tmp_path / "files",))
    bare.sync()
    yield ReplyDesk(bare, model, minilm.embed, store)
    bare.close()


@pytest.mark.parametrize("bad", ["I would rather not.", '{"outcome": "reply"}', '{"outcome": "sue", "parts": []}'])
async def test_malformed_answers_fall_back_to_codes_wording_with_a_note(
    desk: ReplyDesk, server: ScriptedServer, bad: str
) -> None:
    server.say(bad, bad, bad)
    draft = await drafted(desk)
    assert len(server.requests) == 3
    assert draft.note.endswith(PLAIN) and "does not fit what was asked" in draft.note
    assert {p.wording for p in draft.parts} == {"code"} and draft.model == ""
    assert SECTION in draft.cited and not any(p.findings for p in draft.parts)


async def test_a_model_that_is_not_there_yet_leaves_codes_wording(
    library: Library, minilm: MiniLM, store: Store
) -> None:
    def not_ready() -> Endpoint:
        raise ModelNotReady("The model is still on its way.")

    draft = await drafted(ReplyDesk(library, ChatModel(not_ready), minilm.embed, store))
    assert draft.note == f"The model is still on its way. {PLAIN}"
    assert [p.part.purpose for p in draft.parts][0] == "acknowledge"
    assert [p.part.purpose for p in draft.parts][-1] == "next step"
    assert "£55" in draft.text


async def test_codes_wording_names_the_case_rests_on_quotes_and_has_the_condition_checked(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    server.fail(500)
    draft = await drafted(desk)
    assert "“My trainer strolled in 25 minutes after we were meant to start.”" in draft.text
    assert "I can return the whole session to your package or refund its £55 price." in draft.text
    assert any(c.startswith("Make sure that this is the case: ") and "20 minutes late" in c for c in draft.checks)
    assert draft.outcome == "reply"


async def test_where_no_policy_covers_it_the_draft_says_so(lawless: ReplyDesk, server: ScriptedServer) -> None:
    server.say(answer(SORRY, outcome="ask the agent"))
    draft = await drafted(lawless, policy_set="")
    assert "(none found)" in sent(server)
    assert draft.note == "No policy was found that covers this: nothing is promised."
    assert draft.outcome == "ask the agent"


async def test_without_a_policy_codes_wording_promises_nothing_and_asks_the_agent(
    lawless: ReplyDesk, server: ScriptedServer
) -> None:
    server.fail(500)
    draft = await drafted(lawless, policy_set="")
    assert draft.outcome == "ask the agent"
    assert draft.note.startswith("No policy was found that covers this: nothing is promised.")
    assert "Fill in [day and time]." in draft.checks
    assert not any(p.part.purpose == "offer" for p in draft.parts)


async def test_a_policy_set_that_there_is_not_is_refused_with_those_that_there_are(
    desk: ReplyDesk, lawless: ReplyDesk, server: ScriptedServer
) -> None:
    with pytest.raises(UnknownPolicySet, match=r"no policy set 'gim'\. There are: airline, gym, shop\."):
        await drafted(desk, policy_set="gim")
    with pytest.raises(UnknownPolicySet, match="There are: none"):
        await drafted(lawless, policy_set="gym")
    assert server.requests == []


async def test_while_the_guides_are_still_being_read_the_draft_says_so_and_denies_no_policy_set(
    minilm: MiniLM, model: ChatModel, store: Store, tmp_path: Path
) -> None:
    empty = Library(tmp_path / "empty", minilm, builtin=(tmp_path,))
    empty.syncing = "3 of 9 pieces indexed"
    with pytest.raises(KnowledgeError, match="still being indexed"):
        await drafted(ReplyDesk(empty, model, minilm.embed, store), policy_set="gym")
    empty.close()


async def test_the_stances_that_differ_in_substance_are_offered(desk: ReplyDesk, server: ScriptedServer) -> None:
    server.fail(500)
    assert (await drafted(desk)).variants == ("ask for information",), "it accepts already"
    server.fail(500)
    assert "best" not in (await drafted(desk, stance="decline kindly")).variants
    server.fail(500)
    asks = await drafted(desk, stance="ask for information")
    assert asks.outcome == "ask the customer"
    assert [p.part.purpose for p in asks.parts] == ["acknowledge", "ask"]
    assert "membership or account number" in asks.text


async def test_codes_wording_declines_with_the_policys_reason_and_what_is_offered_instead(
    desk: ReplyDesk, server: ScriptedServer
) -> None:
    server.fail(500)
    text = "Your double booking made me lose three hours of paid work. Pay my lost earnings and the train ticket."
    draft = await drafted(desk, text, stance="decline kindly")
    assert "refuses cash compensation for travel or lost earnings, because" in draft.text
    assert not any(p.blocked for p in draft.parts)


async def test_risks_and_earlier_promises_are_things_to_see_to(desk: ReplyDesk, server: ScriptedServer) -> None:
    server.say(answer(SORRY))
    draft = await drafted(desk, f"{LATE} Your desk promised me a call. My lawyer will write.")
    assert any(c.startswith("Legal threat (“lawyer”): show this") for c in draft.checks)
    assert any("Your desk promised me a call." in c for c in draft.checks)


async def test_a_public_answer_quotes_no_figures_and_warns(desk: ReplyDesk, server: ScriptedServer) -> None:
    server.fail(500)
    draft = await drafted(
        desk, "Order 44812 came in 40 pieces. Nobody at this shop answers me.", "shop", channel="review reply"
    )
    assert "44812" not in draft.body and "Nobody at this shop answers me." in draft.body
    assert any("will be public" in c for c in draft.checks)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "@GymHelp your trainer came half an hour late again! https://t.co/x",
            "your trainer came half an hour late again!",
        ),
        ("You lot are f*cking useless. My trainer came half an hour late.", "My trainer came half an hour late."),
    ],
)
async def test_codes_wording_repeats_no_handle_and_no_curse(
    small: ReplyDesk, server: ScriptedServer, message: str, said: str
) -> None:
    server.fail(400, times=6)
    draft = await drafted(small, message)
    server.steps.clear()
    assert f"“{said}”" in draft.parts[0].part.text
    assert "without asking" not in draft.text and "the when" not in draft.text


async def test_a_promise_that_a_customer_tells_of_is_not_said_back_as_the_companys(
    small: ReplyDesk, server: ScriptedServer
) -> None:
    account = "You tell us that the company's director promised you a full refund of £480 in writing last week."
    message = "Your director promised me a full refund of £480 in writing last week, and nothing came."
    assert fits(account, message)
    server.say(account)
    draft = await drafted(small, message)
    assert draft.parts[0].wording == "code" and not any(p.blocked for p in draft.parts)


async def test_a_tone_that_code_cannot_give_is_owned_to(desk: ReplyDesk, server: ScriptedServer) -> None:
    server.fail(500)
    assert "tone and length change little" not in (await drafted(desk)).note
    server.fail(500)
    assert "tone and length change little" in (await drafted(desk, tone="formal")).note
