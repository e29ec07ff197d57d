"""The part "besides" of the drafting suite: its messages fit the policies, and it counts what an agent sees."""

from assistant.reply.drafting import ReplyDesk
from evals.suites.besides import load_two, run
from knowledge import Library


def test_every_message_names_sections_that_are_there(library: Library) -> None:
    cases = load_two()
    assert [sum(len(c.policy) == n for c in cases) for n in (1, 2)] == [20, 40]
    assert {s for c in cases for s in c.policy} <= library.section_ids()
    assert len({c.id for c in cases}) == len(cases)


async def test_the_second_demand_counts_as_met_where_the_agent_is_told(small: ReplyDesk) -> None:
    told: list[int] = []
    found = run(small, load_two()[:6], lambda done, total: told.append(done))
    figures = {name: figure.value for name, figure in found.figures.items()}
    assert told == [1, 2, 3, 4, 5, 6]
    assert 0 < figures["demands of two that the draft rests on"] <= figures["demands of two that are met"] <= 1
