"""Practices, drafts and search as tools of an MCP client, at ``/mcp``: what REST gives, behind the same gate.

    app.router.routes.append(Tools(services, gate).route)      # and run it: async with tools.running(): ...

Each request stands alone (no session is kept), so who asks is told from that request's own cookie, token or
header, as everywhere. Off unless EVEN_KEEL_MCP is set.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import HTTPConnection, Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.accounts import Role
from assistant.errors import EvenKeelError, SignInRefused
from assistant.reply.channels import Channel as ReplyChannel
from assistant.reply.channels import Length, Shape, Tone
from assistant.reply.draft import Drafted
from assistant.roleplay.levels import Level
from assistant.roleplay.scenario import Channel
from assistant.services import Services
from evals.process import CHECKS
from evals.rubric import load_rubric
from evals.scorecard import Scorecard, score
from knowledge import KnowledgeError
from ui.api.drafts import DraftShown
from ui.api.problems import answer, problem_of
from ui.api.schemas import HintShown, PassageShown, PracticeShown, PreviewShown, ScenarioCard, TurnShown
from ui.gate import Gate

PATH = "/mcp"
ABOUT = (
    "Practise with a simulated irate customer: start_practice, then say line after line, with hint and check_line, "
    "and finish for the scorecard. Or draft_reply to a customer's message from the company's policies; it is only "
    "drafted."
)


class Tools:
    """The tools over one set of services; ``route`` answers, while ``running``."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._room = services.room
        self._gate = gate
        self._rubric = load_rubric("process", CHECKS)
        root = logging.getLogger()
        handlers = list(root.handlers)
        server = MCPServer("even-keel", instructions=ABOUT, log_level="WARNING")
        root.handlers[:] = handlers  # it would print what every library logs
        for tool in (
            self.list_scenarios,
            self.start_practice,
            self.say,
            self.hint,
            self.check_line,
            self.finish,
            self.draft_reply,
            self.search,
        ):
            server.tool()(tool)
        # Host and origin are checked by the doors that every request passes.
        inner = server.streamable_http_app(
            streamable_http_path=PATH,
            stateless_http=True,
            json_response=True,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._manager = server.session_manager
        self.route = Route(PATH, _Guarded(inner, gate))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What must surround the app's life; once only."""
        async with self._manager.run():
            yield

    def list_scenarios(self, context: Context) -> list[ScenarioCard]:
        """The customers there are to practise with."""
        with self._asked(context):
            return [ScenarioCard.of(s) for s in self._room.scenarios.values()]

    def start_practice(
        self,
        scenario: str,
        context: Context,
        difficulty: Level = "as written",
        seed: str = "",
        channel: Channel | Literal[""] = "",
        mode: Literal["coached", "exam"] = "coached",
    ) -> PracticeShown:
        """Begin a practice; its id is what the other tools ask for. A seed fixes every chance."""
        with self._asked(context) as owner:
            begun = self._room.start(
                scenario[:80], owner, seed[:80], exam=mode == "exam", level=difficulty, channel=channel
            )
            return PracticeShown.of(begun, self._room.scenario(begun))

    async def say(self, practice: str, text: str, context: Context) -> TurnShown:
        """Say a line to the customer; gives how it was read and felt, and what the customer answers."""
        with self._asked(context) as owner:
            async for _ in self._room.turn(practice, text, owner):
                pass
            now = self._room.get(practice, owner)
            return TurnShown.of(now.exchanges[-1], now.exam and not now.over)

    def hint(self, practice: str, context: Context) -> HintShown:
        """What the customer needs now, and the shape of a line that would give it."""
        with self._asked(context) as owner:
            return HintShown.of(self._room.hint(practice, owner))

    async def check_line(self, practice: str, text: str, context: Context) -> PreviewShown:
        """What a line would show and earn, without saying it."""
        with self._asked(context) as owner:
            return PreviewShown.of(await self._room.check(practice, text, owner))

    def finish(self, practice: str, context: Context) -> Scorecard:
        """End a practice and give its scorecard."""
        with self._asked(context) as owner:
            done = self._room.finish(practice, owner=owner)
            return score(done, self._room.scenario(done), self._rubric)

    async def draft_reply(
        self,
        message: str,
        context: Context,
        policy_set: str = "",
        channel: ReplyChannel = "e-mail",
        tone: Tone = "warm",
        length: Length = "medium",
        section: str = "",
    ) -> DraftShown:
        """Draft a reply that rests on the policies of ``policy_set``, or on the ``section`` of that id.

        What nothing backs is left out.
        """
        with self._asked(context, "agent") as owner:
            shape = Shape(channel=channel, tone=tone, length=length, section=section)
            events = self._services.desk.draft(message, policy_set=policy_set, shape=shape, owner=owner)
            made = [event async for event in events if isinstance(event, Drafted)][-1]
            return DraftShown.of(made.draft)

    def search(
        self, query: str, context: Context, kind: Literal["guide", "policy"] = "guide", policy_set: str = ""
    ) -> list[PassageShown]:
        """The five sections of guides or policies nearest to a question in plain words; empty if none is relevant."""
        with self._asked(context):
            found = self._services.library.search(query[:2000], kind=kind, policy_set=policy_set)
            return [PassageShown.of(p) for p in found]

    @contextmanager
    def _asked(self, context: Context, role: Role = "trainee") -> Iterator[str]:
        """The name of who asks; what goes wrong on purpose is told in its own words, all else without any.

        Raises:
            ToolError: as said.
        """
        request = context.request_context.request
        user = self._gate.user(request) if isinstance(request, Request) else None
        if user is None or not user.may(role):
            raise ToolError(f"This needs the role {role}. Sign in, and send the token as a bearer.")
        try:
            yield user.name
        except (EvenKeelError, KnowledgeError) as error:
            raise ToolError(str(error)) from error


class _Guarded:
    """Lets nobody in who is not signed in where somebody must be."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if self._gate.user(HTTPConnection(scope)) is None:
            refused = SignInRefused("Sign in first: POST /api/v1/sessions gives a token to send as a bearer.")
            return await answer(problem_of(refused))(scope, receive, send)
        return await self._app(scope, receive, send)
