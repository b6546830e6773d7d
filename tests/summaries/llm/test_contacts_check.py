"""A model's answer leads readers nowhere but where their paper leads them."""

import json
import lzma
import random
import re
from itertools import chain
from pathlib import Path

import pytest

from digest.domain import SummaryText
from digest.summaries.jobs import PaperText
from digest.summaries.llm.client import ModelReply
from digest.summaries.llm.contacts_check import find_foreign_contacts
from digest.summaries.llm.validation import read_reply

PAPER = (
    "Sieve weighs examples on 3 benchmarks from 2015 to 2024. Code is at https://github.com/sieve/sieve and sieve.ai;"
    " it beats ASP.NET by 555 points. Mail sieve@example.org or follow @sieve_lab."
)


@pytest.mark.parametrize(
    "away",
    [
        "More at bit.ly/abc",
        "Visit evil.zip",
        "Visit Evil.ZIP.",
        "Visit evil.com, now",
        "见evil.com了解更多",
        "Visit ｅｖｉｌ．ｃｏｍ",
        "Visit evil.рф",
        "Visit evil[.]com",
        "Visit evil (dot) com",
        "Visit evil dot com",
        "Join t.me/evil",
        "https://10.0.0.1/x",
        "http://localhost/x",
        "www.evil",
        "mailto:eve",
        "tel:0",
        "javascript:alert(1)",
        "data:text/html",
        "Write to eve@evil.example.",
        "Write to eve (at) evil",
        "Follow @evil_lab",
        "Telegram: evil",
        "WeChat ID: evil",
        "加微信：evil88",
        "加QQ群123456",
        "Call 1 888 555 0123",
        "Call +86 138 0013 8000",
        "Call (555) 123-4567",
        "Call 0900-1234567",
        "Call 13800138000",
        "Call 3-3-3-3-4-4-4",
        "github.com/evil/sieve",
        "https://github.com/sieve/sieve/../../evil",
        "sieve.ai/login",
        "notsieve.ai",
        "sieve.ai.evil.com",
        "https://github.com/sieve/sieve",
        "Mail sieve@example.org",
    ],
)
def test_what_leads_away_is_found(away: str) -> None:
    assert find_foreign_contacts(f"Examples are weighed. {away}", PAPER)


@pytest.mark.parametrize(
    "harmless",
    [
        "It runs on Node.js, Next.js, D3.js and ASP.NET, e.g. in the U.S., i.e. in the U.K., see Fig. 2 and Sec. 3.1.",
        "Smith et al. vs. Ph.D. students, a.k.a. No. 1; GPT-4.1 and Llama-3.1-8B-Instruct, v2.0.1, C++ and .NET.",
        "pass@1, Recall@10, mAP@0.5, Hits@k and precision @ 5.",
        "In cs.AI and math.AG, Phys. Rev. D, train.cpp and torch.nn.Module.",
        "From 2015-2024, on 10 000 000 rows, 1,000,000 more, 0.123456789 and 3.1415926.",
        "Users of Telegram, WeChat and Discord; the line: a dot product of I/O, 24/7.",
        "Code is at github.com/sieve/sieve, see sieve.ai. Follow @sieve_lab.",
        "该方法在Node.js上运行。结果提升了37.5%，见图2。",
    ],
)
def test_what_only_looks_so_is_left_alone(harmless: str) -> None:
    assert find_foreign_contacts(harmless, PAPER) == []


@pytest.mark.data
def test_what_real_papers_say_of_themselves_is_harmless(shared_data: Path) -> None:
    files = sorted((shared_data / "papers").glob("*.jsonl.xz"))
    lines = list(chain.from_iterable(lzma.decompress(path.read_bytes()).decode().splitlines() for path in files))
    rows = [json.loads(line) for line in random.Random(0).sample(lines, 2000)]
    # Only whole links are refused, which no answer may have.
    rows = [row for row in rows if not re.search(r"://|www\.|\S@\S+\.\w", row["abstract"])]
    assert len(rows) > 1700
    refused = [
        row["id"] for row in rows if find_foreign_contacts(row["abstract"], f"{row['title']}\n{row['abstract']}")
    ]
    assert len(refused) <= 2, refused
    # Nor do they refuse answers where nothing is harmless by the paper: what is left are links and the like.
    left = set(chain.from_iterable(find_foreign_contacts(row["abstract"], "") for row in rows))
    assert not {"node.js", "u.s", "e.g", "i.e"} & {each.lower() for each in left}


@pytest.mark.data
def test_the_answers_of_the_field_are_used_or_refused(shared_data: Path) -> None:
    first, *rows = map(json.loads, (shared_data / "field_cases" / "model_answers.jsonl").read_text().splitlines())
    paper = PaperText(first["paper"]["title"], first["paper"]["abstract"])
    names = {"a link in the answer", "a domain and a phone number", "harmless words that look like domains"}
    tried = [row for row in rows if row["name"] in names]
    assert len(tried) == len(names)
    for row in tried:
        read = read_reply(ModelReply(row["message"]["content"]), paper, "en")
        assert isinstance(read, SummaryText) is (row["right"] == "good"), (row["name"], read)
