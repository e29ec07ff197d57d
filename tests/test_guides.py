import re
from functools import cache
from pathlib import Path

import pytest

from assistant.roleplay.acts import codebook
from assistant.roleplay.scenario import Scenario, load_scenarios
from knowledge import Meta, Section
from knowledge.library import BUILTIN
from knowledge.load import Document, files_under, load
from knowledge.sections import cut

MOST_WORDS = 300
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
GUIDES, POLICIES = BUILTIN


@cache
def documents() -> dict[Path, Document]:
    return {path.resolve(): load(path, root) for root in BUILTIN for path in files_under(root)}


@cache
def sections() -> dict[str, tuple[Meta, Section]]:
    return {s.id: (d.meta, s) for d in documents().values() for s in cut(d)}


@cache
def scenarios() -> dict[str, Scenario]:
    return load_scenarios()


def guide(section_id: str) -> bool:
    return section_id in sections() and sections()[section_id][0].kind == "guide"


def test_every_document_has_an_id_of_its_own() -> None:
    ids = [d.meta.id for d in documents().values()]
    assert len(ids) > 40 and sorted(set(ids)) == sorted(ids)


def test_every_section_has_an_id_of_its_own() -> None:
    count = sum(len(cut(d)) for d in documents().values())
    assert len(sections()) == count > 200


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_every_file_stands_where_its_front_matter_says(path: Path) -> None:
    meta = documents()[path].meta
    if meta.kind == "guide":
        assert path.parent == GUIDES.resolve() and (meta.set, meta.id) == ("", path.stem)
    else:
        assert path.parent.parent == POLICIES.resolve()
        assert (meta.set, meta.id) == (path.parent.name, f"{path.parent.name}-{path.stem}")


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_every_section_is_short_enough_to_be_read_at_once(path: Path) -> None:
    long = {s.id: n for s in cut(documents()[path]) if (n := len(s.text.split())) > MOST_WORDS}
    assert long == {}


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_no_heading_of_a_document_is_lost(path: Path) -> None:
    document = documents()[path]
    text = re.sub(r"^```.*?^```", "", document.text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^##? (.+?)\s*$", text, re.MULTILINE)
    assert set(headings) == {s.heading for s in cut(document)} | {document.meta.title}


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_every_link_leads_to_a_section_that_is_there(path: Path) -> None:
    dead = [link for link in LINK.findall(documents()[path].text) if not resolves(path, link)]
    assert dead == []


def resolves(path: Path, link: str) -> bool:
    if re.match(r"https?://", link):
        return True
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if target.name == "README.md":
        return target.is_file()
    if target not in documents():
        return False
    return not anchor or f"{documents()[target].meta.id}#{anchor}" in sections()


def test_a_dead_link_would_be_noticed() -> None:
    path = (GUIDES / "apology.md").resolve()
    assert resolves(path, "explaining-policy.md#what-to-do") and resolves(path, "#why")
    assert not resolves(path, "explaining-policy.md#no-such") and not resolves(path, "nowhere.md")


@pytest.mark.parametrize("act", codebook())
def test_every_act_sends_the_trainee_to_a_guide_that_is_there(act: str) -> None:
    assert guide(codebook()[act].teaches)


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_trains_guides_that_are_there(name: str) -> None:
    assert [t for t in scenarios()[name].trains if not guide(t)] == []


@pytest.mark.parametrize("name", [n for n, s in scenarios().items() if s.policy in ("gym", "shop", "airline")])
def test_every_remedy_rests_on_a_section_of_the_scenarios_own_policies(name: str) -> None:
    scenario = scenarios()[name]
    for remedy in scenario.remedies:
        assert remedy.policy in sections(), remedy.id
        meta = sections()[remedy.policy][0]
        assert (meta.kind, meta.set, meta.expires) == ("policy", scenario.policy, None), remedy.id


@pytest.mark.parametrize("name", scenarios())
def test_a_scenarios_policies_are_one_of_the_sets_or_none(name: str) -> None:
    sets = {m.set for m, _ in sections().values() if m.kind == "policy"}
    assert scenarios()[name].policy in sets | {"none"}


def test_the_scenarios_cover_every_set_of_policies() -> None:
    assert {"gym", "shop", "airline"} <= {s.policy for s in scenarios().values()}


def test_where_a_customer_speaks_of_harming_themselves_help_is_called_and_nobody_leaves() -> None:
    told = [s.text for _, s in sections().values() if "speaks of harming themselves" in s.text]
    assert len(told) == 3
    assert all("stays" in t and re.search(r"emergency service called|medical service at once", t) for t in told)
    assert "never end that contact" in sections()["limits-with-abuse#when-not-to"][1].text
