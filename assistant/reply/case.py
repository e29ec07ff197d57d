"""The case that a draft answers: the customer's message, what the thread shows, and what the agent chose. Pure."""

from dataclasses import dataclass

from assistant.language import language
from assistant.reply.channels import Shape
from assistant.reply.echo import goes_nowhere
from assistant.reply.redact import Private
from assistant.reply.situation import Situation


@dataclass(frozen=True, slots=True)
class Case:
    """What a plan is made for.

    ``asked`` is what is compared with policy: nothing private is in it. ``story`` is all that the customer wrote so
    far, where that is more than the ``message``. What ``private`` hides is in no text that is embedded: a service may
    do that.
    """

    message: str
    asked: str
    situation: Situation
    shape: Shape
    story: str = ""
    private: Private = Private()
    by_staff: tuple[str, ...] = ()

    @property
    def vague(self) -> bool:
        """Whether nothing says what it is about: neither the customer's words, nor the agent who chose.

        What stands in a language that is not read here may say it.
        """
        shows = self.situation
        told = shows.wants or shows.feels or shows.urgent or shows.risks or shows.missing
        return not (told or self.chosen or self.unread) and goes_nowhere(self.story or self.message)

    @property
    def thanks(self) -> bool:
        """Whether thanks are to be answered, and the agent has not chosen something else."""
        return self.situation.thanked and not self.chosen

    @property
    def unread(self) -> str:
        """The language of what is compared with policy, which is in English; empty where that is English too."""
        spoken = language(self.asked)
        return "" if spoken == "English" else spoken

    @property
    def chosen(self) -> bool:
        """Whether the agent chose a section or a stance."""
        return bool(self.shape.section) or self.shape.stance != "best"
