"""The pages for people. Letters are built from these paths: they stay as they are."""

from django.urls import path

from subscriptions.views import account, letter_preferences, page_language, preferences, signup, unsubscribe

app_name = "subscriptions"
urlpatterns = [
    path("", signup.sign_up, name="home"),
    path("language/<str:code>/", page_language.switch_language, name="language"),
    path("sent/", signup.show_sent, name="sent"),
    path("confirm/<str:token>/", signup.confirm, name="confirm"),
    path("link/", signup.request_link, name="link"),
    path("account/<str:token>/", account.open_account, name="account"),
    # In a remembered browser.
    path("preferences/", preferences.edit_preferences, name="preferences"),
    path("preferences/export/", preferences.export_data, name="export"),
    path("preferences/pause/", preferences.pause_letters, name="pause"),
    path("preferences/address/", preferences.change_address, name="change-address"),
    path("preferences/links/", account.end_links, name="end-links"),
    path("preferences/delete/", preferences.request_deletion, name="ask-delete"),
    # Behind the link of a letter.
    path("preferences/<str:token>/", letter_preferences.edit_letters, name="letter-preferences"),
    path("preferences/<str:token>/pause/", letter_preferences.pause_letters, name="letter-pause"),
    path("preferences/<str:token>/link/", letter_preferences.request_account_link, name="letter-link"),
    path("preferences/<str:token>/delete/", letter_preferences.request_deletion, name="letter-delete"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe_page, name="unsubscribe"),
    # Behind links of one purpose.
    path("address/<str:token>/", preferences.confirm_address, name="address"),
    path("restore/<str:token>/", preferences.restore_address, name="restore"),
    path("return/<str:token>/", unsubscribe.come_back_page, name="return"),
    path("delete/<str:token>/", preferences.delete_data, name="delete"),
]
