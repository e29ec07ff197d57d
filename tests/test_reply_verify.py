import re

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from assistant.reply.commitments import commitments
from assistant.reply.verify import WORD, CheckedPart, Part, Quote, locate, verify
from knowledge import Meta, Passage, Section

RULE = (
    "When Harbour Fitness double-books a session, an agent may, without asking anyone, "
    "add one complimentary 60-minute session or refund the £55 price within 7 days."
)
DISCOUNT = "An agent may, without asking anyone, give 20% off the next package."


def passage(section_id: str, kind: str, text: str) -> Passage:
    meta = Meta.model_validate({"id": "x", "title": "X", "kind": kind})
    return Passage(Section(section_id, "x", "Head", "X > Head", text), meta, 1.0, 1.0, "")


PASSAGES = {
    p.id: p
    for p in (
        passage("policy#rule", "policy", f"Before it. {RULE} {DISCOUNT}"),
        passage("guide#rule", "guide", f"Before it. {RULE} {DISCOUNT}"),
    )
}
POLICY = Quote(passage="policy#rule", words=RULE)
POLICY_DISCOUNT = Quote(passage="policy#rule", words=DISCOUNT)
GUIDE = Quote(passage="guide#rule", words=RULE)


def checked(text: str, *quotes: Quote, customer: str = "") -> CheckedPart:
    return verify(Part(purpose="offer", text=text, quotes=quotes), PASSAGES, customer)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("I can refund you £20.", "£20"),
        ("We'll give you 1,250.50 euros.", "1,250.50 euros"),
        ("That makes $ 12 for you.", "$ 12"),
        ("It comes to 30 quid.", "30 quid"),
        ("You get 20% off.", "20%"),
        ("I will take 12.5 per cent off the price.", "12.5 per cent"),
        ("You will have the parcel within 3 working days.", "3 working days"),
        ("I can extend it by two weeks.", "two weeks"),
        ("We will deliver it tomorrow.", "tomorrow"),
        ("You'll receive it next Friday.", "next Friday"),
        ("I will have it repaired by 24.12.2026.", "24.12.2026"),
        ("We will refund you.", "refund"),
        ("I'm going to replace the lamp.", "replace"),
        ("You are entitled to compensation.", "compensation"),
        ("Please accept this voucher.", "voucher"),
        ("I can waive the fee.", "waive"),
        ("You will get a complimentary session.", "complimentary"),
        ("We promise to cancel the contract.", "cancel"),
        ("We accept full responsibility.", "full responsibility"),
        ("We are liable for that.", "We are liable"),
        ("Our driver was negligent.", "negligent"),
        ("That was a breach of contract.", "breach of contract"),
    ],
)
def test_a_commitment_is_found_by_its_words_and_blocked_without_a_policy(sentence: str, words: str) -> None:
    assert words in [c.words for c in commitments(sentence)]
    assert checked(sentence).blocked


@pytest.mark.parametrize(
    "text",
    [
        "You booked Dana for six and found your slot given away.",
        "That was our mistake, and I am sorry.",
        "What was the number of your order?",
        "I understand why you are angry.",
        "I will write to you by Friday.",
        "I'll call you tomorrow.",
        "I will look into it today and let you know within two hours.",
        "We cannot refund travel costs, because we cannot check them.",
        "I can't offer you a voucher.",
        "We do not replace lamps.",
        "We won't cancel it.",
        "I'm not able to waive the fee.",
    ],
)
def test_understanding_refusals_and_the_agents_own_steps_commit_to_nothing(text: str) -> None:
    assert checked(text).findings == ()


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("I can refund you the £55.", POLICY),
        ("I can add one complimentary 60-minute session.", POLICY),
        ("I can add a free session for you.", POLICY),
        ("You will get the refund within 7 days.", POLICY),
        ("I can give you 20% off your next package.", POLICY_DISCOUNT),
    ],
)
def test_what_a_quoted_policy_grants_passes_and_what_only_a_guide_says_does_not(text: str, quote: Quote) -> None:
    assert checked(text, quote).findings == ()
    from_guide = checked(text, quote.model_copy(update={"passage": "guide#rule"}))
    assert from_guide.blocked
    assert {f.kind for f in from_guide.findings} == {"unbacked commitment"}
    assert "it rests on no policy" in from_guide.findings[0].why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I can refund you £550.", "£550"),
        ("I can refund you £5.", "£5"),
        ("I can refund you £55.50.", "£55.50"),
        ("I can refund you €55.", "€55"),
        ("You will get the refund within 17 days.", "17 days"),
        ("You will get the refund within 7 weeks.", "7 weeks"),
        ("I can refund you 20%.", "20%"),
        ("I can give you a voucher.", "voucher"),
    ],
)
def test_another_figure_unit_or_remedy_than_the_quoted_policys_is_blocked(text: str, words: str) -> None:
    (finding,) = checked(text, POLICY).findings
    assert words in finding.words.split(", ")
    assert finding.why.startswith("no quoted policy grants it")


def test_only_the_quoted_words_of_a_policy_back_anything() -> None:
    assert checked("I can give you 20% off.", POLICY).blocked
    assert not checked("I can give you 20% off.", POLICY, POLICY_DISCOUNT).blocked


def test_one_unbacked_sentence_blocks_the_whole_part() -> None:
    part = checked("I am sorry. I can refund you the £55. I will also give you a voucher.", POLICY)
    assert part.blocked and [f.words for f in part.findings] == ["voucher"]


def test_a_quote_that_is_not_in_its_section_is_found_and_backs_nothing() -> None:
    invented = Quote(passage="policy#rule", words="An agent may refund £99 to anybody")
    part = checked("I can refund you £99.", invented)
    assert [f.kind for f in part.findings] == ["quote not found", "unbacked commitment"]
    assert part.findings[0].words == invented.words and "policy#rule" in part.findings[0].why


def test_a_quote_of_a_passage_that_was_not_found_backs_nothing() -> None:
    part = checked("I can refund you the £55.", Quote(passage="policy#other", words=RULE))
    assert part.blocked and part.findings[0].kind == "quote not found"


def test_a_wrong_quote_alone_does_not_block_what_promises_nothing() -> None:
    part = checked("I am sorry about that.", Quote(passage="guide#rule", words="words that nobody wrote"))
    assert [f.kind for f in part.findings] == ["quote not found"] and not part.blocked


def test_the_customers_own_words_quoted_back_commit_nobody() -> None:
    customer = "I want £99 and a voucher now. Nobody rang."
    assert checked("You wrote: “I want £99 and a voucher now.” I see why.", customer=customer).findings == ()
    assert checked("You wrote: “I want £99 and a …” I see why.", customer=customer).findings == ()


def test_words_in_quotation_marks_that_the_customer_never_wrote_do_commit() -> None:
    assert checked("As we say: “I can refund you £99 now.”", customer="I want £99 now.").blocked


def test_figures_outside_the_customers_quoted_words_still_commit() -> None:
    customer = "I want £99 and a voucher now."
    part = checked("You wrote: “I want £99 and a voucher now.” I can give you a voucher.", customer=customer)
    assert [f.words for f in part.findings] == ["voucher"]


def test_a_quote_is_located_whatever_its_case_spaces_and_quote_marks() -> None:
    text = "Please don't wait:\n  an agent may refund “the £55 price” at once."
    start, end = locate('AN AGENT may refund "the £55   price"', text) or (0, 0)
    assert text[start:end] == "an agent may refund “the £55 price"


@pytest.mark.parametrize("words", ["", "refund", "the £55", "…", "“ ”"])
def test_fewer_than_three_words_are_no_quote(words: str) -> None:
    assert locate(words, f"{RULE} {words}") is None


WORDS = RULE.replace(",", "").replace(".", "").split()
SPAN = st.tuples(st.integers(0, len(WORDS) - 3), st.integers(3, len(WORDS))).map(lambda s: WORDS[s[0] : s[0] + s[1]])
OTHER = st.from_regex(r"[a-z]{2,9}|£[1-9][0-9]{0,3}|[1-9][0-9]{0,2}", fullmatch=True)


@settings(deadline=None)
@given(SPAN, st.sampled_from([" ", "  ", "\n", ", "]))
def test_an_exact_quote_is_always_located(span: list[str], space: str) -> None:
    assume(len(span) >= 3)
    start, end = locate(space.join(span), RULE) or (0, 0)
    assert re.findall(r"[\w£]+", RULE[start:end]) == re.findall(r"[\w£]+", " ".join(span))


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.text(min_size=1), st.text(), st.text())
@example("0:00A:0", "", "")
def test_an_exact_quote_of_any_text_is_located(words: str, before: str, after: str) -> None:
    assume(len(re.findall(WORD, words)) >= 3)
    assert locate(words, f"{before} {words} {after}") is not None


@settings(deadline=None)
@given(SPAN, st.data())
def test_a_quote_with_a_word_replaced_is_never_located(span: list[str], data: st.DataObject) -> None:
    assume(len(span) >= 3)
    position = data.draw(st.integers(1, len(span) - 2))
    mutated = [*span[:position], data.draw(OTHER), *span[position + 1 :]]
    assume(mutated != span)
    assert locate(" ".join(mutated), RULE) is None


@settings(deadline=None)
@given(SPAN, st.data())
def test_a_quote_with_a_word_put_in_or_left_out_is_never_located(span: list[str], data: st.DataObject) -> None:
    assume(len(span) >= 4)
    position = data.draw(st.integers(1, len(span) - 2))
    added = [*span[:position], data.draw(OTHER), *span[position:]]
    left_out = [*span[:position], *span[position + 1 :]]
    assert locate(" ".join(added), RULE) is None
    assert locate(" ".join(left_out), RULE) is None


@settings(deadline=None)
@given(st.integers(1, 9999), st.integers(1, 999))
def test_no_sum_or_span_but_the_policys_own_is_ever_backed(money: int, days: int) -> None:
    assume(money not in (55, 60, 7) and days not in (55, 60, 7))
    assert checked(f"I can refund you £{money}.", POLICY).blocked
    assert checked(f"You will get it within {days} days.", POLICY).blocked


@settings(deadline=None)
@given(st.sampled_from(["£{}", "${}", "{} pounds", "{} euros"]), st.integers(1, 99999))
def test_no_sum_of_money_passes_without_a_policy(form: str, amount: int) -> None:
    assert checked(f"We can refund you {form.format(amount)}.", GUIDE).blocked


@pytest.mark.parametrize(
    "text",
    [
        "I’ll give you a voucher.",  # curly apostrophe
        "We’ll compensate you.",
        "I don't promise much but I will give you a voucher.",  # a negation elsewhere in the sentence
        "I can give you a voucher, don't worry.",
        "Don't worry, I'll send you a voucher.",
        "Your refund has been processed.",  # forms of promise that are not looked for
        "A refund is on its way.",
        "You will be reimbursed.",
        "You'll be refunded.",
        "You can have a free session.",
        "I am refunding your money.",
        "We're replacing it.",
        "I'd be happy to refund you.",
        "Let me refund that.",
        "I'll send you a new lamp.",  # remedies that are not looked for
        "I can give you half off.",
        "I'll give you two more sessions.",
        "Your money will be with you by Friday.",
        "That was entirely our fault and we are to blame.",
    ],
)
def test_a_promise_in_other_words_is_blocked_too(text: str) -> None:
    assert checked(text).blocked


@pytest.mark.parametrize("text", ["I can refund you £7.", "I can refund you £60.", "You will get it within 55 days."])
def test_a_figure_must_stand_with_its_own_unit(text: str) -> None:
    assert checked(text, POLICY).blocked


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            "Refunding the unused part of a package needs the club manager's approval.",
            "I can refund the unused part.",
        ),
        (
            "Harbour Fitness refuses to refund travel costs, because it cannot check them.",
            "I can refund your travel.",
        ),
    ],
)
def test_a_refusal_or_a_need_of_approval_grants_nothing(rule: str, text: str) -> None:
    PASSAGES["policy#no"] = passage("policy#no", "policy", rule)
    assert checked(text, Quote(passage="policy#no", words=rule)).blocked


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("able to refund you", "we are unable to refund you"),
        ("can refund you £5", "we can refund you £55"),
        ("5 days of delivery", "within 15 days of delivery"),
        ("refund of £1.000 today", "refund of £1,000 today"),
    ],
)
def test_a_quote_cut_inside_a_word_or_a_figure_is_not_located(words: str, text: str) -> None:
    assert locate(words, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I’m sorry, I can’t refund you.",
        "I will ask my manager whether a refund is possible.",
        "I'll ask my manager about a refund.",
    ],
)
def test_asking_and_refusing_promise_nothing(text: str) -> None:
    assert checked(text).findings == ()


@pytest.mark.parametrize("text", ["I can refund you the £55.00.", "You will get the refund within seven days."])
def test_the_same_figure_in_another_form_is_backed(text: str) -> None:
    assert checked(text, POLICY).findings == ()


def test_a_text_in_another_language_is_scanned_by_its_english_and_kept_honest() -> None:
    english = "Your suitcase never came. I am sorry. I will ask and write to you."
    french = "Vous voilà à Lisbonne sans votre valise. Je suis désolé. Je me renseigne et je vous écris."
    assert not verify(Part(purpose="acknowledge", text=french, english=english), {}).findings
    for more, words in (
        (" Nous vous remboursons 200 €.", "200 €"),
        (" Un bon d'achat vous attend.", "bon d'achat"),
        (" C'est notre faute.", "notre faute"),
    ):
        checked = verify(Part(purpose="acknowledge", text=french + more, english=english), {})
        assert checked.blocked and words in checked.findings[0].words
    said = english + " We refund you 200 euros."
    assert verify(Part(purpose="offer", text=french + " Nous vous remboursons 200 €.", english=said), {}).blocked


@pytest.mark.parametrize(
    "said", ["Ahora mismo pregunto.", "Ik schrijf u aan het eind.", "Wat is uw lidnummer?", "You can freeze it."]
)
def test_no_word_is_taken_for_a_part_of_it(said: str) -> None:
    assert {c.kind for c in commitments(said)} <= {"promise"}


@pytest.mark.parametrize(
    ("policy", "text", "blocked"),
    [
        (
            "An agent may, without asking anyone, give one guest pass.",
            "I can give you a guest pass every week.",
            True,
        ),
        (
            "An agent may, without asking anyone, give each member a guest pass.",
            "I can give every member a pass.",
            False,
        ),
        ("An agent may, without asking anyone, refund the whole session.", "I can refund the whole package.", True),
        ("An agent may, without asking anyone, repair it or refund it.", "I can repair it and refund it.", True),
        ("An agent may, without asking anyone, repair it or refund it.", "I can repair it or refund it.", False),
        ("A found bag is brought to you within 24 hours.", "A found bag is brought to you within a day.", False),
        ("A found bag is brought to you within 24 hours.", "A found bag is brought to you within a week.", True),
        ("Larkspur Home pays no second refund for an order.", "The second refund for the order is on its way.", True),
        ("", "In the meantime 800 US dollars are on their way.", True),
        ("", "From now on the late fees are a thing of the past.", True),
        ("", "Once the review is up, a little envelope finds its way to you.", True),
        ("", "What would you say to ten sessions with Dana?", True),
        ("", "It is not as if we would leave you out of pocket.", True),
        ("", "The late parcel was never scanned, and I am sorry.", False),
    ],
)
def test_how_far_a_grant_reaches_and_where_a_clause_begins(policy: str, text: str, blocked: bool) -> None:
    section = Section("p#s", "p", "P", "S", policy)
    passage = Passage(section, Meta(id="p", title="P", kind="policy"), 0.0, 0.0, "")
    quotes = (Quote(passage="p#s", words=policy),) if policy else ()
    assert verify(Part(purpose="offer", text=text, quotes=quotes), {"p#s": passage}).blocked == blocked


BILLING = (
    "An agent may, without asking anyone, refund a double charge in full on the same day. An agent may, without "
    "asking anyone, refund up to £35 in bank fees. Bank fees above £35 need the club manager's approval."
)


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("We will refund the second £90 today and also the £42 bank fee.", True),
        ("We will refund your bank fees of £42.", True),
        ("We will refund the second £90.", False),
        ("We will refund the double charge of £90 in full.", False),
    ],
)
def test_a_grant_without_a_sum_backs_none_that_its_section_limits_elsewhere(text: str, blocked: bool) -> None:
    section = Section("p#s", "p", "P", "S", BILLING)
    passage = Passage(section, Meta(id="p", title="P", kind="policy"), 0.0, 0.0, "")
    part = Part(purpose="offer", text=text, quotes=(Quote(passage="p#s", words=BILLING.split(". ")[0]),))
    told = "You charged me £90 twice and my bank charged me £42."
    assert verify(part, {"p#s": passage}, told).blocked == blocked


def test_a_made_up_name_hides_no_sum_that_no_policy_grants() -> None:
    finding = {f.kind: f for f in checked("Darren will refund you £50. Olga will ring you tomorrow.").findings}
    assert finding["invented name"].words == "Darren, Olga, tomorrow"
    assert finding["unbacked commitment"].words == "refund, £50"
    assert finding["unbacked commitment"].needs.endswith(": refund, GBP 50")
