"""The terminal's ``draft``: a thread from a file or standard input, its card, and the draft part by part.

python -m assistant draft complaint.txt --policies gym --channel letter --tone formal
python -m assistant draft - --policies shop --stance "decline kindly" --json
"""

import argparse
import asyncio
from typing import Any

from assistant.reply.channels import CHANNELS, LENGTHS, STANCES, TONES, Shape, shape
from assistant.reply.draft import Checked, Draft, Drafted, Found
from assistant.reply.handoff import escalation
from assistant.reply.situation import Situation
from assistant.reply.verify import CheckedPart
from assistant.services import Services
from assistant.terminal import prepare_desk


def add_to(commands: Any) -> None:
    """Add the command and its options."""
    draft = commands.add_parser("draft", help="draft a reply to a customer's message or thread")
    draft.add_argument("file", help="a text, JSON or .eml file, or - for standard input")
    draft.add_argument("--policies", default="", metavar="SET", help="whose policies authorise (gym, shop, ...)")
    draft.add_argument("--channel", default="e-mail", choices=CHANNELS)
    draft.add_argument("--tone", default="warm", choices=TONES)
    draft.add_argument("--length", default="medium", choices=LENGTHS)
    draft.add_argument("--stance", default="best", choices=STANCES, help="what the reply does in substance")
    draft.add_argument(
        "--section", default="", metavar="ID", help="the policy section to rest on, else what is found"
    )
    draft.add_argument("--json", action="store_true", help="print the whole draft as one JSON object")
    draft.add_argument("--note", action="store_true", help="print a note for whoever decides, too")


def run(services: Services, options: argparse.Namespace, message: str) -> int:
    """Make the library and the model ready, draft and print."""
    prepare_desk(services)
    chosen = shape(options.channel, options.tone, options.length, options.stance, options.section)
    draft = asyncio.run(_printed(services, message, options.policies, chosen, quiet=options.json))
    if options.json:
        print(draft.model_dump_json(indent=2))
        return 0
    if draft.internal:
        print("\nThis rests on text for staff only: make sure that the reply tells nothing of it.")
    print(f"\nOutcome: {draft.outcome}. Worded by: {draft.model or 'code'}. {draft.note}".rstrip())
    for check in draft.checks:
        print(f"  - {check}")
    if options.note:
        print(f"\n{escalation(draft).text}")
    return 0


async def _printed(services: Services, message: str, policy_set: str, chosen: Shape, quiet: bool) -> Draft:
    draft = None
    async for event in services.desk.draft(message, policy_set=policy_set, shape=chosen):
        if isinstance(event, Drafted):
            draft = event.draft
        elif isinstance(event, Found) and not quiet:
            print(_card(event.situation))
        elif isinstance(event, Checked) and not quiet:
            print(_part(event.part), flush=True)
    await services.model.close()
    assert draft is not None
    return draft


def _card(card: Situation) -> str:
    rows: dict[str, list[str]] = {
        "wants": [f"{s.label} (“{s.words}”)" for s in card.wants],
        "feels": [f"{s.label} (“{s.words}”)" for s in card.feels],
        "urgent": [card.urgency],
        "at risk": [f"{s.label} (“{s.words}”)" for s in card.risks],
        "promised": [f"“{s.words}”" for s in card.promised],
        "ask for": list(card.missing),
    }
    return "\n".join(f"  {head:9} {', '.join(items)}" for head, items in rows.items() if items)


def _part(checked: CheckedPart) -> str:
    lines = [f"\n{'BLOCKED ' if checked.blocked else ''}{checked.part.text}"]
    lines += [f"    ↳ {q.passage}: “{q.words}”" for q in checked.part.quotes]
    for finding in checked.findings:
        needs = f" Needed: {finding.needs}." if finding.needs else ""
        lines.append(f"    ! {finding.words}: {finding.why}.{needs}")
    return "\n".join(lines)
