"""``python -m assistant scenario list | new ID | from FILE --id ID | check [ID, FILE or FOLDER …]``.

Scenarios of one's own are kept in the data folder, beside the practices, and are offered with the built-in ones.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from assistant.errors import InputError, ModelNotReady, ScenarioError
from assistant.llm import ChatModel
from assistant.roleplay import patterns
from assistant.roleplay.adaptation import Adapted, adapt
from assistant.roleplay.authoring import rehearse, scaffold, unchanged, unfair
from assistant.roleplay.practice import Practice
from assistant.roleplay.references import Referable
from assistant.roleplay.review import review
from assistant.roleplay.scenario import Scenario, load_scenario, pick, read_file
from assistant.roleplay.shelf import Shelf, check_id
from assistant.services import open_embedder, open_library, standby
from assistant.settings import Settings, load_settings
from assistant.text_file import read_text


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the terminal's parser."""
    scenario = commands.add_parser("scenario", help="list, begin or check practice scenarios")
    parts = scenario.add_subparsers(dest="part", required=True)
    parts.add_parser("list", help="the scenarios there are")
    new = parts.add_parser("new", help="begin one")
    new.add_argument("id", help="small letters, figures and hyphens")
    draft = parts.add_parser("from", help="draft one from a transcript, a complaint or a policy (a capable model)")
    draft.add_argument("file", help="a text file, or - for standard input")
    draft.add_argument("--id", required=True, help="small letters, figures and hyphens")
    for part in (new, draft):
        part.add_argument("--folder", type=Path, help="where to put it; your data folder where not given")
    check = parts.add_parser("check", help="lint, and play with two scripted trainees")
    check.add_argument("what", nargs="*", help="ids, files or folders; all where none is given")


def run(options: argparse.Namespace) -> int:
    """Run it; gives the exit status: 1 if something is to be mended.

    Raises:
        ScenarioError: a file breaks the schema, or would be overwritten.
        InputError: the file to draft from cannot be read, or the new one not written.
        ModelError: the model that is to draft cannot.
    """
    settings = load_settings()
    shelf = Shelf(settings.scenarios)
    scenarios = shelf.scenarios
    for name, why in shelf.broken.items():
        print(f"passed over: {name}: {why}", file=sys.stderr)
    if options.part == "list":
        for s in scenarios.values():
            print(f"{s.id:40} {s.persona.name}, {s.channel}: {s.title}")
        return 0
    if options.part == "check":
        texts = [text for name in options.what for text in _find(name, shelf)]
        wrong = _check(texts or [shelf.text(name) for name in scenarios], _there(settings))
        return 1 if shelf.broken and not options.what else wrong
    path = _free(options.id, options.folder or settings.scenarios, scenarios)
    return _new(path) if options.part == "new" else _draft(path, options.file, settings, scenarios)


def _free(scenario_id: str, folder: Path, scenarios: dict[str, Scenario]) -> Path:
    """Where a new scenario of that id goes."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file. Give --folder a folder, which is made where there is none.")
    path = folder / f"{scenario_id}.yaml"
    check_id(scenario_id, [*scenarios, *([scenario_id] if path.exists() else [])])
    return path


def _new(path: Path) -> int:
    _write(path, scaffold(path.stem))
    print(f"{path}\nFill it in, then: python -m assistant scenario check {path}")
    return 0


def _draft(path: Path, source: str, settings: Settings, scenarios: dict[str, Scenario]) -> int:
    if not settings.remote:
        raise ModelNotReady(
            "Drafting a scenario needs a capable model: set OPENAI_BASE_URL or OPENAI_API_KEY. "
            f"Or begin one by hand: python -m assistant scenario new {path.stem}"
        )
    text = read_text(source)
    print("Drafting in three parts; this takes a capable model a minute or two ...", file=sys.stderr)
    adapted = asyncio.run(_adapted(text, path.stem, settings, scenarios))
    made = adapted.as_yaml("standard input" if source == "-" else Path(source).name)
    _write(path, made)
    print(f"{path}\nRead all of it before anybody practises with it.")
    return _check([made], _there(settings), drafted=True)


async def _adapted(text: str, scenario_id: str, settings: Settings, scenarios: dict[str, Scenario]) -> Adapted:
    model = ChatModel(standby(settings), timeout=settings.timeout, retries=settings.retries)
    try:
        return await adapt(model, text, scenario_id, scenarios)
    finally:
        await model.close()


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}. Give another folder: --folder.") from error


def _there(settings: Settings) -> Referable:
    """What scenarios may name of guides and policies, as it was indexed last; nothing, if nothing ever was."""
    if not (settings.data_dir / "knowledge" / "manifest.db").is_file():
        return Referable()
    library = open_library(settings, open_embedder(settings))
    try:
        return Referable.of(library)
    finally:
        library.close()


def _check(texts: list[str], there: Referable, drafted: bool = False) -> int:
    """Say what is to be mended; what a model ``drafted`` began as no scaffold."""
    wrong = 0
    for text in texts:
        found = review(text, there)
        scenario = found.scenario
        if scenario is None:
            raise ScenarioError("\n".join(map(str, found.findings)))
        fares = rehearse(scenario, patterns.read)
        scaffold_left = [] if drafted else unchanged(scenario)
        problems = [*map(str, (*scaffold_left, *found.findings)), *unfair(scenario, fares)]
        for problem in problems:
            print(f"{scenario.id}: {problem}", file=sys.stderr)
        ends = ", ".join(_fared(who, practice) for who, practice in fares.items())
        print(f"{scenario.id}: {f'{len(problems)} to mend' if problems else 'fine'}; {ends}")
        wrong += len(problems)
    if not there.sections:
        said = "Nothing is indexed yet, so what scenarios name of guides and policies was not checked."
        print(f"{said} Run: python -m knowledge sync", file=sys.stderr)
    return 1 if wrong else 0


def _fared(who: str, practice: Practice) -> str:
    state, turns = practice.state, len(practice.exchanges)
    return f"{who} {practice.ending or 'open'} after {turns} turns (anger {state.anger}, trust {state.trust})"


def _find(name: str, shelf: Shelf) -> list[str]:
    """The text of the scenario of that id or in that file, or of those in that folder."""
    path = Path(name)
    if name not in shelf.scenarios and path.is_dir():
        found = [_text(file) for file in sorted(path.glob("*.yaml"))]
        if not found:
            raise InputError(f"{path} holds no scenario: no file there ends in .yaml.")
        return found
    return [_text(path) if path.suffix else shelf.text(pick(shelf.scenarios, name).id)]


def _text(path: Path) -> str:
    """The text of a file that is a scenario; one that is none is refused by its name."""
    load_scenario(path)
    return read_file(path)
