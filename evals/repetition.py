"""When a skill is due again: later each time it is met, soon after it slipped (Leitner's boxes).

due([(monday, True), (tuesday, True)])        # Tuesday and three days
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from knowledge import shipped


class _Boxes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[int, ...] = Field(min_length=1)


@cache
def days() -> tuple[int, ...]:
    """Days until a skill is due, by box."""
    return shipped.read_as(Path(__file__).parent / "repetition.yaml", _Boxes).days


def due(outcomes: Sequence[tuple[datetime, bool]]) -> datetime | None:
    """When a skill is due, from each time it came up and whether it was met, oldest first; None if it never did.

    Of several times in a day the last one counts: what is repeated at once is not remembered longer.
    """
    if not outcomes:
        return None
    last_of_day = {moment.date(): met for moment, met in outcomes}
    box = -1
    for met in last_of_day.values():
        box = min(box + 1, len(days()) - 1) if met else 0
    return outcomes[-1][0] + timedelta(days=days()[box])
