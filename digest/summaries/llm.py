"""stub"""

from digest.summaries.prompt import PROMPT_VERSION
from digest.summaries.writers import PaperText, WriterFailed, Written


class ModelWriter:
    prompt_version = PROMPT_VERSION

    def __init__(self, *, base_url: str, api_key: str, model: str, timeout: float) -> None:
        self.name = model

    def write(self, paper: PaperText, language: str) -> Written:
        raise WriterFailed("no model yet", fatal=True)

    def stop(self) -> None: ...
