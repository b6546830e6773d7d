"""The state of one summary while models are asked for it: which model is next, and with which messages."""

from dataclasses import dataclass, field, replace

from digest.domain import SummaryText
from digest.summaries.jobs import JobResult, SummaryJob, WrittenSummary
from digest.summaries.llm import prompt, relating_sentence
from digest.summaries.llm.client import ModelReply
from digest.summaries.llm.configured_models import ModelWriter
from digest.summaries.llm.parsing import cut_thoughts
from digest.summaries.llm.prompt import Message


@dataclass(slots=True)
class Attempt:
    """The attempt to get a summary of one paper, from one model after the other."""

    job: SummaryJob
    writer: ModelWriter
    messages: list[Message]
    # Which answer of this model it waits for, from 1.
    answer: int = 1
    # Calls for this answer that failed for a temporary reason.
    retries: int = 0
    # The service may not know the option for the JSON format.
    without_json_format: bool = False
    # The next call waits for this moment of the monotonic clock.
    not_before: float = 0.0
    # The tokens and the cost of all answers so far.
    spent: ModelReply = field(default_factory=ModelReply)
    # Why there is no summary so far.
    reasons: list[str] = field(default_factory=list)
    # Whether a model answered, and not well.
    tried: bool = False

    def ask_again(self, answer: str, complaint: str) -> None:
        """Ask the same model for a better answer. Its thoughts are not sent back."""
        self.messages = [
            *build_messages(self.job),
            *prompt.build_retry_messages(cut_thoughts(answer), [complaint]),
        ]
        self.answer, self.retries, self.not_before = self.answer + 1, 0, 0.0

    def begin_with(self, writer: ModelWriter) -> None:
        """Begin anew with another model."""
        self.writer, self.messages = writer, build_messages(self.job)
        self.answer, self.retries, self.not_before, self.without_json_format = 1, 0, 0.0, False

    def add_cost(self, reply: ModelReply) -> None:
        """Add the tokens and the cost of an answer."""
        self.spent = replace(
            self.spent,
            prompt_tokens=self.spent.prompt_tokens + reply.prompt_tokens,
            completion_tokens=self.spent.completion_tokens + reply.completion_tokens,
            cost=self.spent.cost + reply.cost,
        )

    def written(self, text: SummaryText) -> JobResult:
        """Return the result of an attempt that brought *text*."""
        summary = WrittenSummary(
            text=text,
            language=self.job.language,
            writer=self.writer.name,
            prompt_version=self.writer.prompt_version,
            prompt_tokens=self.spent.prompt_tokens,
            completion_tokens=self.spent.completion_tokens,
            cost=self.spent.cost,
        )
        return JobResult(self.job.version_id, self.job.language, written=summary, kept_id=self.job.kept_id)

    def failed(self) -> JobResult:
        """Return the result of an attempt that no model is left for."""
        reason = "; then ".join(dict.fromkeys(self.reasons))
        job = self.job
        return JobResult(job.version_id, job.language, reason=reason, tried=self.tried, kept_id=job.kept_id)


def build_messages(job: SummaryJob) -> list[Message]:
    """Return the messages that ask for what *job* is about."""
    if job.kept is not None:
        return relating_sentence.build_messages(job.paper, job.kept, job.language)
    return prompt.build_messages(job.paper, job.language)
