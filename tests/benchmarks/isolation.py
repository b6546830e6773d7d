"""Runs the steps of benchmarks so that neither the configuration nor another step changes what they measure."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any


def alone(step: Callable[..., Any], *arguments: Any) -> Any:
    """Run *step* in a process of its own: it finds nothing that another left in memory, and its peak is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(step, *arguments).result()


def set_environment(folder: Path) -> None:
    """Set the environment of all steps: of the configuration only the database counts, and files go into *folder*."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "EMAIL_BACKEND", "SECRET_KEY", "SUPPRESSION_KEY"):
        os.environ[name] = ""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        os.environ["DATABASE_URL"] = ""
    os.environ.update(
        PREPRINT_POST_HOME=str(folder),
        DEBUG="",
        EMAIL_URL="",
        SITE_URL="http://localhost:8000",
        SITE_NAME="Preprint Post",
        FROM_EMAIL="Preprint Post <letters@post.example>",
        POSTAL_ADDRESS="1 Library Lane, 12345 Booktown",
        CONTACT_EMAIL="hello@post.example",
    )
