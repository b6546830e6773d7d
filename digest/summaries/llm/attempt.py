"""One summary's way through the models: who is asked next, and with which words."""

from dataclasses import dataclass, field, replace

from digest.domain import SummaryText
from digest.summaries.jobs import JobResult, SummaryJob, WrittenSummary
from digest.summaries.llm import prompt
from digest.summaries.llm.client import ModelReply
from digest.summaries.llm.models import ModelWriter
from digest.summaries.llm.prompt import Message


@dataclass(slots=True)
class Attempt:
    """A model's turn at a paper."""

    job: SummaryJob
    writer: ModelWriter
    messages: list[Message]
    # The how manieth answer of this writer.
    answer: int = 1
    # Calls for this answer that failed by something that may pass.
    retries: int = 0
    # Without the JSON format, which the service may not like.
    plain: bool = False
    # Not before this moment of the monotonic clock.
    ready: float = 0.0
    spent: ModelReply = field(default_factory=ModelReply)
    # Why it did not come to a summary so far.
    reasons: list[str] = field(default_factory=list)
    tried: bool = False

    def again(self, answer: str, complaint: str) -> None:
        self.messages = [
            *prompt.build_messages(self.job.paper, self.job.language),
            *prompt.build_retry_messages(answer, [complaint]),
        ]
        self.answer, self.retries, self.ready = self.answer + 1, 0, 0.0

    def hand_on(self, writer: ModelWriter) -> None:
        """The next model begins anew."""
        self.writer, self.messages = writer, prompt.build_messages(self.job.paper, self.job.language)
        self.answer, self.retries, self.ready, self.plain = 1, 0, 0.0, False

    def spend(self, reply: ModelReply) -> None:
        self.spent = replace(
            self.spent,
            prompt_tokens=self.spent.prompt_tokens + reply.prompt_tokens,
            completion_tokens=self.spent.completion_tokens + reply.completion_tokens,
            cost=self.spent.cost + reply.cost,
        )

    def written(self, text: SummaryText) -> JobResult:
        return JobResult(self.job.version_id, self.job.language, written=self._written(text))

    def failed(self) -> JobResult:
        why = "; then ".join(dict.fromkeys(self.reasons))
        return JobResult(self.job.version_id, self.job.language, reason=why, tried=self.tried)

    def _written(self, text: SummaryText) -> WrittenSummary:
        return WrittenSummary(
            text=text,
            language=self.job.language,
            writer=self.writer.name,
            prompt_version=self.writer.prompt_version,
            prompt_tokens=self.spent.prompt_tokens,
            completion_tokens=self.spent.completion_tokens,
            cost=self.spent.cost,
        )


def first_attempt(job: SummaryJob, writer: ModelWriter) -> Attempt:
    return Attempt(job, writer, prompt.build_messages(job.paper, job.language))
