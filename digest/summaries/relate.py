"""Has models write the sentences that relate papers to papers which readers kept. A pair is asked for once.

Sentences are stored by the two papers and the language, never by a person. What fails is no harm: a letter without a
sentence is whole.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from digest.models import RelatingSentence, Version
from digest.models.model_calls import ModelCall
from digest.summaries import store
from digest.summaries.jobs import JobResult, SummaryJob
from digest.summaries.llm.budget import CallBooks, ModelUse
from digest.summaries.llm.configured_models import configured_writers
from digest.summaries.llm.dispatcher import write_all
from digest.summaries.llm.relating_sentence import PROMPT_VERSION

# Requests of a day, which the day's cap in money bounds as well.
MAX_REQUESTS_PER_DAY = 300

PAIRS_PER_QUERY = 2_000


class Pair(NamedTuple):
    """A paper, one that somebody kept, both by version id, and the language of the sentence."""

    version_id: int
    kept_id: int
    language: str


class WrittenSentence(NamedTuple):
    """A sentence that relates a pair; its text is empty where nothing could be written."""

    text: str
    # The model's name.
    writer: str


def write_sentences(pairs: Sequence[Pair], seconds: float) -> tuple[dict[Pair, WrittenSentence], ModelUse]:
    """Return the sentences of *pairs* that there are. Those that are missing are asked for first, in this order.

    It takes *seconds* at most. Without a model, or where the day's requests are spent, nothing is asked for.
    """
    writers = [replace(writer, prompt_version=PROMPT_VERSION) for writer in configured_writers()]
    if not writers or not pairs:
        return {}, ModelUse()
    known = _find_stored(pairs)
    missing = [pair for pair in dict.fromkeys(pairs) if pair not in known][: _count_requests_left()]
    books = CallBooks()
    if missing:
        jobs = _make_jobs(missing)
        outcomes = write_all(writers, jobs, books, concurrency=settings.LLM_CONCURRENCY, seconds=seconds)
        with closing(outcomes):
            known |= dict(filter(None, map(_store, outcomes)))
    return {pair: sentence for pair, sentence in known.items() if sentence.text}, books.use


def _find_stored(pairs: Sequence[Pair]) -> dict[Pair, WrittenSentence]:
    """Return what is stored for *pairs*, with an empty text where nothing could be written."""
    found: dict[Pair, WrittenSentence] = {}
    for chunk in store.iterate_chunks(pairs, PAIRS_PER_QUERY):
        wanted = set(chunk)
        rows = RelatingSentence.objects.filter(
            version__in={pair.version_id for pair in chunk},
            kept__in={pair.kept_id for pair in chunk},
            prompt_version=PROMPT_VERSION,
        )
        for version, kept, language, text, writer in rows.values_list(
            "version_id", "kept_id", "language", "text", "writer"
        ):
            if (pair := Pair(version, kept, language)) in wanted:
                found[pair] = WrittenSentence(text, writer)
    return found


def _count_requests_left() -> int:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    asked = ModelCall.objects.filter(created_at__gte=midnight, prompt_version=PROMPT_VERSION).count()
    return max(MAX_REQUESTS_PER_DAY - asked, 0)


def _make_jobs(pairs: Collection[Pair]) -> Iterable[SummaryJob]:
    texts = store.load_texts({key for pair in pairs for key in (pair.version_id, pair.kept_id)})
    for pair in pairs:
        if pair.version_id in texts and pair.kept_id in texts:
            paper, kept = texts[pair.version_id], texts[pair.kept_id]
            yield SummaryJob(pair.version_id, pair.language, paper, kept, pair.kept_id)


def _store(result: JobResult) -> tuple[Pair, WrittenSentence] | None:
    """Store a result at once, as it cost money. An outage is none: another letter may ask again."""
    if result.written is None and not result.tried:
        return None
    text, writer = (result.written.text.tldr, result.written.writer) if result.written else ("", "")
    pair = Pair(result.version_id, result.kept_id, result.language)
    row, _ = RelatingSentence.objects.get_or_create(
        version_id=pair.version_id,
        kept_id=pair.kept_id,
        language=pair.language,
        prompt_version=PROMPT_VERSION,
        defaults={"text": text, "writer": writer},
    )
    return pair, WrittenSentence(row.text, row.writer)


def find_versions(titles: Collection[str]) -> Mapping[str, int]:
    """Return the id of the newest version with each of *titles*, by title.

    A title that several papers have does not say which of them was kept, so it is left out.
    """
    found: dict[str, int] = {}
    papers: defaultdict[str, set[int]] = defaultdict(set)
    for chunk in store.iterate_chunks(sorted(titles)):
        rows = Version.objects.filter(title__in=chunk).order_by("number", "id")
        for title, paper_id, version_id in rows.values_list("title", "paper_id", "id"):
            found[title] = version_id
            papers[title].add(paper_id)
    return {title: version_id for title, version_id in found.items() if len(papers[title]) == 1}
