"""What can go wrong with an eval.

EvalError               a suite, case, rubric or run cannot be used; says which and why
├── JudgeError          a judge's answer is no verdict, so nothing is scored
│   ├── JudgeMalformed  prose, half a JSON, a missing or an extra field, a refusal
│   ├── WrongCriterion  it answered another question than it was asked
│   └── QuoteNotFound   it says yes, and no quote of its stands in the transcript
└── NotRecorded         a replay has no recording of this question
"""


class EvalError(Exception):
    """A suite, case, rubric or run cannot be used; says which and why."""


class JudgeError(EvalError):
    """A judge's answer is no verdict, so nothing is scored."""


class JudgeMalformed(JudgeError):
    """The answer is not of the form asked for, nor is its repair."""


class WrongCriterion(JudgeError):
    """The answer is to another question than the one asked."""


class QuoteNotFound(JudgeError):
    """The verdict is a yes that must rest on the transcript's words, and none of its quotes stands there."""


class NotRecorded(EvalError):
    """A replay, which asks no model, has no recording of this question."""
