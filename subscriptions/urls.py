"""The pages for people. Letters are built from these paths: they stay as they are."""

from django.urls import path

from subscriptions.views import preferences, signup, unsubscribe

app_name = "subscriptions"
urlpatterns = [
    path("", signup.sign_up, name="home"),
    path("sent/", signup.show_sent, name="sent"),
    path("confirm/<str:token>/", signup.confirm, name="confirm"),
    path("link/", signup.request_link, name="link"),
    path("preferences/<str:token>/", preferences.edit_preferences, name="preferences"),
    path("preferences/<str:token>/export/", preferences.export_data, name="export"),
    path("preferences/<str:token>/pause/", preferences.pause_letters, name="pause"),
    path("preferences/<str:token>/address/", preferences.change_address, name="change-address"),
    path("preferences/<str:token>/delete/", preferences.request_deletion, name="ask-delete"),
    path("address/<str:token>/", preferences.confirm_address, name="address"),
    path("delete/<str:token>/", preferences.delete_data, name="delete"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe_page, name="unsubscribe"),
]
