"""The index follows the records."""

import pytest
from sqlalchemy import func, select

from crm import records
from crm.db import db
from crm.relations.models import Relation, RelationAccess
from crm.search import operations, queries
from crm.search.models import SearchDocument, Word
from tests.crm.search import crowd


@pytest.fixture
def relation(app, branch, assistant):
    return records.save(Relation(first_name="Otto", surname="Zevenhuizen", branch_id=branch.id), assistant)


def found(typed, user):
    return [hit.id for hit in queries.search(typed, user)]


def words():
    return set(db.session.scalars(select(Word.word)))


def trigrams_agree():
    """FTS5's own check: the trigrams are those of the documents."""
    if queries.is_sqlite():
        db.session.connection().exec_driver_sql("INSERT INTO search_fts(search_fts, rank) VALUES('integrity-check', 1)")


def test_a_new_record_is_found_at_once(relation, assistant):
    assert found("zevenhuizen", assistant) == [relation.id]
    assert {"otto", "zevenhuizen"} <= words()


def test_a_changed_record_is_found_by_its_new_words_only(relation, assistant):
    relation.surname = "Achtmaal"
    records.save(relation, assistant)
    assert found("achtmaal", assistant) == [relation.id] and found("zevenhuizen", assistant) == []
    assert "achtmaal" in words() and "zevenhuizen" not in words()
    trigrams_agree()


def test_a_deleted_record_leaves_no_word_behind(relation, assistant):
    other = records.save(Relation(first_name="Otto", surname="Pas", branch_id=relation.branch_id), assistant)
    records.delete(relation, assistant)
    assert found("zevenhuizen", assistant) == [] and found("zevenhuisen", assistant) == []
    assert found("otto", assistant) == [other.id]
    assert "zevenhuizen" not in words() and "otto" in words()
    trigrams_agree()


def test_many_at_once_are_written_as_one_by_one(app, branch, assistant):
    many = [Relation(first_name="Ada", surname=f"Dozijn{n:02}", branch_id=branch.id) for n in range(12)]
    records.save_many(many, assistant)
    for one in many:
        one.first_name = "Eva"
    many.append(Relation(first_name="Eva", surname="Nieuw", branch_id=branch.id))
    records.save_many(many, assistant)
    assert len(found("eva", assistant)) == 13 and found("ada", assistant) == []
    trigrams_agree()


def test_a_batch_of_new_records_goes_in_at_once_and_later_ones_find_their_number(branch, assistant, statements):
    many = [Relation(surname=f"Gros{n:03}", branch_id=branch.id) for n in range(144)]
    statements.clear()
    records.save_many(many, assistant)
    inserts = [one for one in statements if one.startswith("INSERT INTO relations")]
    assert len(inserts) == 1 and len(inserts[0]) < 2000
    ids = [one.id for one in many]
    assert ids == sorted(set(ids))
    assert records.save(Relation(surname="Later", branch_id=branch.id), assistant).id > ids[-1]


def test_writing_2000_takes_few_statements(app, branch, assistant, statements):
    people = [crowd.person(n, "Ada", f"Duizend{n}") for n in range(2000)]
    statements.clear()
    operations.index(crowd.source(branch.id), people, all_new=True)
    assert len(statements) <= 5
    assert len(found("duizend1999", assistant)) == 1


def test_another_vestiging_finds_it_only_after_access_was_given(relation, assistant, stranger, other_branch):
    assert found("zevenhuizen", stranger) == [] and found("zevenhuisen", stranger) == []
    access = RelationAccess(relation_id=relation.id, branch_id=other_branch.id)
    records.keep(access)
    operations.reindex([("relation", relation.id)])
    assert found("zevenhuizen", stranger) == found("zevenhuizen", assistant) == [relation.id]
    records.discard(access)
    operations.reindex([("relation", relation.id)])
    assert found("zevenhuizen", stranger) == [] and found("zevenhuizen", assistant) == [relation.id]


def test_reindex_takes_out_what_is_gone_and_passes_over_unknown_kinds(relation, assistant):
    db.session.connection().exec_driver_sql(f"DELETE FROM relations WHERE id = {relation.id}")
    operations.reindex([("relation", relation.id), ("unheard_of", 1)])
    assert found("zevenhuizen", assistant) == []


def test_rebuild_mends_what_is_missing_wrong_or_left_over(relation, branch, assistant):
    second = records.save(Relation(first_name="Pia", surname="Negenman", branch_id=branch.id), assistant)
    operations.forget("relation", [relation.id])
    operations.index(crowd.source(branch.id), [crowd.person(1, "Geest", "Verdwenen")], all_new=True)
    operations.index(crowd.source(branch.id, kind="removed_plugin"), [crowd.person(2, "Geest", "Plugin")], all_new=True)
    mine = SearchDocument.record_id == second.id
    db.session.execute(SearchDocument.__table__.update().where(mine).values(title="Anders"))
    assert list(operations.rebuild())
    assert found("zevenhuizen", assistant) == [relation.id]
    assert queries.search("negenman", assistant)[0].title == "Pia Negenman"
    assert found("geest", assistant) == []
    assert db.session.scalar(select(func.count()).where(SearchDocument.record_kind == "removed_plugin")) == 0
    trigrams_agree()


def test_rebuild_writes_nothing_when_all_is_well(relation, statements):
    list(operations.rebuild())
    statements.clear()
    list(operations.rebuild())
    assert not [statement for statement in statements if not statement.lstrip().startswith("SELECT")]


def test_a_typo_in_each_word(app, branch, assistant):
    wanted = records.save(Relation(first_name="Willemijn", surname="Kuijpers", branch_id=branch.id), assistant)
    for typed in ("Kuypers", "Kuijprs", "Kuijperss", "Kuipjers", "Wilemijn Kuijpres", "willemyn kuypers"):
        hits = queries.search(typed, assistant)
        assert [hit.id for hit in hits] == [wanted.id] and hits[0].guessed, typed
    assert found("Kippers", assistant) == [] and not queries.search("Kuijpers", assistant)[0].guessed
