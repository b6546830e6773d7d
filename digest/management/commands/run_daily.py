from digest.management.day_command import DayCommand


class Command(DayCommand):
    help = "Run a whole day: fetch, signals, build, pick, summarise, send, reconcile."
    stages = ("fetch", "signals", "build", "pick", "summarise", "send", "reconcile")
