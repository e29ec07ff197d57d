"""The scenario cards of the lobby, as HTML: whom one can face, with filters that work in the browser (cards.js)."""

from collections.abc import Iterable, Mapping

from assistant.roleplay.levels import HARDNESSES, hardness
from assistant.roleplay.scenario import Scenario
from ui.widgets import text

DOTS = {"gentle": "●○○", "medium": "●●○", "hard": "●●●"}


def cards(scenarios: Iterable[Scenario], scores: Mapping[str, int], folded: bool) -> str:
    """All cards under their filters.

    Args:
        scenarios: in the order they are shown.
        scores: the last score (0 to 100) of those that were practised, by id.
        folded: whether they wait behind a line to open.
    """
    shown = list(scenarios)
    grid = "".join(_card(s, scores.get(s.id)) for s in shown)
    none = '<p class="ek-none" hidden>Nobody fits these filters. <button type="reset">Show everybody</button></p>'
    whole = f'<form class="ek-cards">{_filters(shown)}<ul class="ek-grid">{grid}</ul>{none}</form>'
    if folded:
        return f'<details class="ek-fold"><summary>Choose another customer ({len(shown)})</summary>{whole}</details>'
    return f"<h2>Or choose whom you face</h2>{whole}"


def trained(scenario: Scenario) -> tuple[str, ...]:
    """What a scenario trains, in words: the guides of the sections it names."""
    guides = (section.partition("#")[0].replace("-", " ") for section in scenario.trains)
    return tuple(dict.fromkeys(guides))


def _card(scenario: Scenario, score: int | None) -> str:
    hard, name, skills = hardness(scenario), scenario.persona.name, trained(scenario)
    about = scenario.persona.about
    words = " ".join((scenario.title, name, about, scenario.industry, scenario.company, *skills, scenario.situation))
    earned = f'<span class="ek-last">last score <b>{score}</b></span>' if score is not None else ""
    chips = "".join(f'<span class="ek-chip">{text(skill)}</span>' for skill in skills)
    return (
        f'<li class="ek-scenario" data-industry="{text(scenario.industry)}" data-channel="{text(scenario.channel)}" '
        f'data-hard="{hard}" data-trains="{text("|".join(skills))}" data-words="{text(words.lower())}">'
        f'<h3><button type="button" data-scenario="{text(scenario.id)}">{text(scenario.title)}</button></h3>'
        f'<p><b>{text(name)}</b> <span class="ek-quiet">{text(about)}</span></p>'
        f'<p class="ek-chips"><span class="ek-hidden">Trains:</span>{chips}</p>'
        f'<p class="ek-foot">{text(scenario.industry)} · {text(scenario.channel)} · '
        f'<span class="ek-dots" aria-hidden="true">{DOTS[hard]}</span> {hard}{earned}</p></li>'
    )


def _filters(scenarios: list[Scenario]) -> str:
    options: dict[str, list[str]] = {
        "industry": sorted({s.industry for s in scenarios}),
        "channel": sorted({s.channel for s in scenarios}),
        "hard": [h for h in HARDNESSES if any(hardness(s) == h for s in scenarios)],
        "trains": sorted({skill for s in scenarios for skill in trained(s)}),
    }
    labels = {"industry": "Industry", "channel": "Channel", "hard": "How hard", "trains": "Trains"}
    selects = "".join(
        f'<label>{labels[name]}<select name="{name}"><option value="">any</option>'
        + "".join(f"<option>{text(value)}</option>" for value in values)
        + "</select></label>"
        for name, values in options.items()
    )
    field = '<input type="search" name="words" placeholder="flight, refund, Kevin …">'
    words = f'<label class="ek-words">Search{field}</label>'
    return f'<div class="ek-filters">{words}{selects}<output role="status">{len(scenarios)} customers</output></div>'
