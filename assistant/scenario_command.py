"""``python -m assistant scenario list | new ID | check [ID or FILE …]``."""

import argparse
import re
import sys
from pathlib import Path

from assistant.errors import ScenarioError
from assistant.roleplay import patterns
from assistant.roleplay.authoring import lint, rehearse, scaffold
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import FOLDER, Scenario, load_scenario, load_scenarios, pick


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the terminal's parser."""
    scenario = commands.add_parser("scenario", help="list, begin or check practice scenarios")
    parts = scenario.add_subparsers(dest="part", required=True)
    parts.add_parser("list", help="the scenarios there are")
    new = parts.add_parser("new", help="begin one")
    new.add_argument("id", help="small letters, figures and hyphens")
    new.add_argument("--folder", type=Path, default=FOLDER)
    check = parts.add_parser("check", help="lint, and play with two scripted trainees")
    check.add_argument("what", nargs="*", help="ids or files; all where none is given")


def run(options: argparse.Namespace) -> int:
    """Run it; gives the exit status: 1 if something is to be mended.

    Raises:
        ScenarioError: a file breaks the schema, or would be overwritten.
    """
    if options.part == "list":
        for s in load_scenarios().values():
            print(f"{s.id:40} {s.persona.name}, {s.channel}: {s.title}")
        return 0
    return _new(options.id, options.folder) if options.part == "new" else _check(options.what)


def _new(scenario_id: str, folder: Path) -> int:
    path = folder / f"{scenario_id}.yaml"
    if not re.fullmatch(r"[a-z0-9-]+", scenario_id):
        raise ScenarioError(
            f"'{scenario_id}' is no id: use small letters, figures and hyphens, such as lost-luggage."
        )
    if path.exists():
        raise ScenarioError(f"{path} exists already. Choose another id, or edit that file.")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(scaffold(scenario_id), encoding="utf-8")
    print(f"{path}\nFill it in, then: python -m assistant scenario check {path}")
    return 0


def _check(what: list[str]) -> int:
    chosen = [_find(name) for name in what] or list(load_scenarios().values())
    wrong = 0
    for scenario in chosen:
        problems = list(lint(scenario))
        fares = rehearse(scenario, patterns.read)
        for problem in problems:
            print(f"{scenario.id}: {problem}", file=sys.stderr)
        ends = ", ".join(_fared(who, practice) for who, practice in fares.items())
        print(f"{scenario.id}: {f'{len(problems)} to mend' if problems else 'fine'}; {ends}")
        wrong += len(problems)
    return 1 if wrong else 0


def _fared(who: str, practice: Practice) -> str:
    state, turns = practice.state, len(practice.exchanges)
    return f"{who} {practice.ending or 'open'} after {turns} turns (anger {state.anger}, trust {state.trust})"


def _find(name: str) -> Scenario:
    return load_scenario(Path(name)) if Path(name).suffix else pick(load_scenarios(), name)
