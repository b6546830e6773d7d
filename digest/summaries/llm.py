"""The writer that asks a model, and asks once more with the complaints where its answer will not do."""

from dataclasses import replace

from digest.summaries import checks, prompt
from digest.summaries.answers import BadAnswer, parse
from digest.summaries.service import Reply, Service
from digest.summaries.writers import PaperText, WriterFailed, Written

ANSWERS = 2
"""How many answers of the model are looked at for one paper."""

NAME_LENGTH = 100


class ModelWriter:
    prompt_version = prompt.PROMPT_VERSION

    def __init__(self, service: Service, model: str) -> None:
        self.name = model[:NAME_LENGTH]
        self._service = service

    def write(self, paper: PaperText, language: str) -> Written:
        messages = prompt.messages(paper, language)
        spent, complaints = Reply(""), [""]
        for _ in range(ANSWERS):
            reply = self._service.complete(messages)
            spent = _sum(spent, reply)
            written, complaints = _read(reply.content, paper, language)
            if written:
                return _with_cost(written, spent)
            messages = [*prompt.messages(paper, language), *prompt.again(reply.content, complaints)]
        raise WriterFailed(f"the answer cannot be used: {'; '.join(complaints)}")

    def stop(self) -> None:
        self._service.stop()


def _read(answer: str, paper: PaperText, language: str) -> tuple[Written | None, list[str]]:
    """Either what may be shown, or the complaints."""
    try:
        text = parse(answer)
    except BadAnswer as error:
        return None, [str(error)]
    found = checks.problems(text, paper, language)
    return (None if found else Written(text, language)), found


def _sum(spent: Reply, reply: Reply) -> Reply:
    return Reply(
        content=reply.content,
        prompt_tokens=spent.prompt_tokens + reply.prompt_tokens,
        completion_tokens=spent.completion_tokens + reply.completion_tokens,
        cost=spent.cost + reply.cost,
    )


def _with_cost(written: Written, spent: Reply) -> Written:
    return replace(
        written,
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        cost=spent.cost,
    )
