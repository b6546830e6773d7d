"""Tables and columns have names in the operator's language, and no migration for it."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from tests.admin.test_admin import fill
from tests.web.pages import tree, words

pytestmark = pytest.mark.django_db
TABLES: list[Any] = [table for table in admin.site._registry if table._meta.app_label in ("digest", "subscriptions")]
CHINESE = re.compile("[\u4e00-\u9fff]")
# These are the same in Chinese.
INTERNATIONAL = {"ID", "DOI"}
# Whose English name says more than Django's would.
BETTER_NAMES = {"DOI", "first sent at", "remark", "summary in a sentence", "time zone", "what was wrong"}


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.model_name)
def test_every_table_column_and_choice_has_a_chinese_name(table: Any) -> None:
    with translation.override("zh-hans"):
        names = [table._meta.verbose_name, table._meta.verbose_name_plural]
        names += [column.verbose_name for column in table._meta.fields]
        names += [label for column in table._meta.fields for _value, label in column.choices or ()]
        hints = [column.help_text for column in table._meta.fields if column.help_text]
        english = {str(name) for name in [*names, *hints] if not CHINESE.search(str(name))}
    assert english <= INTERNATIONAL


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.model_name)
def test_english_names_are_those_that_permissions_and_migrations_know(table: Any) -> None:
    assert table._meta.verbose_name_raw == re.sub(r"(?<=[a-z])(?=[A-Z])", " ", table.__name__).lower()
    for column in table._meta.local_fields:
        assert column.deconstruct()[3].get("verbose_name", "ID") == "ID", "else a migration would have to say it"
        assert str(column.verbose_name) in {"ID", column.name.replace("_", " "), *BETTER_NAMES}


def test_the_first_page_reads_well_in_chinese(operator: Client) -> None:
    fill(0, 1)
    page = operator.get("/admin/", headers={"accept-language": "zh-hans"})
    groups = page.context["app_list"]
    assert [group["name"] for group in groups] == ["每日", "人员", "邮件", "论文", "总结", "机器"]
    tables = {str(table["name"]) for group in groups for table in group["models"]}
    assert [name for name in tables if not CHINESE.search(name)] == []
    assert "今天到目前为止" in words(tree(page))


@pytest.mark.parametrize("table", ["edition", "delivery", "ledgerline", "modelcall"])
def test_a_list_and_a_row_have_no_english_heading(operator: Client, table: str) -> None:
    fill(0, 1)
    chinese = {"accept-language": "zh-hans"}
    page = tree(operator.get(f"/admin/digest/{table}/", headers=chinese))
    [shown] = [each for each in page.iter("table") if each.get("id") == "result_list"]
    headings = [words(cell) for cell in shown.iter("th") if cell.get("scope") == "col"]
    row = next(link.get("href", "") for link in page.iter("a") if link.get("href", "").endswith("/change/"))
    labels = [words(each) for each in tree(operator.get(row, headers=chinese)).iter("label")]
    assert len(headings) > 3
    assert len(labels) > 5
    assert [each for each in [*headings, *labels] if each and not CHINESE.search(each)] == []
