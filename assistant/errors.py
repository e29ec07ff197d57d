"""Every error that Even Keel raises on purpose.

    EvenKeelError               what happened, what was expected, what to do
    ├── SettingsError           a setting has a value that cannot work
    ├── InputError              the user's text or file cannot be taken
    │   └── UnknownScenario     no scenario has that id
    ├── ScenarioError           a scenario file breaks its schema (file, line, field)
    ├── NotFound                no such practice or draft, or it is somebody else's
    ├── AccountError            an account cannot be made or changed as asked
    │   ├── SignInRefused       name and password do not fit, or the session has ended
    │   ├── LockedOut           too many wrong passwords; wait
    │   └── NotAllowed          the account's role may not do this
    ├── PracticeOver            the practice has ended; start or rewind one
    ├── PracticeMoved           the practice went on elsewhere at the same moment
    ├── StoreFailed             the database cannot be read or written now (full, locked, damaged, away)
    ├── LineFull                too many wait already
    ├── ModelFileError          the embedded model's file cannot be had
    │   └── DiskFull            there is no room for it
    └── ModelError              a chat model could not answer
        ├── ModelNotReady       the embedded model is still on its way
        ├── EndpointDown        nobody answers at the endpoint, or too late
        ├── EndpointRefused     it answers with a refusal (wrong key, unknown model, bad request)
        ├── EndpointBusy        it answers that it is over its limit
        ├── AnswerCut           the answer stopped before its end
        ├── AnswerMalformed     the answer is not what was asked for
        └── ContextOverflow     the prompt is longer than the model's context

``knowledge`` and ``prompts`` import nobody and have their own: ``knowledge.KnowledgeError``,
``prompts.PromptError``. A message never holds a key.
"""


class EvenKeelError(Exception):
    """Base of all: ``str(error)`` is fit for the user's eyes."""


class SettingsError(EvenKeelError):
    """A setting has a value that cannot work."""


class InputError(EvenKeelError):
    """The user's text or file cannot be taken."""


class UnknownScenario(InputError):
    """No scenario has that id."""


class ScenarioError(EvenKeelError):
    """A scenario file breaks its schema; the message names file, line and field."""


class NotFound(EvenKeelError):
    """No such practice or draft for this owner."""


class AccountError(EvenKeelError):
    """An account cannot be made or changed as asked."""


class SignInRefused(AccountError):
    """Name and password do not fit, or the session has ended."""


class LockedOut(AccountError):
    """Too many wrong passwords; the message says how long to wait."""


class NotAllowed(AccountError):
    """The account's role may not do this; the message names the role that may."""


class PracticeOver(EvenKeelError):
    """The practice has ended."""


class PracticeMoved(EvenKeelError):
    """The practice went on elsewhere (another process, another window) at the same moment."""


class StoreFailed(EvenKeelError):
    """The database cannot be read or written now; what was asked was not done."""


class LineFull(EvenKeelError):
    """So many wait for their turn already that no more are let in."""


class ModelFileError(EvenKeelError):
    """The embedded model's file cannot be had."""


class DiskFull(ModelFileError):
    """There is no room for the file."""


class ModelError(EvenKeelError):
    """A chat model could not answer."""


class ModelNotReady(ModelError):
    """The embedded model is still being fetched or loaded, or could not be."""


class EndpointDown(ModelError):
    """Nobody answers at the endpoint, or not in time."""


class EndpointRefused(ModelError):
    """The endpoint refuses: wrong key, unknown model, bad request."""


class EndpointBusy(ModelError):
    """The endpoint says it is over its limit."""


class AnswerCut(ModelError):
    """The stream ended without ``finish_reason``, or at the length limit where a whole was needed."""


class AnswerMalformed(ModelError):
    """The answer is empty, refused, or not of the shape asked for."""


class ContextOverflow(ModelError):
    """The prompt is longer than the model's context."""
