"""Copies rows of a table within the database: a million rows that are like real ones, in seconds.

The columns are those that the table has, so that it serves tables of earlier migrations too.
"""

from collections.abc import Mapping

from django.db import connection


def copy_rows(table: str, changed: Mapping[str, str], rest: str) -> int:
    """Add a copy of each row of *table*, called `t` in SQL, that *rest* joins or leaves, and return how many.

    *changed* has an expression in SQL for each column that is not copied. The id is always a new one. No value may
    come from outside.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        names = [each.name for each in connection.introspection.get_table_description(cursor, table)]
        columns = [name for name in names if name != "id"]
        values = [changed.get(name, f"t.{quote(name)}") for name in columns]
        cursor.execute(
            f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))})"  # noqa: S608 - our own names
            f" SELECT {', '.join(values)} FROM {quote(table)} t {rest}"
        )
        return int(cursor.rowcount)
