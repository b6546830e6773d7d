"""The environment of the tests, set before Django reads its settings. DATABASE_URL, CELERY_BROKER_URL pass through."""

import os
import sys
import tempfile

import pytest

SECRETS = ("EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "SECRET_KEY", "SUPPRESSION_KEY")
MODEL = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_FALLBACK_MODEL",
    "LLM_DAILY_BUDGET",
    "LLM_MAX_CALLS",
    "OPENAI_EXTRA_BODY",
)
for name in (
    *MODEL,
    "EMAIL_URL",
    "EMAIL_BACKEND",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "SECRET_KEY",
    "SUPPRESSION_KEY",
):
    os.environ[name] = ""
os.environ.update(
    PREPRINT_POST_HOME=tempfile.mkdtemp(prefix="preprint-post-tests-"),
    DEBUG="1",
    SITE_URL="https://post.example",
    SITE_NAME="Preprint Post",
    FROM_EMAIL="Preprint Post <letters@post.example>",
    OPERATOR_NAME="Booktown Library",
    POSTAL_ADDRESS="1 Library Lane, 12345 Booktown",
    CONTACT_EMAIL="hello@post.example",
    # Workers in tests say what is wrong only.
    LOG_LEVEL="WARNING",
    # Nobody is told of a pause but in tests of just that.
    ALERT_EMAIL="none",
    DNS_SERVERS="none",
    ARXIV_API_URL="http://127.0.0.1:9/api/query",
    SIGNALS="0",
    HUGGINGFACE_API_URL="http://127.0.0.1:9/api/daily_papers",
    GITHUB_API_URL="http://127.0.0.1:9",
    GITHUB_TOKEN="",
    ARXIV_RSS_URL="http://127.0.0.1:9",
    ARXIV_OAI_URL="http://127.0.0.1:9/oai",
)

# The many processes of a test run share what one of them compiled, also on a machine that keeps no bytecode elsewhere.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: two a core, as many of them wait for a server's answer or a limit of its."""
    return 2 * (os.cpu_count() or 1)
