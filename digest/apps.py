from anymail.signals import tracking
from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_delete, pre_delete
from django.utils.translation import gettext_lazy as _

from digest.infra.sqlite_wal import enable_wal
from subscriptions.signals import (
    address_changed,
    delivery_times_imported,
    feedback_imported,
    feedback_requested,
    personal_data_requested,
    sign_up_shown,
    subscriber_confirmed,
)


class DigestConfig(AppConfig):
    name = "digest"
    verbose_name = _("Letters and papers")

    def ready(self) -> None:
        from digest import (
            checks,  # noqa: F401  (registers the start-up checks; needs the apps to be loaded)
            first_letters,
            privacy,
        )
        from digest.delivery.outcomes import refusal_history
        from digest.delivery.webhooks import events  # need the tables, and they the apps
        from digest.editions import feedback_transfer
        from digest.picking import due_readers
        from digest.web import signup_preview

        connection_created.connect(enable_wal, dispatch_uid="digest")
        feedback_requested.connect(feedback_transfer.collect_feedback, dispatch_uid="digest")
        feedback_imported.connect(feedback_transfer.store_feedback, dispatch_uid="digest")
        personal_data_requested.connect(privacy.collect_personal_data, dispatch_uid="digest")
        delivery_times_imported.connect(due_readers.search_everybody_next, dispatch_uid="digest")
        pre_delete.connect(privacy.erase_personal_data, sender="subscriptions.Subscriber", dispatch_uid="digest")
        subscriber_confirmed.connect(first_letters.send_soon, dispatch_uid="digest")
        sign_up_shown.connect(signup_preview.describe_letter, dispatch_uid="digest")
        address_changed.connect(refusal_history.begin_anew, dispatch_uid="digest")
        post_delete.connect(
            refusal_history.begin_anew_for_suppression, sender="subscriptions.Suppression", dispatch_uid="digest"
        )
        tracking.connect(events.receive_event, dispatch_uid="digest")
