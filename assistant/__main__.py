"""The assistant in the terminal.

python -m assistant practice --scenario gym-double-booking
python -m assistant draft complaint.txt --policies gym      (or - for standard input)
python -m assistant scenario list | new ID | from FILE --id ID | check [ID, FILE or FOLDER …]
python -m assistant asked FILE   (how customers ask for a policy's sections, drafted by a capable model)
python -m assistant user list | add NAME --role ROLE | password NAME | remove NAME
python -m assistant learn       (what is shipped as learned, after its data files were edited)
python -m assistant tune        (the embedder, on what the lessons learn from; when much was labelled)
"""

import argparse
import asyncio
import sys

from assistant import asked_command, draft_command, scenario_command, user_command
from assistant.errors import EvenKeelError, InputError
from assistant.learn import ship
from assistant.roleplay.room import Ended, Felt, Read, Said
from assistant.services import Services, open_embedder
from assistant.settings import load_settings
from assistant.terminal import start_model
from assistant.text_file import read_text
from assistant.tune import tune
from knowledge import KnowledgeError

STOPPED = {
    "practice": "Everything said so far is kept.",
    "draft": "A draft is kept only when it is whole.",
    "scenario": "Nothing is kept but a file whose path was printed.",
    "asked": "What was drafted of whole sections is in the file.",
    "learn": "What was said to be learned is kept.",
}
"""What stays of a command that somebody stops; the others change nothing before their end."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m assistant", description="Practise, or draft a reply.")
    commands = parser.add_subparsers(dest="command", required=True)
    practice = commands.add_parser("practice", help="talk with an irate customer")
    practice.add_argument("--scenario", default="gym-double-booking", metavar="ID")
    practice.add_argument("--seed", default="", help="fixes every chance")
    practice.add_argument("--no-model", action="store_true", help="the customer speaks in the author's lines only")
    draft_command.add_to(commands)
    scenario_command.add_to(commands)
    asked_command.add_to(commands)
    user_command.add_to(commands)
    commands.add_parser("learn", help="learn anew what is shipped as learned, after editing its data files")
    commands.add_parser("tune", help="train the embedder on all labelled sentences (twenty minutes; needs PyTorch)")
    options = parser.parse_args(argv)
    try:
        if options.command == "scenario":
            return scenario_command.run(options)
        if options.command == "asked":
            return asked_command.run(options)
        if options.command == "user":
            return user_command.run(options)
        if options.command == "learn":
            ship(open_embedder(load_settings()))
            return 0
        if options.command == "tune":
            tune()
            return 0
        message = read_text(options.file) if options.command == "draft" else ""
        services = Services.build(load_settings(), speechless=options.command == "practice" and options.no_model)
        try:
            if options.command == "practice":
                return _practice(services, options)
            return draft_command.run(services, options, message)
        finally:
            services.stop()
    except (EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. {STOPPED.get(options.command, 'Nothing was changed.')}", file=sys.stderr)
        return 130


def _practice(services: Services, options: argparse.Namespace) -> int:
    practice = services.room.start(options.scenario, seed=options.seed)
    scenario = services.room.scenario(practice)
    services.reader.warm_up(wait=options.no_model)  # else it is ready before the model is
    if services.local and not options.no_model:
        start_model(services)
    print(f"{scenario.title}\n{scenario.you} {' '.join(scenario.situation.split())}")
    print("Type what you say and press Enter; Ctrl-D ends.\n")
    print(f"{scenario.persona.name}: {practice.opening}")
    return asyncio.run(_talked(services, practice.id, scenario.persona.name))


async def _talked(services: Services, practice_id: str, name: str) -> int:
    try:
        return await _talk(services, practice_id, name)
    finally:
        await services.room.close()


async def _talk(services: Services, practice_id: str, name: str) -> int:
    while True:
        try:
            text = await asyncio.to_thread(input, "\nYou: ")
        except EOFError:
            print("\nThe practice is kept.")
            return 0
        try:
            async for event in services.room.turn(practice_id, text):
                if isinstance(event, Read):
                    acts = ", ".join(a.kind.label for a in event.reading.acts) or "nothing in particular"
                    print(f"  [{acts}]")
                elif isinstance(event, Felt):
                    print(f"  [anger {event.state.anger}, trust {event.state.trust}]")
                elif isinstance(event, Said) and event.final:
                    mark = "" if event.spoken.by == "model" else "  (author's line)"
                    print(f"{name}: {event.spoken.text}{mark}")
                elif isinstance(event, Ended):
                    print(f"\nThe practice ended: {event.ending}.")
                    return 0
        except InputError as error:
            print(f"  {error}")


if __name__ == "__main__":
    sys.exit(main())
