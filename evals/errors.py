"""What can go wrong with an eval."""


class EvalError(Exception):
    """A suite, case, rubric or run cannot be used; says which and why."""
