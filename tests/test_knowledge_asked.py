import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge import Library, MiniLM, asked, seed
from knowledge.asked import Asked, learned, name, pool_pieces
from knowledge.embed import unit
from knowledge.manifest import Manifest
from knowledge.sections import Child, Section
from tests.libraries import Open

BAKERY = (
    "## Late orders\n\nAn agent may, without asking anyone, refund delivery when an order is over an hour late.\n\n"
    "## Allergies\n\nNobody promises that a kitchen is free of nuts.\n"
)
WAITING = (
    "the cake never came and the children were waiting",
    "party started at three and there was nothing on the table",
    "my daughter blew out candles on a loaf of bread",
    "guests sat there with no cake, I was ashamed",
    "you ruined the birthday, my son cried",
)
NUTS = ("is there almond in it", "my boy cannot have peanuts", "does the kitchen use hazelnut flour")
ASKED = {
    "late": ["where is my parcel", "it should have come on monday", "still waiting for the box"],
    "broken": ["the lamp came in pieces", "a crack in the vase", "it does not switch on"],
    "": ["are you hiring", "what is the wifi password"],
}


def section(section_id: str, asked: tuple[str, ...] = ()) -> Section:
    return Section(section_id, section_id.partition("#")[0], "Heading", "Title > Heading", "Text.", asked)


def pieces() -> list[Child]:
    return [Child(f"{section}-{n}", section, text) for section, some in ASKED.items() for n, text in enumerate(some)]


@pytest.fixture(scope="module")
def some(minilm: MiniLM) -> Asked:
    rows = minilm.embed([p.text for p in pieces()])
    return Asked(pieces(), rows, learned(pieces(), rows))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("my parcle has not come, waiting since monday", 0),
        ("the vase is cracked", 1),
        ("do you have a job for me, are you hiring?", 2),
        ("where is my parcel", 0),
    ],
)
def test_a_message_asks_for_what_it_is_like_and_for_none_where_nothing_answers(
    query: str, wanted: int, some: Asked, minilm: MiniLM
) -> None:
    (likeness,) = some.likeness([query], minilm.embed([query]))
    assert likeness.shape == (3,) and some.sections == ["late", "broken"]
    assert int(likeness.argmax()) == wanted


def test_what_is_like_nothing_gets_next_to_nothing(some: Asked) -> None:
    assert float(some.likeness(["qwrtz"], unit(np.ones((1, 384)))).max()) < 0.1


def test_the_weights_solve_what_was_asked_of_them(minilm: MiniLM) -> None:
    """What is given back for a phrasing itself is what was wanted, less what the ridge takes."""
    rows = minilm.embed([p.text for p in pieces()])
    weights = learned(pieces(), rows)
    wanted = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 1, 2, 2]]
    again = Asked(pieces(), rows, weights)
    given = again.likeness([p.text for p in pieces()], rows)
    assert np.abs(given + asked.RIDGE * weights - wanted).max() < 1e-3


def test_another_line_or_embedder_or_section_is_another_name() -> None:
    plain = pieces()
    moved = [Child(plain[0].id, "broken", plain[0].text), *plain[1:]]
    names = {name(plain, "a"), name(plain, "b"), name(plain[1:], "a"), name(moved, "a")}
    assert len(names) == 4 and name(pieces(), "a") in names


def test_a_pool_without_phrasings_has_nothing_to_learn() -> None:
    known = "gym-bookings#prices-and-session-packages"
    assert pool_pieces("policy-gym", [section("nobody#wrote-for-this")]) == []
    assert {p.section for p in pool_pieces("policy-gym", [section(known)])} == {known, ""}


def test_a_companys_own_lines_stand_beside_half_as_many_that_nothing_answers() -> None:
    cakes = section("cakes#late", asked=tuple(f"where is cake {n}" for n in range(20)))
    own = pool_pieces("policy-bakery", [cakes])
    assert [p.text for p in own if p.section] == list(cakes.asked)
    assert 9 <= sum(not p.section for p in own) <= 11
    assert own == pool_pieces("policy-bakery", [cakes])


def test_of_more_own_lines_than_can_be_learned_from_the_longest_lists_are_thinned() -> None:
    many = [section(f"doc#{n}", tuple(f"line {n} {k}" for k in range(100))) for n in range(60)]
    few = section("doc#few", ("where is it", "it never came"))
    own = [p for p in pool_pieces("policy-bakery", [*many, few]) if p.section]
    of_each = Counter(p.section for p in own)
    assert of_each["doc#few"] == 2 and {of_each[s.id] for s in many} == {66} and len(own) <= asked.MOST
    assert own[65].text == "line 0 98", "taken from all over the list"


def test_the_built_in_phrasings_are_never_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    known = section("gym-bookings#prices-and-session-packages")
    whole = pool_pieces("policy-gym", [known])
    monkeypatch.setattr(asked, "MOST", 1)
    assert pool_pieces("policy-gym", [known]) == whole


def test_what_a_document_says_of_how_it_is_asked_for_finds_it(minilm: MiniLM, tmp_path: Path) -> None:
    of_each = {"Late orders": WAITING, "Allergies": NUTS}
    asked = "asked:\n" + "".join(f"  {h}:\n" + "".join(f"  - {x}\n" for x in some) for h, some in of_each.items())
    found = {}
    for kind, lines in (("plain", ""), ("told", asked)):
        files = tmp_path / kind
        files.mkdir()
        (files / "orders.md").write_text(f"---\nid: orders\nkind: policy\nset: bakery\n{lines}---\n{BAKERY}")
        library = Library(tmp_path / f"{kind} library", minilm, builtin=(files,))
        assert library.sync().failed == {}
        passages = library.search("my kid cried in front of an empty table", kind="policy", policy_set="bakery")
        found[kind] = [p.id for p in passages]
        library.close()
    assert found["plain"] == [] and found["told"][0] == "orders#late-orders"


def test_a_heading_that_there_is_not_is_named_with_those_there_are(opened: Open, files: Path) -> None:
    (files / "orders.md").write_text(f"---\nid: orders\nasked: {{Late cakes: [where is it]}}\n---\n{BAKERY}")
    (why,) = opened().sync().failed.values()
    assert "“Late cakes”, which is no heading. There are: Late orders, Allergies." in why


def test_what_is_learned_of_the_built_in_phrasings_ships(library: Library, minilm: MiniLM) -> None:
    for pool, some in library._beside().items():
        assert seed.learned(name(some, minilm.fingerprint)) is not None, f"{pool}: run python -m knowledge seed"


def test_what_is_learned_is_kept_and_what_is_of_other_phrasings_forgotten(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.db")
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    manifest.set_learned("old", weights)
    manifest.set_learned("new", weights + 1)
    manifest.forget_learned(["new"])
    kept = manifest.learned("new")
    assert manifest.learned("old") is None and kept is not None and (kept == weights + 1).all()
    manifest.close()


def test_the_first_searches_take_the_texts_apart_once(some: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first draft may come while the app still warms up: the same seconds of work are not done beside it again."""
    folded = 0
    whole = asked._Vocabulary.folded

    def counted(self: asked._Vocabulary, weights: asked.Vectors) -> object:
        nonlocal folded
        folded += 1
        time.sleep(0.1)
        return whole(self, weights)

    monkeypatch.setattr(asked._Vocabulary, "folded", counted)
    fresh = Asked(pieces(), some._vectors, some._weights)
    with ThreadPoolExecutor(4) as searches:
        list(searches.map(lambda _: fresh.warm_up(), range(4)))
    assert folded == 2, "words once, letters once"
