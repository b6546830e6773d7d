"""What `check --deploy` looks at besides the settings themselves: names in .env, and whatever they lead to."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from deploy import reachability
from deploy.dotenv_names import find_odd_names


@checks.register(deploy=True)
def names_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn of names that nobody reads, and of those that stand twice in .env."""
    known = {each.name for each in settings.SETTINGS_IN_FORCE}
    odd = find_odd_names(settings.DOTENV_LINES, known, os.environ)
    return [checks.Warning(text, hint=hint, id="deploy.W001") for text, hint in odd]


@checks.register(deploy=True)
def reachability_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Look at everything at once that may keep us waiting, each for half a minute at most."""
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(list, look()) for look in reachability.LOOKS]
        here = [*reachability.look_at_database(), *reachability.look_at_static_files()]
        return [*here, *chain.from_iterable(each.result() for each in waiting)]
