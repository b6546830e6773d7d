"""What is asked of the model, and what becomes of its answers: a summary is kept at once, a failure is owed."""

from collections.abc import Generator, Sequence
from contextlib import closing

from django.conf import settings

from digest.models import Backfill
from digest.records import Tick, silent
from digest.summaries import storing
from digest.summaries.calls import Job, Outcome, write_all
from digest.summaries.llm import NAME_LENGTH, ModelWriter
from digest.summaries.service import Service
from digest.summaries.storing import Key
from digest.summaries.writers import Writer

RUN_SECONDS = 1800.0
"""After so long the letters go out with what there is."""

ATTEMPTS = 5
"""A summary that failed so often is not asked for again."""

OPENAI = "https://api.openai.com/v1"


def model_name() -> str:
    """As its summaries are marked."""
    return str(settings.OPENAI_MODEL)[:NAME_LENGTH]


def writer_from_settings() -> Writer | None:
    """None where no model is configured."""
    if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        return None
    service = Service(
        base_url=settings.OPENAI_BASE_URL or OPENAI,
        api_key=settings.OPENAI_API_KEY or "none",  # a server of one's own asks for no key, the client does
        model=settings.OPENAI_MODEL,
        timeout=settings.LLM_TIMEOUT,
    )
    return ModelWriter(service, settings.OPENAI_MODEL)


def ask(writer: Writer, keys: Sequence[Key], tick: Tick = silent) -> dict[Key, int]:
    """The ids of the summaries that were written for *keys*; the others stand in Backfill afterwards."""
    written: dict[Key, int] = {}
    failed: list[Outcome] = []
    try:
        with closing(_outcomes(writer, keys)) as outcomes:
            for done, outcome in enumerate(outcomes, start=1):
                if outcome.written is None:
                    failed.append(outcome)
                else:
                    key = (outcome.job.version_id, outcome.job.language)
                    written[key] = storing.store_written(outcome.job.version_id, outcome.written, writer)
                tick(done, len(keys))
    finally:
        storing.owe(failed)
    return written


def _outcomes(writer: Writer, keys: Sequence[Key]) -> Generator[Outcome]:
    papers = storing.texts({version for version, _ in keys})
    jobs = [Job(version, language, papers[version]) for version, language in keys if version in papers]
    return write_all(writer, jobs, concurrency=settings.LLM_CONCURRENCY, seconds=RUN_SECONDS)


def backfill(tick: Tick = silent) -> int:
    """Asks again for what is owed; says how many summaries came. Editions go on showing what they showed."""
    writer = writer_from_settings()
    if writer is None:
        return 0
    owed = Backfill.objects.filter(done_at=None, attempts__lt=ATTEMPTS).order_by("created_at", "id")
    return len(ask(writer, list(owed.values_list("version_id", "language")), tick))
