"""The public retrieval suite: the library on documents and ratings that are not ours.

A bank's knowledge base: are the documents that an agent needs among the first ten found for what
the customer has to say? Rated passages (FeedbackQA): does our score of a passage for a question
follow people's ratings of it? Beside each stands TF-IDF on the same texts in the same run.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer

from evals.public import BankDocument, BankTask, RatedPassage, load_public
from evals.result import Result
from evals.stats import Figure, bootstrap, mean
from evals.suites.retrieval import METHODS
from knowledge import Embedder, Library
from knowledge.front_matter import join
from knowledge.query import read_query
from knowledge.retrieve import Words, fuse
from knowledge.sections import Section, children

DEPTH = 10
ALL = 1000
"""More sections than a search has candidates: it gives what it has, to be counted by document."""
FLOORS: dict[str, dict[str, object]] = {
    "TF-IDF": {},
    "TF-IDF damped": {"stop_words": "english", "sublinear_tf": True},
}
TARGETS = {"bank, script, fused: recall@10": ">= 0.4", "bank, said, fused: recall@10": ">= 0.4"}
NOTES = (
    "bank: a document is found if any of its sections is; recall is the share of the needed documents among the"
    " first ten. 'script' is all that the player is told, stage directions too, which no desk sees; TF-IDF on it"
    " comes near the 0.27 known of the whole set. 'said' is only the lines to be spoken, 'opening' the first of them;"
    " a script with fewer than 20 words of such lines is taken whole. 'words' and 'vectors' order the candidates of"
    " both, as the library does. 'best possible' is below 1 as many tasks need more than ten documents, several of"
    " them an agent's procedures of which no customer speaks. With 40 tasks, small differences show nothing.",
    "rated: 'fused' is the library's own fusing of BM25 and cosine (of a passage's best piece each), standardised per"
    " question over all passages of the set, without phrasings. The correlation is over all pairs, resampled by"
    " question; 'same question' takes only passages of one question with unlike ratings. It shows whether scores"
    " follow people's ratings, not recall: each passage was once chosen for its question, and people rated how well"
    " it answers, not whether it is on the topic. 'one rater with the others' is how far people agree.",
)
Report = Callable[[int, int], None]
Documents = Sequence[BankDocument]
Tasks = Sequence[BankTask]
Row = tuple[float, float]
"""A score and the mean rating."""


def run(folder: Path, embedder: Embedder, report: Report) -> Result:
    """Measure on the sets in ``folder``; ``report`` is told (done, total) of each step anew.

    Raises:
        EvalError: a set is missing or breaks its schema.
    """
    documents = load_public(folder, "tau_bank_docs", BankDocument)
    tasks = load_public(folder, "tau_bank_tasks", BankTask)
    rated = load_public(folder, "feedbackqa", RatedPassage)
    about: dict[str, str | int | float] = {"embedder": embedder.fingerprint, "documents": len(documents)}
    about |= {"tasks": len(tasks), "rated pairs": len(rated)}
    figures = _bank(documents, tasks, embedder, report) | _rated(rated, embedder, report)
    return Result(suite="public_retrieval", about=about, figures=figures, targets=TARGETS, notes=NOTES)


def recall(found: Sequence[str], wanted: frozenset[str], depth: int = DEPTH) -> float:
    """The share of ``wanted`` among the first ``depth`` found, 0 to 1."""
    return len(wanted & set(found[:depth])) / len(wanted)


def _bank(documents: Documents, tasks: Tasks, embedder: Embedder, report: Report) -> dict[str, Figure]:
    figures = {"bank, best possible: recall@10": mean([min(DEPTH, len(t.label)) / len(t.label) for t in tasks])}
    by_name = _by_tf_idf(documents, tasks)
    with tempfile.TemporaryDirectory() as place:
        library = _library(Path(place), documents, embedder, report)
        by_name |= _by_library(library, documents, tasks, report)
        library.close()
    for name, found in by_name.items():
        figures[f"bank, {name}: recall@10"] = mean([recall(f, t.label) for f, t in zip(found, tasks, strict=True)])
    for form in tasks[0].queries:
        for floor in FLOORS:
            pairs = zip(by_name[f"{form}, fused"], by_name[f"{form}, {floor}"], tasks, strict=True)
            gains = [recall(ours, t.label) - recall(theirs, t.label) for ours, theirs, t in pairs]
            figures[f"bank, {form}: fused less {floor}"] = mean(gains)
    return dict(sorted(figures.items()))


def _library(place: Path, documents: Documents, embedder: Embedder, report: Report) -> Library:
    """A library of the documents as one set of policies; the n-th has the id ``bank-n``."""
    folder = place / "documents"
    folder.mkdir()
    for number, document in enumerate(documents):
        fields: dict[str, object] = {"id": f"bank-{number}", "title": document.title, "kind": "policy", "set": "bank"}
        (folder / f"{number}.md").write_text(join(fields, document.text), encoding="utf-8")
    library = Library(place / "library", embedder, builtin=(folder,))
    library.sync(report=lambda done, total, what: report(done, total))
    return library


def _by_library(library: Library, documents: Documents, tasks: Tasks, report: Report) -> dict[str, list[list[str]]]:
    """``form, method`` → the ids of the documents found for each task, best first."""
    found: dict[str, list[list[str]]] = {}
    for done, task in enumerate(tasks, 1):
        for form, query in task.queries.items():
            for method in METHODS:
                passages = library.search(query, kind="policy", policy_set="bank", count=ALL, method=method)
                places = dict.fromkeys(int(p.section.document.removeprefix("bank-")) for p in passages)
                found.setdefault(f"{form}, {method}", []).append([documents[n].id for n in places])
        report(done, len(tasks))
    return found


def _by_tf_idf(documents: Documents, tasks: Tasks) -> dict[str, list[list[str]]]:
    """The same by cosine of whole documents' word weights: plain, and with stop words out and counts damped."""
    texts = [f"{d.title}\n{d.text}" for d in documents]
    found: dict[str, list[list[str]]] = {}
    for name, options in FLOORS.items():
        for form in tasks[0].queries:
            scores = _tf_idf(texts, [t.queries[form] for t in tasks], options)
            found[f"{form}, {name}"] = [[documents[i].id for i in np.argsort(-row, kind="stable")] for row in scores]
    return found


def _tf_idf(texts: Sequence[str], asked: Sequence[str], options: Mapping[str, object]) -> NDArray[np.float64]:
    """Cosines, shape ``(len(asked), len(texts))``."""
    weights = TfidfVectorizer(**options)
    matrix = weights.fit_transform(texts)
    return np.asarray((weights.transform(asked) @ matrix.T).toarray())


def _rated(rated: Sequence[RatedPassage], embedder: Embedder, report: Report) -> dict[str, Figure]:
    questions, figures = [r.question for r in rated], {}
    scores = passage_scores(rated, embedder, report)
    rows = {name: [(s, r.rating) for s, r in zip(found, rated, strict=True)] for name, found in scores.items()}
    for name, each in rows.items():
        figures[f"rated, {name}: rank correlation"] = bootstrap(each, _spearman, questions)
        figures[f"rated, {name}: same question in order"] = _in_order(each, questions)
    both = list(zip(rows["fused"], rows["TF-IDF"], strict=True))
    figures["rated: fused less TF-IDF"] = bootstrap(
        both, lambda some: _spearman([a for a, _ in some]) - _spearman([b for _, b in some]), questions
    )
    several = [r for r in rated if len(r.ratings) > 1]
    raters = [(float(r.ratings[0]), float(np.mean(r.ratings[1:]))) for r in several]
    figures["rated, one rater with the others: rank correlation"] = bootstrap(
        raters, _spearman, [r.question for r in several]
    )
    return figures


def passage_scores(rated: Sequence[RatedPassage], embedder: Embedder, report: Report) -> dict[str, list[float]]:
    """Name of a score → the score of each row's passage for its question."""
    names = {text: f"p{n}#" for n, text in enumerate(dict.fromkeys(r.text for r in rated))}
    kids = [k for text, name in names.items() for k in children(Section(name, name, "", "", text))]
    sections, words = np.array([k.section for k in kids]), Words(kids)
    vectors = embedder.embed([k.text for k in kids])
    found: dict[str, list[float]] = {"fused": [], "words": [], "vectors": []}
    for done, row in enumerate(rated, 1):
        asked, mine = read_query(row.question), names[row.text]
        cosines = vectors @ embedder.embed([asked.text])[0]
        by_words: dict[str, float] = {}
        for section, score in words.search(asked.words, len(kids)):
            by_words.setdefault(section, score)
        order = np.argsort(cosines)
        by_meaning = dict(zip(sections[order].tolist(), cosines[order].tolist(), strict=True))  # the best comes last
        found["fused"].append(fuse({"text words": by_words, "text meaning": by_meaning})[mine])
        found["words"].append(by_words.get(mine, 0.0))
        found["vectors"].append(by_meaning[mine])
        report(done, len(rated))
    every = _tf_idf(list(names), [r.question for r in rated], {})
    places = {name: i for i, name in enumerate(names.values())}
    found["TF-IDF"] = [float(every[i, places[names[r.text]]]) for i, r in enumerate(rated)]
    return found


def _in_order(rows: Sequence[Row], questions: Sequence[str]) -> Figure:
    """Of all pairs of one question's passages with unlike ratings, the share where the better rated scores higher."""
    right, clusters = [], []
    by_question: dict[str, list[Row]] = {}
    for row, question in zip(rows, questions, strict=True):
        by_question.setdefault(question, []).append(row)
    for question, theirs in by_question.items():
        for (a, liked_a), (b, liked_b) in combinations(theirs, 2):
            if liked_a != liked_b:
                right.append(0.5 if a == b else float((a > b) == (liked_a > liked_b)))
                clusters.append(question)
    return mean(right, clusters)


def _spearman(rows: Sequence[Row]) -> float:
    return float(spearmanr([a for a, _ in rows], [b for _, b in rows]).statistic)
