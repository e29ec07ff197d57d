"""A piece of a streamed answer, read leniently: servers differ in what they leave out.

read({"choices": [{"delta": {"content": "Sor"}, "finish_reason": None}]}).text      # "Sor"
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from assistant.errors import AnswerMalformed

Count = Annotated[int, BeforeValidator(lambda number: number or 0)]
"""A number that some servers send as null."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Delta(_Part):
    """What is new."""

    content: str | None = None
    refusal: str | None = None


class Choice(_Part):
    """One of the answers asked for."""

    delta: Delta | None = None
    finish_reason: str | None = None


class PromptDetails(_Part):
    """Which of the prompt's tokens the server had read before."""

    cached_tokens: int | None = None


class Usage(_Part):
    """Tokens, where the server says so."""

    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    prompt_tokens_details: PromptDetails | None = None

    @property
    def cached(self) -> int:
        """Tokens of the prompt that the server had read before; 0 if it does not say."""
        return (self.prompt_tokens_details.cached_tokens or 0) if self.prompt_tokens_details else 0


class Chunk(_Part):
    """A piece of the answer; the last ones carry why it ended and what it cost."""

    choices: list[Choice] | None = None
    usage: Usage | None = None

    @property
    def text(self) -> str:
        """What is new of the first answer; empty if nothing."""
        delta = self.choices[0].delta if self.choices else None
        return (delta.content or "") if delta else ""

    @property
    def finish(self) -> str:
        """Why the first answer ended; empty while it goes on."""
        return (self.choices[0].finish_reason or "") if self.choices else ""

    @property
    def refused(self) -> bool:
        """Whether the model refuses to answer."""
        delta = self.choices[0].delta if self.choices else None
        return bool(delta and delta.refusal)


def read(data: object) -> Chunk:
    """A chunk out of what a server sent as JSON.

    Raises:
        AnswerMalformed: it is no chunk of an answer.
    """
    try:
        return Chunk.model_validate(data)
    except ValidationError as error:
        raise AnswerMalformed("The model's server sent what is no piece of an answer. Try again.") from error
