"""A process that writes the summaries of twelve papers and kills itself after some: `victim ADDRESS ANSWERS`.

It prints its home for the next one, or, where it may live, what was there before and after. Its database is a file.
"""

import json
import os
import signal
import sys
import tempfile

import django

PAPERS = 12


def main(address: str, answers: int) -> None:
    if answers:
        os.environ["PREPRINT_POST_HOME"] = tempfile.mkdtemp(prefix="victim-")
    os.environ.update(OPENAI_BASE_URL=address, OPENAI_MODEL="small-1", LLM_CONCURRENCY="2", DATABASE_URL="")
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    django.setup()
    from django.core.management import call_command

    from digest.models import Edition, Summary
    from digest.summaries.writing import write
    from tests.summaries.papers import edition

    call_command("migrate", verbosity=0)
    before = Summary.objects.filter(writer="small-1").count()
    if answers:
        edition(PAPERS)
        print(os.environ["PREPRINT_POST_HOME"], flush=True)

    def die(done: int, total: int | None) -> None:
        if done == answers:
            os.kill(os.getpid(), signal.SIGKILL)

    counts = write(Edition.objects.get(), {"en": range(PAPERS)}, die)
    after = Summary.objects.filter(writer="small-1").count()
    json.dump({"before": before, "after": after, "calls": counts.use.calls}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
