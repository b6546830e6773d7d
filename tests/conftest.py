"""Settings and fixtures of all tests."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from tests.time_limit import in_time

# No stopwatch on an example: a busy machine would fail it. Fewer of them while somebody waits for the tests.
hypothesis.settings.register_profile("calm", deadline=None, max_examples=25)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=100)
hypothesis.settings.load_profile("thorough" if os.environ.get("CI") else "calm")


def pytest_collection_finish() -> None:
    # What is loaded by now stays: to walk through it again and again took a tenth of the time of all tests.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    with in_time():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    with in_time():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    with in_time():
        return (yield)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Forget a pool of connections that was made before: it leads to the real database, not to that of the tests."""
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real papers and captures, or skip the test: a user's clone does not have it."""
    if not SHARED.is_dir():
        pytest.skip("the evaluation data is not here")
    return SHARED


@pytest.fixture(scope="session")
def many() -> int:
    """Return how many real papers a test looks at: fewer while somebody waits, as with examples."""
    return 10 * hypothesis.settings().max_examples


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Prepare the database of all tests.

    Emptying the tables after a test creates no permissions anew: no test reads one, and each time took 45 ms. The
    database numbers subscribers from far above the numbers of the named cast, whom tests store with their own.
    """
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('subscriptions_subscriber', 'id'), 1000000000)")


@pytest.fixture(autouse=True)
def _errands_at_once(settings: Settings) -> None:
    """Send what a page promises before the page is there."""
    settings.ERRANDS_INLINE = True


@pytest.fixture(autouse=True)
def _each_test_in_english() -> Iterator[None]:
    """Begin in English: a page in Chinese leaves its language switched on in the thread that made it."""
    translation.deactivate()
    yield
    translation.deactivate()
