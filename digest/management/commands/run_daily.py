from digest.management.day import DayCommand


class Command(DayCommand):
    help = "Run a whole day: fetch, build, pick, summarise, send, reconcile."
    stages = ("fetch", "build", "pick", "summarise", "send", "reconcile")
