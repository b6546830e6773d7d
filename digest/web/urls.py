app_name = "digest"
urlpatterns: list[object] = []
