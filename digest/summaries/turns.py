"""One summary's way through the models: who is asked next, and with which words."""

from dataclasses import dataclass, field, replace

from digest.records import SummaryText
from digest.summaries import prompt
from digest.summaries.llm import ModelWriter
from digest.summaries.prompt import Message
from digest.summaries.service import Reply
from digest.summaries.writers import Job, Outcome, Written


@dataclass(slots=True)
class Turn:
    """A model's turn at a paper."""

    job: Job
    writer: ModelWriter
    messages: list[Message]
    answer: int = 1
    """The how manieth answer of this writer."""
    retries: int = 0
    """Calls for this answer that failed by something that may pass."""
    plain: bool = False
    """Without the JSON format, which the service may not like."""
    ready: float = 0.0
    """Not before this moment of the monotonic clock."""
    spent: Reply = field(default_factory=Reply)
    reasons: list[str] = field(default_factory=list)
    """Why it did not come to a summary so far."""
    tried: bool = False

    def again(self, answer: str, complaint: str) -> None:
        self.messages = [*prompt.messages(self.job.paper, self.job.language), *prompt.again(answer, [complaint])]
        self.answer, self.retries, self.ready = self.answer + 1, 0, 0.0

    def hand_on(self, writer: ModelWriter) -> None:
        """The next model begins anew."""
        self.writer, self.messages = writer, prompt.messages(self.job.paper, self.job.language)
        self.answer, self.retries, self.ready, self.plain = 1, 0, 0.0, False

    def spend(self, reply: Reply) -> None:
        self.spent = replace(
            self.spent,
            prompt_tokens=self.spent.prompt_tokens + reply.prompt_tokens,
            completion_tokens=self.spent.completion_tokens + reply.completion_tokens,
            cost=self.spent.cost + reply.cost,
        )

    def written(self, text: SummaryText) -> Outcome:
        return Outcome(self.job.version_id, self.job.language, written=self._written(text))

    def failed(self) -> Outcome:
        why = "; then ".join(dict.fromkeys(self.reasons))
        return Outcome(self.job.version_id, self.job.language, reason=why, tried=self.tried)

    def _written(self, text: SummaryText) -> Written:
        return Written(
            text=text,
            language=self.job.language,
            writer=self.writer.name,
            prompt_version=self.writer.prompt_version,
            prompt_tokens=self.spent.prompt_tokens,
            completion_tokens=self.spent.completion_tokens,
            cost=self.spent.cost,
        )


def first_turn(job: Job, writer: ModelWriter) -> Turn:
    return Turn(job, writer, prompt.messages(job.paper, job.language))
