"""The judges that the settings name, opened; and many questions at once.

judge = open_judge(load_settings(), Recordings(path))
answers = await ask_many(judge, [(criterion, material), …], at_once=4)
"""

import asyncio
from collections.abc import Sequence

from tqdm import tqdm

from assistant.llm import ChatModel, Endpoint
from assistant.settings import Settings
from evals.errors import EvalError, JudgeError
from evals.judge import Judge, Judgement, Material, Panel
from evals.recordings import Recordings
from evals.rubric import Criterion


def open_judge(settings: Settings, recordings: Recordings, replay: bool = False) -> Judge | Panel:
    """The configured judge, or a panel where ``EVEN_KEEL_JUDGE_MODEL`` names several, separated by commas.

    Args:
        replay: ask no model; where no judge is configured, the one that was recorded is replayed.

    Raises:
        EvalError: no judge is configured (the embedded model is too small to be one), or none was recorded.
    """
    configured = bool(settings.judge_model or settings.judge_base_url or settings.remote)
    names = [n.strip() for n in settings.judge_model.split(",") if n.strip()]
    if not configured and not replay:
        raise EvalError(
            "No judge is configured, and the embedded model is too small to be one. Set EVEN_KEEL_JUDGE_MODEL and "
            "EVEN_KEEL_JUDGE_BASE_URL (or OPENAI_BASE_URL), or replay recorded answers with --replay."
        )
    if replay and not names:
        if len(recordings.models) != 1:
            there = ", ".join(recordings.models) or "none"
            raise EvalError(f"{recordings.path} holds answers of: {there}. Name one in EVEN_KEEL_JUDGE_MODEL.")
        names = list(recordings.models)
    judges = [
        Judge(None if replay else _model(settings, name), name, recordings)
        for name in names or [settings.openai_model]
    ]
    return judges[0] if len(judges) == 1 else Panel(judges)


async def ask_many(
    judge: Judge | Panel, questions: Sequence[tuple[Criterion, Material]], at_once: int
) -> list[Judgement | JudgeError]:
    """Every question's judgement or what was wrong with its answer, in order; closes its connections at the end.

    Raises:
        NotRecorded, ModelError: the judge cannot be asked; what was answered until then is recorded.
    """
    gate = asyncio.Semaphore(at_once)
    with tqdm(desc="Judging", unit="question", total=len(questions), disable=None, leave=False) as bar:

        async def one(criterion: Criterion, material: Material) -> Judgement | JudgeError:
            async with gate:
                try:
                    return await judge.ask(criterion, material)
                except JudgeError as error:
                    return error
                finally:
                    bar.update()

        try:
            return list(await asyncio.gather(*(one(c, m) for c, m in questions)))
        finally:
            await judge.close()


def _model(settings: Settings, name: str) -> ChatModel:
    key = settings.judge_api_key.get_secret_value() or settings.openai_api_key.get_secret_value()
    address = settings.judge_base_url or settings.openai_base_url or "https://api.openai.com/v1"
    return ChatModel(lambda: Endpoint(address, key, name), timeout=settings.timeout, retries=settings.retries)
