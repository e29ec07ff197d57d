from evals.suites.retrieval import Query, Ranked, agreement, load_queries, ndcg, recall

QUERY = Query(
    id="q1",
    half="tune",
    type="note",
    pool="guide",
    set="",
    query="caller shouts",
    grades={"a#x": (2, 2, 1), "b#y": (2, 0, 0), "c#z": (0, 1, 2)},
)


def test_the_middle_grade_counts_and_one_reader_can_be_asked_alone() -> None:
    assert QUERY.relevant == {"a#x": 2, "c#z": 1}
    assert QUERY.by(0).relevant == {"a#x": 2, "b#y": 2}
    assert QUERY.by(2).relevant == {"a#x": 1, "c#z": 2}
    found = ("a#x", "c#z")
    assert ndcg(Ranked(query=QUERY, found=found)) == 1.0 > ndcg(Ranked(query=QUERY.by(0), found=found))
    assert recall(Ranked(query=QUERY, found=found)) == 1.0 > recall(Ranked(query=QUERY.by(0), found=found))


def test_readers_agree_on_the_sections_that_both_say_answer() -> None:
    assert agreement([QUERY], 0, 1).value == 2 / 3
    assert agreement([QUERY], 0, 2).value == 0.0


def test_whether_there_is_an_answer_is_undisputed() -> None:
    queries = load_queries()
    for query in queries:
        assert len({bool(query.by(reader).relevant) for reader in range(3)}) == 1, query.id
    assert {q.type for q in queries if not q.relevant} == {"unanswerable"}
