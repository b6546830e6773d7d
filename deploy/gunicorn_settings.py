"""gunicorn's settings, wherever the website runs: `gunicorn --config deploy/gunicorn_settings.py deploy.wsgi`.

https://docs.gunicorn.org/en/stable/settings.html says what each of them does.
"""

import os
import shutil
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string

workers = 2
# A thread waits for whoever sends slowly. The web server in front should do that (deploy/Caddyfile does); where it does
# not, forty of them leave room for the others, also when all of them come to one worker. A waiting thread costs little.
threads = 48
# Longer than Caddy keeps a connection (60 s), so that no request comes on one that is just being closed.
keepalive = 75
# The sign of life of a worker is a file: on a slow disk a busy worker would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True


def on_starting(server: Any) -> None:
    """End with a sentence where the settings are wrong, and make the folder for the processes' counts of requests.

    /metrics adds them up. prometheus_client looks for the folder when it is imported: nothing here may do so before.
    """
    if code := _try_settings(server):
        sys.exit(code)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="preprint-post-counts-")


def on_reload(server: Any) -> None:
    """Let the workers that run go on where the settings are wrong: new ones could not begin, which ends gunicorn."""
    if _try_settings(server):
        server.log.error("Nothing was reloaded. The website goes on with the settings of before.")
        # gunicorn now starts as many, and then ends whom there are too many of: those of before stay. At the next
        # reload it reads this file anew.
        server.cfg.set("workers", 0)


def _try_settings(server: Any) -> int:
    """Read the settings in a process of its own, which says what is wrong, and return the code with which it ended.

    What this process imports is not loaded anew later.
    """
    trial = get_context("fork").Process(target=_read_settings, args=(server.cfg.chdir,))
    trial.start()
    trial.join()
    return trial.exitcode or 0


def _read_settings(folder: str) -> None:
    """Read the settings as the workers will.

    Each worker would say what is wrong, and gunicorn would end in a traceback of its own.
    """
    sys.path.insert(0, folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    with import_string("deploy.known_errors.end_with_sentence")():
        import_string("deploy.known_errors.require_writable")(Path(tempfile.gettempdir()))
        import_string("django.conf.settings").LOG_FORMAT  # noqa: B018


def on_exit(server: Any) -> None:
    """Remove that folder."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Let each process look for what needs the operator. By then the application is loaded, which the thread needs."""
    import_string("deploy.watch_thread.start_watching")()


def child_exit(server: Any, worker: Any) -> None:
    """Forget what only a living process has. Its counts stay."""
    import_string("prometheus_client.multiprocess.mark_process_dead")(worker.pid)
