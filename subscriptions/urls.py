"""The pages for people. Letters are built from these paths: they stay as they are."""

from django.urls import path

from subscriptions.views import preferences, signup, unsubscribe

app_name = "subscriptions"
urlpatterns = [
    path("", signup.home, name="home"),
    path("sent/", signup.sent, name="sent"),
    path("confirm/<str:token>/", signup.confirm, name="confirm"),
    path("link/", signup.link, name="link"),
    path("preferences/<str:token>/", preferences.preferences, name="preferences"),
    path("preferences/<str:token>/export/", preferences.export, name="export"),
    path("preferences/<str:token>/pause/", preferences.pause, name="pause"),
    path("preferences/<str:token>/address/", preferences.address, name="change-address"),
    path("preferences/<str:token>/delete/", preferences.ask_delete, name="ask-delete"),
    path("address/<str:token>/", preferences.confirm_address, name="address"),
    path("delete/<str:token>/", preferences.delete, name="delete"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
