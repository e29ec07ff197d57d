import dataclasses
from pathlib import Path

import pytest

from assistant.llm import ChatModel, Endpoint
from assistant.reply.drafting import ReplyDesk
from assistant.reply.echo import sentences
from assistant.reply.matter import claimed, concerned, evidence
from assistant.reply.rules import CLOSE, rival, rules
from assistant.store import Store
from evals.case import DraftCase
from evals.stats import f1
from evals.suites import matter
from knowledge import Library, MiniLM, Passage

PARCEL = "Two weeks now and my parcel never came, tracking says delivered but I have nothing."
TAX = "Filed my tax returns in January and still no refund, the tax office never picks up the phone."


def found(library: Library, message: str, policy_set: str = "shop") -> list[Passage]:
    return library.search(message, kind="policy", policy_set=policy_set, count=4)


def passage(library: Library, message: str, section: str) -> Passage:
    return next(p for p in found(library, message) if p.id == section)


def test_a_section_whose_matter_is_told_stays_and_one_that_shares_a_word_goes(
    library: Library, minilm: MiniLM
) -> None:
    missing = passage(library, PARCEL, "shop-orders-and-delivery#missing-parcels")
    assert concerned([PARCEL], [missing], minilm.embed) == [missing]
    missing = dataclasses.replace(missing, asked=None)  # it was found for the parcel
    assert concerned([TAX], [missing], minilm.embed) == []
    assert rules(PARCEL, [missing], minilm.embed) and not rules(TAX, [missing], minilm.embed)


def test_a_section_that_search_ranks_as_near_is_its_rival(library: Library, minilm: MiniLM) -> None:
    def other(home: Passage, policies: list[Passage]) -> Passage | None:
        return rival(home, policies, PARCEL, minilm.embed)

    first, second, *others = found(library, PARCEL)
    far = dataclasses.replace(second, score=first.score - CLOSE - 1)
    near = dataclasses.replace(second, score=first.score - CLOSE + 1)
    staff = dataclasses.replace(near, meta=near.meta.model_copy(update={"audience": "internal"}))
    assert other(first, [first, far, *others]) is None and other(first, [first]) is None
    assert other(first, [first, near, *others]) == near
    assert other(first, [first, staff]) is None, "nobody may rest a reply on it"
    assert other(far, [first, far]) == first


def test_a_section_for_the_cause_that_is_named_is_a_rival(library: Library, minilm: MiniLM) -> None:
    fog = "We landed in Oslo six hours late because of fog. I want the 400 euros."
    policies = library.search(fog, kind="policy", policy_set="airline", count=4)
    fault, outside = (next(p for p in policies if p.id.endswith(end)) for end in ("our-fault", "outside-our-control"))
    assert rival(fault, policies, fog, minilm.embed) == outside
    screw = fog.replace("fog", "a technical fault")
    assert rival(fault, policies, screw, minilm.embed) is None


@pytest.mark.parametrize(
    "message",
    [
        TAX,
        "Bought a van off you and the engine has smelt of burning oil ever since, third time in the workshop.",
        "My bus was forty minutes late again and the driver drove straight past the stop.",
    ],
)
@pytest.mark.parametrize(
    ("policy_set", "own"),
    [
        ("gym", "You cancelled my session, I want my money back."),
        ("shop", "My order is late, I want a refund."),
        ("airline", "The flight was late and then cancelled, I want a refund."),
    ],
)
def test_another_trades_matter_is_offered_nothing(
    library: Library, minilm: MiniLM, message: str, policy_set: str, own: str
) -> None:
    some = found(library, own, policy_set)
    assert rules(own, some, minilm.embed) and rules(message, some, minilm.embed) == []


def test_words_weigh_by_who_uses_them_and_strange_ones_not_at_all(library: Library) -> None:
    """As the gate asks: with the section's own sentences among the lines that answer."""
    own = sentences(passage(library, PARCEL, "shop-orders-and-delivery#missing-parcels").section.text)
    assert evidence("my parcel is missing", "shop", own) > 0
    assert evidence("the tax office and the bus driver", "shop", own) < 0
    assert evidence("zzyzx qwrtz", "shop") == 0 == evidence("", "shop")


def test_a_section_that_nobody_wrote_phrasings_for_is_held_against_its_own_sentences(
    library: Library, minilm: MiniLM
) -> None:
    known = passage(library, PARCEL, "shop-orders-and-delivery#missing-parcels")
    own = dataclasses.replace(known, section=dataclasses.replace(known.section, id="own#parcels"))
    assert concerned([PARCEL], [own], minilm.embed) == [own]
    assert concerned([TAX], [own], minilm.embed) == []


def test_what_is_least_decides(library: Library, minilm: MiniLM) -> None:
    missing = passage(library, PARCEL, "shop-orders-and-delivery#missing-parcels")
    assert concerned([PARCEL], [missing], minilm.embed, least=9) == []
    assert concerned([TAX], [missing], minilm.embed, least=-9) == [missing]
    assert concerned([PARCEL], [], minilm.embed) == []


@pytest.mark.parametrize(
    ("message", "refusal", "asked"),
    [
        (
            "You have cameras, I want to see the footage.",
            "Letting a member watch camera recordings is refused, because other people can be seen on them.",
            True,
        ),
        ("I want my 400 euros.", "The fixed compensation is refused for weather, because nobody could help.", True),
        (
            "You took it twice this month at Harbour Fitness.",
            "Harbour Fitness refuses to refund months already used, because the club was open.",
            False,
        ),
        (
            "My case never came off the belt.",
            "Paying for luxury goods is refused, because the allowance covers need.",
            False,
        ),
    ],
)
def test_only_what_was_asked_for_is_refused(message: str, refusal: str, asked: bool) -> None:
    assert claimed(message, refusal) is asked


def test_a_further_grant_of_a_section_needs_to_fit_by_itself(library: Library, minilm: MiniLM) -> None:
    message = "The pool has been shut for a month, the pool is the only reason I am a member."
    chosen = [s for _, s in rules(message, found(library, message, "gym"), minilm.embed)]
    assert any(s.startswith("When the pool or sauna") for s in chosen)
    assert not any(s.startswith("When a whole club") for s in chosen)


def case(id: str, message: str, policy: tuple[str, ...], half: str = "tune") -> DraftCase:
    tags = () if policy else ("no policy",)
    row = {"id": id, "set": "shop", "half": half, "tags": tags, "covered": bool(policy), "policy": policy}
    return DraftCase.model_validate(row | {"message": message})


def test_the_suite_counts_what_code_tells_apart_and_names_the_misses_of_one_half(
    library: Library, minilm: MiniLM, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path}/drafts.db")
    desk = ReplyDesk(library, ChatModel(lambda: Endpoint("http://127.0.0.1:9/v1", "", "none")), minilm.embed, store)
    right = ("shop-orders-and-delivery#missing-parcels",)
    cases = [
        case("parcel", PARCEL, right),
        case("tax", TAX, ()),
        case("mislabelled", TAX, right),
        case("unseen", PARCEL, (), half="report"),
    ]
    done: list[int] = []
    found = matter.run(desk, cases, lambda now, of: done.append(now))
    store.close()
    assert done == [1, 2, 3, 4]
    assert found.figures["no-policy cases that say so (F1), tune"].value == pytest.approx(2 / 3)
    assert found.figures["no-policy cases that say so (F1), report"].value == 0
    assert found.figures["covered cases that say so, tune"].value == 0.5
    assert found.figures["covered cases that rest on a right section, tune"].value == 0.5
    assert found.notes == ("  mislabelled: nothing offered",)


def test_what_is_chosen_on_nine_tenths_is_told_on_the_tenth() -> None:
    told = [
        matter.Told(
            case(str(n), PARCEL, ("x",) if n % 2 else ()), frozenset(), tuple(n % 2 == 1 for _ in matter.LEASTS)
        )
        for n in range(20)
    ]
    pairs = matter.chosen_elsewhere(told)
    assert len(pairs) == 20 and f1(pairs) == 1
    assert f1([]) == 0
