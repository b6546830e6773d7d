"""The vectors of papers' texts, stored once and loaded in bulk."""

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.editions import version_vectors
from digest.editions.build import build_edition
from digest.editions.version_vectors import fill_vectors, load_vectors
from digest.models import Version, VersionVector
from digest.ranking.text.paper_vector import VECTOR_FORMAT, make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from tests.editions.rows import FRIDAY, announce

pytestmark = pytest.mark.django_db


def stored_formats() -> list[int]:
    return list(VersionVector.objects.order_by("pk").values_list("format", flat=True))


def test_the_papers_of_an_edition_have_vectors() -> None:
    announce("Qubits", abstract="Surface codes.")
    announce("Elsewhere", day=FRIDAY.replace(day=1))
    build_edition(FRIDAY)
    [vector] = VersionVector.objects.all()
    assert vector.version.title == "Qubits"
    assert bytes(vector.content) == make_vector("Qubits", "Surface codes.", load_shipped_rarity()).to_bytes()


def test_only_what_is_missing_or_of_another_format_is_computed() -> None:
    versions = [announce(f"Paper {number}") for number in range(5)]
    assert fill_vectors(Version.objects.filter(pk__lte=versions[2].pk)) == 3
    VersionVector.objects.filter(pk=versions[0].pk).update(format=VECTOR_FORMAT + 1)
    assert fill_vectors(Version.objects.all()) == 3
    assert stored_formats() == [VECTOR_FORMAT] * 5
    assert fill_vectors(Version.objects.all()) == 0


def test_a_filling_that_was_killed_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_vectors, "VERSIONS_PER_CHUNK", 2)
    for number in range(5):
        announce(f"Paper {number}")
    steps: list[tuple[int, int | None]] = []

    def kill(done: int, total: int | None = None) -> None:
        steps.append((done, total))
        if len(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_vectors(Version.objects.all(), kill)
    assert (steps, len(stored_formats())) == ([(2, 5), (4, 5)], 4)
    assert fill_vectors(Version.objects.all()) == 1


def test_vectors_are_loaded_in_bulk_stored_or_not(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    versions = [announce(f"Paper {number}", abstract="Surface codes.") for number in range(20)]
    fill_vectors(Version.objects.filter(pk__lte=versions[9].pk))
    with django_assert_num_queries(2):
        vectors = load_vectors([version.pk for version in versions])
    fill_vectors(Version.objects.all())
    with django_assert_num_queries(1):
        stored = load_vectors([version.pk for version in versions])
    assert {pk: each.to_bytes() for pk, each in vectors.items()} == {pk: each.to_bytes() for pk, each in stored.items()}
    assert vectors.keys() == {version.pk for version in versions}


def test_a_damaged_vector_is_computed_again() -> None:
    whole, damaged = announce("Paper 1", abstract="Surface codes."), announce("Paper 2", abstract="Surface codes.")
    fill_vectors(Version.objects.all())
    before = load_vectors([whole.pk, damaged.pk])
    VersionVector.objects.filter(pk=damaged.pk).update(content=b"\0")
    after = load_vectors([whole.pk, damaged.pk])
    assert {pk: each.to_bytes() for pk, each in after.items()} == {pk: each.to_bytes() for pk, each in before.items()}
