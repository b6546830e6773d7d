"""The database of the browser's tests."""

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite's tables in a file, as an installation does.

    In memory the threads of the live server share one connection, so that one page's reading locks a table while
    another page writes.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "site.sqlite3")
