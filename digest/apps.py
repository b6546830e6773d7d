from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "digest"

    def ready(self) -> None:
        from digest import checks  # noqa: F401  (registers the start-up checks; needs the apps to be loaded)
