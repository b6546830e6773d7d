"""Searches in the database find what searches in memory find."""

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries, Settings

from digest.editions.version_vectors import fill_vectors
from digest.models import SearchBlock, SearchTerm, Version, VersionEmbedding
from digest.ranking.search.paper_terms import PLACES_PER_PAPER, SearchedText
from digest.ranking.search.postings import MemoryIndex
from digest.ranking.search.query import read_query
from digest.ranking.search.ranking import find_hits
from digest.ranking.text.embedding import quantise
from digest.ranking.text.term_rarity import load_shipped_rarity
from digest.search import index
from digest.search.find import MIN_SIMILARITY, search, similar
from digest.search.index import index_versions
from digest.search.lookup import DatabaseIndex
from tests.editions.rows import announce

pytestmark = pytest.mark.django_db

KNOTS = ("Knots and braids of a torus", "Invariants of knots and links", "Braids, knots and surfaces")
STARS = ("Comets and dust of a dwarf star", "Dust around stars", "Telescopes that see comets")
QUERIES = (
    *("knots", "braid", "knots stars", '"dust around"', "author:hopper", "cat:math", "knots -links", "bra*"),
    *("title:comets", "knot OR comet", "author:G_Hopper", "the dwarf star"),
)


def announce_all() -> list[Version]:
    knots = [announce(text, "math.GT", abstract=f"We study {text}.") for text in KNOTS]
    return knots + [announce(text, "astro-ph.EP", abstract=f"We look at {text}.") for text in STARS]


def titles(hits: list[int]) -> list[str]:
    found = Version.objects.in_bulk(hits)
    return [found[pk].title for pk in hits]


def found(query: str) -> list[int]:
    return [hit.version_id for hit in search(query)]


@pytest.mark.parametrize("query", QUERIES)
def test_the_database_ranks_as_memory_does(query: str) -> None:
    versions = announce_all()
    index_versions()
    texts = [SearchedText(each.title, each.abstract, each.authors, each.categories) for each in versions]
    hits = find_hits(read_query(query), MemoryIndex(texts), load_shipped_rarity(), 20)
    assert found(query) == [versions[number].pk for number in hits.papers]
    assert hits.papers.size


def test_an_index_made_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    announce_all()
    index_versions()
    at_once = sorted((bytes(row.term), bytes(row.postings)) for row in SearchTerm.objects.all())
    SearchBlock.objects.all().delete()
    SearchTerm.objects.all().delete()
    monkeypatch.setattr(index, "VERSIONS_PER_CHUNK", 2)
    assert index_versions(3) == 3
    assert index_versions() == 3
    assert index_versions() == 0
    assert sorted((bytes(row.term), bytes(row.postings)) for row in SearchTerm.objects.all()) == at_once


def test_several_blocks_are_searched_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    announce_all()
    index_versions()
    one = {query: found(query) for query in QUERIES}
    SearchBlock.objects.all().delete()
    SearchTerm.objects.all().delete()
    monkeypatch.setattr("digest.search.index.VERSIONS_PER_BLOCK", 4)
    monkeypatch.setattr("digest.search.lookup.VERSIONS_PER_BLOCK", 4)
    index_versions()
    assert SearchBlock.objects.count() > 1
    assert {query: found(query) for query in QUERIES} == one


def test_a_block_that_is_added_during_a_search_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.search.index.VERSIONS_PER_BLOCK", 4)
    monkeypatch.setattr("digest.search.lookup.VERSIONS_PER_BLOCK", 4)
    announce("Knots")
    index_versions()
    begun = DatabaseIndex()
    for number in range(4):
        announce(f"Knots, number {number}", authors=("Emmy Noether",))
    index_versions()
    several = (begun.by_term(["knot"])["knot"], begun.by_stem(["knot"])["knot"], begun.by_beginning("kno"))
    assert all((postings // PLACES_PER_PAPER < len(begun.lengths)).all() for postings in several)
    assert len(found("knots")) == 5


def test_of_a_paper_only_its_newest_version_is_found() -> None:
    first = announce("Knots", abstract="Old words.")
    index_versions()
    assert found("knots") == [first.pk]
    second = Version.objects.create(
        paper=first.paper, number=2, title="Knots", abstract="New words.", primary_category="math.GT"
    )
    index_versions()
    assert found("knots") == [second.pk]
    assert found("old") == []


def test_similar_papers_are_of_the_same_subject() -> None:
    versions = announce_all()
    index_versions()
    fill_vectors(Version.objects.all())
    near = [hit.version_id for hit in similar(versions[0].pk)]
    assert set(near[:2]) == {versions[1].pk, versions[2].pk}
    assert versions[0].pk not in near
    assert min(hit.score for hit in similar(versions[0].pk)) >= MIN_SIMILARITY
    assert similar(versions[-1].pk + 1) == []


def test_vectors_of_a_model_decide_where_words_do_not(settings: Settings) -> None:
    versions = [announce(title, abstract="Dust around a star.") for title in ("Comets", "Planets", "Moons", "Rings")]
    index_versions()
    by_words = [hit.version_id for hit in similar(versions[0].pk)]
    settings.OPENAI_EMBEDDING_MODEL = "small"
    assert [hit.version_id for hit in similar(versions[0].pk)] == by_words
    last = by_words[-1]
    for version in versions:
        vector = [1.0, 0.1] if version.pk in (versions[0].pk, last) else [0.1, 1.0]
        VersionEmbedding.objects.create(version=version, model="small", content=quantise(vector))
    assert next(hit.version_id for hit in similar(versions[0].pk)) == last
    settings.OPENAI_EMBEDDING_MODEL = "another"
    assert [hit.version_id for hit in similar(versions[0].pk)] == by_words


def test_without_papers_nothing_is_found() -> None:
    assert search("knots") == []
    assert search("-knots") == []
    assert similar(1) == []


def test_questions_do_not_grow_with_the_papers(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        announce_all()
    index_versions()
    fill_vectors(Version.objects.all())
    version = Version.objects.earliest("pk")
    with django_assert_num_queries(5):  # blocks, stems, terms, authors, vectors
        search("knots and braids")
    with django_assert_num_queries(4):  # blocks, text, terms, vectors
        similar(version.pk)


def test_the_command_fills_an_old_database(capsys: pytest.CaptureFixture[str]) -> None:
    announce_all()
    call_command("index_papers")
    assert "indexed=6 vectors=6" in capsys.readouterr().out
    assert DatabaseIndex().lengths.sum() > 0
    call_command("index_papers")
    assert "indexed=0 vectors=0" in capsys.readouterr().out
