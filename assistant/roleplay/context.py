"""What only the scenario and the earlier turns can tell about a trainee's turn. Pure code.

The reader sees words; this adds the acts that need context: a detail of this very case, a
fix that comes too early, a question asked twice, a promise that policy refuses, nothing said.
"""

import re
from itertools import groupby

from assistant.conversation import Transcript
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.greeting import wrong_name
from assistant.roleplay.likeness import COPY, alike, by_stem
from assistant.roleplay.misread import set_right
from assistant.roleplay.offers import allowed as allowed_of
from assistant.roleplay.offers import asking, find, makes_offer, off_policy, offers
from assistant.roleplay.patterns import sentences
from assistant.roleplay.pile import clipped, piled
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State

LIST = 6
"""Words from which clipped sentences on end that name nothing of the case are a list."""
_FILLER = re.compile(
    r"^(\W*\b(ok(ay)?|yes|yeah|no|sure|right|fine|hm+|uh+|i see|noted|understood|sorry|hello|hi|thanks?|"
    r"thank you|k|alright|got it|well|please|cool|great|good|yep|nope|ah|oh|sir|madam|ma'am)\b)+\W*$",
    re.IGNORECASE,
)
_PLAIN_SORRY = re.compile(
    r"(?<![\w'])(i'm|i am|we're|we are) (so |very |really |truly |terribly )*sorry"
    r"(?! (if|(that )?you|to hear|for any|for the inconvenience|but)\b)(?=[.!,; ]|$)",
    re.IGNORECASE,
)
_SYMPATHY = re.compile(r"\bsorry (?:to (?:hear|learn|read) |(?:about|for) (?=(?-i:[A-Z])))([^.!?,;]*)", re.IGNORECASE)
_SORRY_FOR_YOU = re.compile(
    r"\bsorry (?:that )?you(?:'ve| have)?(?: had| have| went| were| are going| got| lost)\b"
    r"(?![^.!?]*\b(?:we|our|us)\b)",
    re.IGNORECASE,
)
_CONDOLENCE = re.compile(r"\bsorry for your loss|\bcondolences", re.IGNORECASE)
_BEREAVED = re.compile(
    r"\b(died|dead|death|funeral|widow\w*|passed away|buried|late (husband|wife|mother|father))\b", re.IGNORECASE
)
_SORRY_FOR_FEELINGS = re.compile(
    r"\b(sorry|apologi[sz]e) (that |if )?you('re| are)? feel(ing)? (that|this) way\b", re.IGNORECASE
)
_PARTING = re.compile(r"\W*(good)?bye( now)?\W*", re.IGNORECASE)
_REFUSED = re.compile(
    r"\b(i|we)( \w+)? (can(no|')?t|can not|couldn'?t|won'?t|am not able to|are not able to|'?m not able to)\b",
    re.IGNORECASE,
)
_OF_THE_PAST = re.compile(r"\b(?:was|were|had|did|should have)\b|\b(?:was|were|had|did)n't\b", re.IGNORECASE)
VAGUE = "everything anything nothing something"
"""Words of what was let out that answer to nothing."""
TAKING_UP = ("acknowledges_feeling", "paraphrase")
"""Acts that answer to what the customer let out, whichever of its words they hold."""
_TAKES_UP = re.compile(
    r"\b(thank(s| you),? for (telling|saying|sharing|trusting|being)|(glad|grateful) (that )?you (told|said)|"
    r"i (didn't|did not|hadn't|had no) (know|idea|realised?)|that changes|that matters|"
    r"that('s| is) ((really|very) )*(a lot|not easy|hard|awful|important|bad|terrible|horrible|rough|tough|sad)\b)",
    re.IGNORECASE,
)
_WHAT_IT_COSTS = re.compile(
    r"\bwhat (?:else )?(?:(?:do|does|did|has|have|is|was|will|would)\b"
    r"(?:(?!\byou (?:like|want|need)\b)[^.?!]){0,25} )?"
    r"(?:(?:put at (?:risk|stake)|at (?:risk|stake)|mean|meant|cost|change[ds]?) (?:this )?(?:for|to)"
    r"|(?:do|done) (?:this )?to) you\b"
    r"|\bwhat (?:did|do|would|will) you (?:have to |need to )?(?:drop|give up|cancel|leave|miss|lose|put off)\b"
    r"|\bwhat(?:'s| is| lies) behind (?:this|that|it)\b",
    re.IGNORECASE,
)
_OF_A_DATUM = re.compile(r"\b(what|which|when|where|who)\b.*\b(is|was|were|did|your)\b", re.IGNORECASE)
_NOT_OF_A_DATUM = re.compile(
    r"\b(you('ve| have)? (just )?(said|told|mentioned|gave|wrote)|would|will|works?|could|can|should|mean|suits?)\b",
    re.IGNORECASE,
)


def complete(reading: Reading, text: str, transcript: Transcript, scenario: Scenario, state: State) -> Reading:
    """The reading with the acts that code decides.

    Args:
        reading: what the reader saw in the words.
        text: the trainee's turn.
        transcript: what was said before it.
        state: the customer before this turn.
    """
    if _says_nothing(text, transcript) and not _asks_on(text, scenario, state):
        acts = [a for a in reading.acts if a.kind.polarity == "harming"]
        acts.append(Act(id="empty_input", quote=text[:80]))
        return reading.model_copy(update={"acts": tuple(acts), "topics": (), "remedies": ()})
    heard_so_far = " ".join((scenario.story, scenario.grievance, *transcript.by("customer")))
    theirs = by_stem(" ".join((heard_so_far, *(scenario.fact(f).reveal for f in state.open_facts)))).keys()
    reading = set_right(reading, text, lambda sentence: bool(by_stem(sentence).keys() & theirs), scenario, state)
    acts = [a for a in reading.acts if a.id != "paraphrase" or _about(a.quote, heard_so_far)]
    acts = [a for a in acts if not _parts(a, reading, state)]
    acts = _sympathised(acts, text, heard_so_far, scenario)
    loose = _loose(text, reading, heard_so_far)
    acts = [a for a in acts if a.kind.polarity != "helping" or not any(a.quote in words for words in loose)]
    if loose and not reading.has("manipulation"):
        acts.append(Act(id="word_list", quote=loose[0]))
    detail = _detail(text, scenario, state)
    if detail:
        acts = [*_with_apology(acts, text), Act(id="names_specific", quote=detail)]
    earnest = _without(text, loose)
    offered = offers(earnest, scenario)
    granted = allowed_of(earnest, offered, scenario)
    acts = [a for a in acts if not _answered(a, reading, bool(offered)) and not _refuses(a, offered)]
    acts += _unread(acts, earnest, {i: offered[i] for i in granted}, scenario)
    wild = off_policy(earnest, offered, scenario)
    if wild:
        acts.append(Act(id="off_policy_promise", quote=wild))
    miscalled = wrong_name(text, scenario)
    if miscalled:
        acts.append(Act(id="wrong_name", quote=miscalled))
    meant = (words for words in offered.values() if any(words in s and not _tells(s) for s in sentences(earnest)))
    fixing = next((a.quote for a in acts if a.id == "concrete_remedy"), "") or next(meant, "")
    never_early = any(scenario.remedy(i).urgent or scenario.remedy(i).asked_for for i in offered)
    if (
        fixing
        and not never_early
        and not state.heard
        and not any(a.id in ("owned_apology", "acknowledges_feeling") for a in acts)
    ):
        acts.append(Act(id="premature_fix", quote=fixing))
    topics = _topics(reading, text, transcript, scenario, state)
    again = _asked_again(text, transcript, scenario, state, topics)
    if again:
        acts = [a for a in acts if a.id not in ("open_question", "closed_question")]
        acts.append(Act(id="repeated_question", quote=again))
    takes_up = _takes_up(acts, text, scenario, state)
    return reading.model_copy(
        update={"acts": tuple(acts), "topics": topics, "remedies": granted, "takes_up": takes_up}
    )


def _takes_up(acts: list[Act], text: str, scenario: Scenario, state: State) -> bool:
    """Whether a turn answers to what was let out last: by thanks, a feeling, saying it back, or a word new in it."""
    if _TAKES_UP.search(text) or any(a.id in TAKING_UP for a in acts):
        return True
    if not state.let_out:
        return False
    fact, known = scenario.fact(state.let_out), f"{scenario.situation} {scenario.story} {scenario.grievance} {VAGUE}"
    new = by_stem(f"{fact.text} {fact.reveal} {fact.said_back}").keys() - by_stem(known).keys()
    return bool(new & by_stem(text).keys())


def _with_apology(acts: list[Act], text: str) -> list[Act]:
    """A plain "I'm sorry" beside a detail of the case is an apology for that: owned, not empty. One for what the
    customer went through ("sorry you had such a day") is sympathy, and owns nothing.
    """
    plain, kind = _PLAIN_SORRY.search(text), _SORRY_FOR_YOU.search(text)
    seen, found = {a.id for a in acts}, plain or kind
    shows = "owned_apology" if plain else "acknowledges_feeling"
    if found is None or "owned_apology" in seen:
        return acts
    sorry = _PLAIN_SORRY if plain else _SORRY_FOR_YOU
    kept = [a for a in acts if not (a.id == "empty_apology" and sorry.search(a.quote))]
    return kept if shows in seen else [*kept, Act(id=shows, quote=found[0])]


def _sympathised(acts: list[Act], text: str, said: str, scenario: Scenario) -> list[Act]:
    """The acts, with an "I'm sorry to hear …" of what this customer told, or condolences to who mourns, as answering
    to a feeling: neither is an apology for nothing.
    """
    if any(a.kind.polarity == "harming" and a.id != "empty_apology" for a in acts):
        return acts  # what else is done in the turn is no kindness
    kind = next((m[0] for m in _SYMPATHY.finditer(text) if by_stem(m[1]) and _about(m[1], said)), "")
    known = " ".join((scenario.situation, scenario.story, *(f.text for f in scenario.facts)))
    mourned = _CONDOLENCE.search(text)
    if mourned and _BEREAVED.search(known):
        kind = kind or mourned[0]
    if not kind:
        return acts
    kept = [a for a in acts if a.id != "empty_apology" or not (kind in a.quote or a.quote in kind)]
    seen = any(a.id == "acknowledges_feeling" for a in kept)
    return kept if seen else [*kept, Act(id="acknowledges_feeling", quote=kind)]


def _unread(acts: list[Act], text: str, granted: dict[str, str], scenario: Scenario) -> list[Act]:
    """Acts that their words tell whatever was read: an offer of what the agent may grant alone, and "I'm sorry you
    feel that way", which apologises for nothing.
    """
    seen, found = {a.id for a in acts}, []
    for remedy, words in granted.items():
        known = scenario.remedy(remedy)
        meant = known.urgent or any(words in s and makes_offer(s) for s in sentences(text))
        if known.authority == "alone" and meant and not seen & {"concrete_remedy", "choice", "proper_escalation"}:
            found.append(Act(id="concrete_remedy", quote=words))
            break
    of_feelings = _SORRY_FOR_FEELINGS.search(text)
    if of_feelings and not any(a.kind.polarity == "harming" for a in acts):
        found.append(Act(id="empty_apology", quote=of_feelings[0]))
    return found


def _tells(sentence: str) -> bool:
    """Whether a sentence tells what was, or should have been, and offers nothing."""
    return bool(_OF_THE_PAST.search(sentence)) and not makes_offer(sentence)


def _refuses(act: Act, offered: dict[str, str]) -> bool:
    """Whether what is read as an offer is a refusal: "I cannot refund the £120, because …"."""
    if act.id != "concrete_remedy" or any(words in act.quote for words in offered.values()):
        return False
    return bool(_REFUSED.search(act.quote)) and not makes_offer(act.quote)


def _parts(act: Act, reading: Reading, state: State) -> bool:
    """Whether a "Goodbye." only ends a talk that the agent said would end."""
    ends = state.limit_at > 0 and reading.has("respectful_limit")
    return act.id == "brush_off" and ends and bool(_PARTING.fullmatch(act.quote))


def _detail(text: str, scenario: Scenario, state: State) -> str:
    """Words of this very case: one of the author's details, a told fact, or three words of the story at once."""
    listed = find(scenario.details, text)
    if listed:
        return listed
    for fact in map(scenario.fact, state.open_facts):
        shared = by_stem(text).keys() & by_stem(f"{fact.text} {fact.reveal}").keys()
        if len(shared) >= 2:
            return _longest(by_stem(text), shared)
    for sentence in sentences(text):
        mine = by_stem(sentence)
        shared = mine.keys() & by_stem(f"{scenario.story} {scenario.grievance}").keys()
        if len(shared) >= 3:
            return _longest(mine, shared)
    return ""


def _longest(words: dict[str, str], shared: set[str]) -> str:
    """The longest of the shared words, which tells most."""
    return max((words[stem] for stem in sorted(shared)), key=len)


def _about(quote: str, said: str) -> bool:
    """Whether words said back are of what was said: two stems of it, or the only one there is."""
    mine = by_stem(quote)
    return len(mine.keys() & by_stem(said).keys()) >= min(2, max(1, len(mine)))


def _loose(text: str, reading: Reading, said: str) -> list[str]:
    """The sentences that are lists of helpful words: nobody does anything in them, and nothing is of what was said.

    They help nobody, offer nothing and promise nothing. A few words ("Our fault, entirely.") are how some people
    talk, unless the turn holds catchwords or tricks too.
    """
    all_of = sentences(text)
    tricked = reading.has("manipulation") or any(map(piled, all_of))
    loose: list[str] = []
    for lists, run in groupby(all_of, key=clipped):
        together = list(run)
        if lists and (tricked or len(" ".join(together).split()) >= LIST):
            loose += [s for s in together if not by_stem(s).keys() & by_stem(said).keys()]
    return loose


def _without(text: str, some: list[str]) -> str:
    """The text without some of its sentences."""
    for sentence in some:
        text = text.replace(sentence, "")
    return text


def _answered(act: Act, reading: Reading, offers_remedy: bool) -> bool:
    """Whether the turn takes back what a harming act needs: by its definition it is not one then."""
    if act.id == "bare_policy":
        return offers_remedy or reading.has("reasoned_policy", "choice")
    if act.id == "blame":  # of a third party, in a turn that owns the fault
        return reading.has("owned_apology") and not re.search(r"\byou(r|rs)?\b", act.quote, re.IGNORECASE)
    return False


def _topics(reading: Reading, text: str, transcript: Transcript, scenario: Scenario, state: State) -> tuple[str, ...]:
    """The facts that the turn asks about; an open question for what it costs them, about the nearest one untold."""
    if not (reading.has("open_question", "closed_question") or "?" in text):
        return ()
    asked = " ".join(asking(text, reading))
    named = [f for f in scenario.facts if find(f.asks, asked)]
    untold = [f for f in scenario.hidden if state.facts[f.id] in ("locked", "approached")]
    if untold and not any(f in untold and f.gate <= state.trust for f in named):
        nearest = min(untold, key=lambda f: f.gate)
        if _asks_what_it_costs(text, transcript, new=state.facts[nearest.id] == "locked"):
            named.append(nearest)
    return tuple(dict.fromkeys(f.id for f in named))


def _asks_what_it_costs(text: str, transcript: Transcript, new: bool) -> bool:
    """Whether a turn asks what this means for the customer; ``new``: in words in which it was not asked before."""
    earlier = [q for said in transcript.by("agent") for q in _questions(said)] if new else []
    asking = [q for q in _questions(text) if _WHAT_IT_COSTS.search(q)]
    return any(not any(alike(q, old, COPY) for old in earlier) for q in asking)


def _says_nothing(text: str, transcript: Transcript) -> bool:
    if _FILLER.match(text) or not re.search(r"\w\w", text):
        return True
    return any(alike(text, turn.text, COPY) for turn in transcript.turns[-8:])


def _asks_on(text: str, scenario: Scenario, state: State) -> bool:
    """Whether a turn only asks, and for what the customer has not told yet: that may be asked in the same words."""
    if not all(s.endswith("?") for s in sentences(text)):
        return False
    return any(find(f.asks, text) for f in scenario.facts if state.facts[f.id] in ("locked", "approached"))


def _asked_again(text: str, transcript: Transcript, scenario: Scenario, state: State, topics: tuple[str, ...]) -> str:
    """A question that was asked before in nearly the same words, or whose datum was told; empty if none.

    What the customer would not tell yet may be asked for again.
    """
    if any(state.facts[t] in ("locked", "approached") for t in topics):
        return ""
    earlier = [q for said in transcript.by("agent") for q in _questions(said)]
    told = [f for f in scenario.facts if not f.gate and state.facts[f.id] in ("revealed", "acknowledged")]
    for question in _questions(text):
        if any(alike(question, old, COPY) for old in earlier):
            return question
        datum = _OF_A_DATUM.search(question) and not _NOT_OF_A_DATUM.search(question)
        if datum and any(find(f.asks, question) for f in told):
            return question
    return ""


def _questions(text: str) -> list[str]:
    return [q.strip() for q in re.findall(r"[^.!?]*\?", text) if len(q.split()) > 2]
