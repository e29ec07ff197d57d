import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.llm import ChatModel, Endpoint
from assistant.reply.draft import Citation, Draft, Outcome
from assistant.reply.drafting import ReplyDesk
from assistant.reply.verify import CheckedPart, Finding, Part, Quote
from assistant.services import Services
from assistant.settings import Settings
from assistant.store import Store
from evals import rubric as rubrics
from evals.case import DraftCase, load_draft_cases
from evals.checks import CHECKS
from evals.commands import rescorer
from evals.errors import EvalError
from evals.ledger import Ledger, Prices
from evals.result import Result
from evals.rubric import Criterion, Rubric, load_rubric
from evals.runner import Cost, Header, Record, Run
from evals.stats import mean, share
from evals.suites import drafting
from knowledge import Library
from tests.libraries import WordEmbedder
from tests.scripted import ScriptedServer

RULE = "An agent may, without asking anyone, refund the £55 price of one session."
TONE = "Say what went wrong and that it was ours."
GYM = Citation(id="gym#late", title="Late", kind="policy", internal=False, text=f"Before. {RULE} After.", why="")
GUIDE = Citation(id="apology#do", title="Apology", kind="guide", internal=False, text=TONE, why="")
CASE = DraftCase(
    id="late",
    set="gym",
    covered=True,
    policy=("gym#late",),
    message="My trainer strolled in twenty-five minutes late and left early.",
)
UNCOVERED = CASE.model_copy(update={"covered": False, "policy": ()})
POLICY_QUOTE = Quote(passage="gym#late", words=RULE)


def part(text: str, *quotes: Quote, blocked: bool = False) -> CheckedPart:
    findings = (Finding(kind="unbacked commitment", words="£99", why="no policy"),) if blocked else ()
    return CheckedPart(part=Part(purpose="offer", text=text, quotes=quotes), findings=findings)


def draft(*parts: CheckedPart, outcome: Outcome = "reply") -> Draft:
    return Draft(
        id="d", customer=CASE.message, policy_set="gym", outcome=outcome, parts=parts, citations=(GYM, GUIDE)
    )


EXAMPLES = {
    "names_the_case": (
        draft(part("Your trainer strolled in late; you lost twenty-five minutes.")),
        draft(part("Thank you for your message. We will look into it.")),
    ),
    "no_stock_phrases": (
        draft(part("We kept you waiting. That is our mistake.")),
        draft(part("We apologise for any inconvenience this may have caused.")),
    ),
    "no_blame": (
        draft(part("You wrote: “You should have told me!” We should have.")),
        draft(part("You should have read the confirmation.")),
    ),
    "quotes_stand": (
        draft(part("I can refund it.", POLICY_QUOTE)),
        draft(part("I can refund it.", Quote(passage="gym#late", words="An agent may refund everything"))),
    ),
    "nothing_unbacked": (
        draft(part("I can refund the £55 price of one session.", POLICY_QUOTE)),
        draft(part("I can refund you £99.", POLICY_QUOTE)),
    ),
    "offers_from_policy": (
        draft(part("I can refund one session.", POLICY_QUOTE)),
        draft(part("We are sorry.", Quote(passage="apology#do", words=TONE))),
    ),
    "right_policy": (
        draft(part("I can refund one session.", POLICY_QUOTE)),
        draft(part("I can refund one session.", Quote(passage="gym#other", words=RULE))),
    ),
    "says_no_policy": (
        draft(part("I am asking my manager."), outcome="ask the agent"),
        draft(part("I can refund one session.", POLICY_QUOTE), outcome="ask the agent"),
    ),
    "short_enough": (draft(part("word " * 160)), draft(part("word " * 161))),
}


def test_every_check_has_its_examples() -> None:
    assert EXAMPLES.keys() == CHECKS.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_check_is_met_and_not_met_by_its_examples(name: str) -> None:
    met, not_met = EXAMPLES[name]
    assert [CHECKS[name](met, CASE), CHECKS[name](not_met, CASE)] == [True, False]


def test_a_blocked_part_is_not_what_would_be_sent() -> None:
    blocked = draft(part("I can refund you £99.", POLICY_QUOTE, blocked=True))
    assert blocked.text == ""
    assert CHECKS["nothing_unbacked"](blocked, CASE)
    assert not CHECKS["offers_from_policy"](blocked, CASE)
    assert not CHECKS["short_enough"](blocked, CASE)


@pytest.mark.parametrize("outcome", ["reply", "ask the customer"])
def test_leaving_the_decision_to_a_person_must_be_the_outcome(outcome: Outcome) -> None:
    assert not CHECKS["says_no_policy"](draft(part("We are sorry."), outcome=outcome), UNCOVERED)
    assert CHECKS["says_no_policy"](draft(part("We are sorry."), outcome="escalate"), UNCOVERED)


def test_only_the_criteria_that_apply_are_graded() -> None:
    rubric = load_rubric("drafting")
    answer = EXAMPLES["offers_from_policy"][0]
    always = {c.id for c in rubric.criteria if c.applies_when == "always"}
    assert drafting.grade(answer, CASE, rubric).keys() == always | {"offers-from-policy", "right-policy"}
    assert drafting.grade(answer, UNCOVERED, rubric).keys() == always | {"says-no-policy"}
    assert drafting.grade(answer, CASE, rubric)["offers-from-policy"] is True


def test_the_drafting_rubric_names_checks_that_are_there_and_uses_all() -> None:
    criteria = load_rubric("drafting").criteria
    assert sorted(c.check for c in criteria) == sorted(CHECKS)


CRITERION = {
    "id": "polite",
    "asks": "Is it polite?",
    "applies_when": "always",
    "points": 1,
    "check": "no_blame",
    "met": "yes",
    "not_met": "no",
    "human": "",
}


@pytest.fixture
def rubric_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rubrics, "FOLDER", tmp_path)
    return tmp_path


def complaint(folder: Path, text: str) -> str:
    (folder / "mine.yaml").write_text(text)
    with pytest.raises(EvalError) as caught:
        load_rubric("mine")
    return str(caught.value)


def test_a_rubric_is_read(rubric_folder: Path) -> None:
    (rubric_folder / "mine.yaml").write_text(json.dumps({"criteria": [CRITERION]}))
    assert load_rubric("mine") == Rubric(criteria=(Criterion.model_validate(CRITERION),))


def test_a_missing_rubric_is_named(rubric_folder: Path) -> None:
    with pytest.raises(EvalError, match=r"There is no rubric none\.yaml"):
        load_rubric("none")


def test_a_rubric_that_is_not_yaml_is_said(rubric_folder: Path) -> None:
    assert complaint(rubric_folder, "criteria: [").startswith("mine.yaml is not YAML")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "Not Good"}, "criteria.0.id"),
        ({"asks": "It is polite."}, "criteria.0.asks"),
        ({"applies_when": "never"}, "criteria.0.applies_when"),
        ({"points": 0}, "criteria.0.points"),
        ({"points": 11}, "criteria.0.points"),
        ({"weight": 2}, "criteria.0.weight"),
    ],
)
def test_a_criterion_that_breaks_the_schema_is_named(
    rubric_folder: Path, change: dict[str, object], where: str
) -> None:
    message = complaint(rubric_folder, json.dumps({"criteria": [CRITERION | change]}))
    assert message.startswith(f"mine.yaml, {where}: ")


def test_a_missing_field_is_named(rubric_folder: Path) -> None:
    missing = {k: v for k, v in CRITERION.items() if k != "met"}
    assert "criteria.0.met: Field required" in complaint(rubric_folder, json.dumps({"criteria": [missing]}))


def test_a_rubric_without_criteria_is_refused(rubric_folder: Path) -> None:
    assert complaint(rubric_folder, "criteria: []").startswith("mine.yaml, criteria: ")


def test_two_criteria_of_one_id_are_refused(rubric_folder: Path) -> None:
    text = json.dumps({"criteria": [CRITERION, CRITERION]})
    assert complaint(rubric_folder, text) == "mine.yaml: two criteria have the id 'polite'."


LINE = {"id": "a", "set": "gym", "covered": True, "policy": ["gym#late"], "message": "Late again!"}


def cases(folder: Path, *lines: str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_cases_are_read_in_order(tmp_path: Path) -> None:
    found = load_draft_cases(cases(tmp_path, json.dumps(LINE), json.dumps(LINE | {"id": "b"})))
    assert [c.id for c in found] == ["a", "b"] and found[0].policy == ("gym#late",)


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (json.dumps(LINE | {"id": "b", "message": ""}), "message"),
        (json.dumps(LINE | {"id": "b", "covered": "perhaps"}), "covered"),
        (json.dumps(LINE | {"id": "b", "mood": "irate"}), "mood"),
        (json.dumps({"id": "b", "set": "gym", "covered": True}), "message"),
        ("{not json", "the line"),
        ("", "the line"),
    ],
)
def test_a_line_that_breaks_the_schema_is_named(tmp_path: Path, line: str, where: str) -> None:
    path = cases(tmp_path, json.dumps(LINE), line, json.dumps(LINE | {"id": "c"}))
    with pytest.raises(EvalError) as caught:
        load_draft_cases(path)
    assert str(caught.value).startswith(f"cases.jsonl, line 2, {where}: ")


def test_two_cases_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"cases\.jsonl, line 2: the id 'a' stands twice"):
        load_draft_cases(cases(tmp_path, json.dumps(LINE), json.dumps(LINE)))


def test_the_built_in_cases_agree_with_themselves() -> None:
    found = load_draft_cases()
    assert {c.covered for c in found} == {True, False}
    assert [c.id for c in found if c.covered != bool(c.policy)] == []
    assert [c.id for c in found if any(not p.startswith(f"{c.set}-") for p in c.policy)] == []


def test_a_share_comes_with_its_wilson_interval() -> None:
    found = share([True] * 8 + [False] * 2)
    assert (found.n, found.value) == (10, 0.8)
    assert (round(found.low, 3), round(found.high, 3)) == (0.490, 0.943)
    assert str(found) == "0.800 [0.490, 0.943] (n=10)"


def test_a_share_of_nothing_claims_nothing() -> None:
    assert (share([]).value, str(share([]))) == (0.0, "no case")


@hypothesis(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_an_interval_holds_its_share_and_stays_within_bounds(verdicts: list[bool]) -> None:
    found = share(verdicts)
    assert -1e-9 <= found.low <= found.value + 1e-9 <= found.high + 2e-9 <= 1 + 3e-9


def test_more_cases_narrow_the_interval() -> None:
    few, many = share([True, False] * 5), share([True, False] * 50)
    assert many.high - many.low < few.high - few.low


def test_figures_count_errors_apart_and_never_grade_them() -> None:
    answer = draft(part("You lost twenty-five minutes."))
    given = {"cluster": "gym", "epoch": 0, "seed": "s", "input": CASE.model_dump(mode="json")}
    output = {"draft": answer.model_dump(mode="json"), "begins": 1.0}
    records = [
        Record(id="a", verdicts={"polite": True}, seconds=1.0, output=output, **given),
        Record(id="b", verdicts={"polite": False}, seconds=9.0, output=output, **given),
        Record(id="c", error="EndpointDown: gone", error_kind="EndpointDown", seconds=2.0, **given),
    ]
    found = drafting.result(Header(suite="drafting"), records).figures
    assert (found["cases without error"].n, round(found["cases without error"].value, 2)) == (3, 0.67)
    assert (found["polite"].n, found["polite"].value) == (2, 0.5)
    assert found["seconds a case (median)"].value == 2


def test_a_result_as_json_holds_n_interval_target_and_verdict() -> None:
    figures = {"good": share([True] * 9 + [False]), "bad": share([True, False]), "free": share([True])}
    found = Result(suite="x", about={"model": "m"}, figures=figures, targets={"good": ">= 0.9", "bad": "= 0"})
    whole = json.loads(found.as_json())
    assert whole["figures"]["good"]["met"] is True and whole["figures"]["good"]["n"] == 10
    assert whole["figures"]["bad"]["met"] is False and whole["figures"]["free"]["met"] is None
    assert "MISSED" in found.as_text() and "target >= 0.9 met" in found.as_text()


def test_a_target_that_was_not_measured_is_neither_met_nor_missed() -> None:
    found = Result(suite="x", figures={"none": share([])}, targets={"none": ">= 0.9", "gone": "<= 1"})
    assert found.met("none") is None and found.met("gone") is None


def test_a_target_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValidationError, match="the target of 'good' is 'about 0.9'"):
        Result(suite="x", figures={}, targets={"good": "about 0.9"})


def test_whole_clusters_are_resampled() -> None:
    values, names = [0.0] * 50 + [1.0] * 50, ["one"] * 50 + ["two"] * 50
    loose, tight = mean(values, names), mean(values)
    assert loose.value == tight.value == 0.5 and (loose.low, loose.high) == (0, 1)
    assert tight.high - tight.low < 0.25


async def test_drafts_go_through_the_runner_with_their_cost_and_are_graded_again_without_drafting(
    model: ChatModel, server: ScriptedServer, settings: Settings, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "late.md").write_text(f"---\nid: gym-late\nkind: policy\nset: gym\n---\n## Late\n\n{RULE}\n")
    embedder, ledger, rubric = WordEmbedder(), Ledger(), load_rubric("drafting")
    library = Library(tmp_path / "library", embedder, builtin=(files,))
    library.sync()
    store = Store(f"sqlite:///{tmp_path / 'even-keel.db'}")
    unused: Any = None
    told = ChatModel(lambda: Endpoint(server.url, "key", "scripted"), timeout=5, retries=0, record=ledger.note)
    desk = ReplyDesk(library, told, embedder.embed, store)
    services = Services(settings, library, told, None, store, unused, unused, unused, unused, desk)
    sorry = {"purpose": "acknowledge", "text": "Your trainer strolled in late.", "quotes": []}
    server.say(json.dumps({"outcome": "reply", "parts": [sorry]}))
    unreadable = CASE.model_copy(update={"id": "quoted", "message": "> only quoted"})
    header = Header(suite="drafting", rubric="drafting")
    run = Run.open(tmp_path / "runs" / "drafting.jsonl", header)
    work = drafting.worker(services, rubric, ledger)
    await run.all(drafting.cases([CASE, unreadable]), work, at_once=2, report=lambda done, cost: None)
    await told.close()
    library.close()
    store.close()
    by_id = {r.id: r for r in run.records()}
    drafted, failed = by_id[CASE.id], by_id["quoted"]
    assert drafted.error == "" and drafted.verdicts["no-blame"] and not drafted.verdicts["right-policy"]
    assert (drafted.cost.calls, failed.cost.calls) == (1, 0), "told apart, though they ran at once"
    assert failed.error.startswith("InputError: ") and drafting.of(failed) is None
    emptied = drafted.model_copy(update={"verdicts": {}})
    assert rescorer(header)(emptied) == drafted and drafting.rescore(failed, rubric) == failed
    paid = drafted.model_copy(update={"cost": Cost(calls=1, prompt_tokens=900, completion_tokens=100)})
    found = drafting.result(header, [paid, failed], Prices(read=2.0, written=10.0))
    assert found.figures["cases without error"].value == 0.5 and found.figures["tokens in (mean)"].value == 900
    assert found.about["cost"] == 0.0028
