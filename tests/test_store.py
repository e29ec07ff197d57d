import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event

from assistant.errors import EvenKeelError, NotFound
from assistant.reply.draft import Draft
from assistant.reply.records import Records
from assistant.roleplay import patterns
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import load_scenarios
from assistant.store import Kept, Store
from assistant.tables import metadata
from tests.postgres import postgres

GYM = load_scenarios()["gym-double-booking"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'even-keel.db'}"
    address: str = request.getfixturevalue("server")
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as db:
        db.exec_driver_sql("drop schema public cascade")
        db.exec_driver_sql("create schema public")
    engine.dispose()
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


def talk(*turns: str, before: str = "") -> Practice:
    practice = Practice.begin(GYM, seed="1", before=before)
    for turn in turns:
        practice = practice.with_exchange(practice.respond(GYM, turn, patterns.read(turn)))
    return practice


def draft(number: int) -> Draft:
    return Draft(id=f"d{number}", customer="Where is it?", policy_set="shop", outcome="reply", parts=(), citations=())


def drafts_of(store: Store, owner: str) -> list[Draft]:
    return [found for _, found in Records(store.engine).drafts(owner)]


def test_what_is_stored_comes_back_as_it_was(store: Store) -> None:
    practice = talk("You booked Dana.", "Ünïcode 😡 \x00 and a zero.")
    store.save_practice(practice, "ann")
    assert store.practice(practice.id, "ann") == practice
    spoken = practice.exchanges[-1].model_copy(update={"line": "Right.", "by": "author"})
    assert store.answer_exchange(practice.id, practice.exchanges[-1], spoken) == spoken
    assert store.practice(practice.id, "ann") == practice.with_exchange(spoken)
    store.update_practice(practice.model_copy(update={"closed": True}), "ann")
    assert store.practice(practice.id, "ann").closed
    with pytest.raises(NotFound):
        store.practice(practice.id, "bob")
    with pytest.raises(NotFound):
        store.update_practice(practice, "bob")


def test_practices_come_newest_first_whole_and_by_one_query(store: Store) -> None:
    kept = [talk(), talk("One."), talk("One.", "Two.")]
    for practice in kept:
        store.save_practice(practice, "ann")
    store.save_practice(talk("Mine."), "bob")
    asked: list[str] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def _(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    found = store.practices("ann")
    assert [p for _, p in found] == kept[::-1] and len(asked) == 1
    assert all(began.tzinfo for began, _ in found)
    assert [p for _, p in store.practices("ann", most=1)] == kept[-1:]


def test_drafts_are_listed_for_their_owner(store: Store) -> None:
    for number in (1, 2):
        Records(store.engine).save(draft(number), "ann")
    assert drafts_of(store, "ann") == [draft(2), draft(1)] and drafts_of(store, "bob") == []


def test_everything_of_an_owner_is_deleted_and_nothing_of_another(store: Store) -> None:
    for owner in ("ann", "bob"):
        store.save_practice(talk("One.", "Two.", before="Nervous."), owner)
        Records(store.engine).save(draft(1 if owner == "ann" else 2), owner)
    assert store.delete_everything("ann") == Kept(practices=1, turns=2, drafts=1)
    assert store.kept("ann") == Kept(0, 0, 0) and store.kept("bob") == Kept(1, 2, 1)


def test_nothing_that_was_deleted_stays_in_the_files(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'even-keel.db'}")
    for n in range(20):
        store.save_practice(talk("SECRETWORD in a turn.", before="SECRETWORD felt."), "ann")
        Records(store.engine).save(draft(n).model_copy(update={"customer": "SECRETWORD"}), "ann")
    store.delete_everything("ann")
    assert not any(b"SECRETWORD" in file.read_bytes() for file in tmp_path.iterdir())
    store.close()
    assert not any(b"SECRETWORD" in file.read_bytes() for file in tmp_path.iterdir())


def test_the_revisions_make_the_tables_that_the_code_has(store: Store) -> None:
    with store._engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


@pytest.mark.parametrize("gone", [(), ("drafts",)])
def test_a_database_from_before_the_revisions_is_taken_over(url: str, gone: tuple[str, ...]) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    first = ("practices", "exchanges", "drafts")
    metadata.create_all(engine, tables=[t for t in metadata.sorted_tables if t.name in first and t.name not in gone])
    engine.dispose()
    for _ in range(2):
        store = Store(url)
        practice = talk("One.")
        store.save_practice(practice, "ann")
        assert store.practice(practice.id, "ann") == practice and drafts_of(store, "ann") == []
        store.close()


def test_several_that_start_at_once_take_turns(url: str) -> None:
    failed: list[BaseException] = []

    def open_it() -> None:
        try:
            Store(url).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.parametrize("url", ["foo", "mysql://keel:hunter2@127.0.0.1/none"])
def test_an_address_that_names_no_database_known_here_is_told_in_words(url: str) -> None:
    with pytest.raises(EvenKeelError, match="Check DATABASE_URL") as refused:
        Store(url)
    assert "hunter2" not in str(refused.value)


def test_what_cannot_be_opened_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(EvenKeelError, match="cannot be opened") as refused:
        Store("postgresql://keel:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(refused.value) and "DATABASE_URL" in str(refused.value)
    newer = tmp_path / "newer.db"
    Store(f"sqlite:///{newer}").close()
    with sqlite3.connect(newer) as db:
        db.execute("update alembic_version set version_num = '9999'")
    db.close()
    with pytest.raises(EvenKeelError, match="9999"):
        Store(f"sqlite:///{newer}")
