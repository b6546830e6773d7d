from digest.management.day_command import DayCommand


class Command(DayCommand):
    help = "Choose papers for every reader who is due and send the letters."
    stages = ("pick", "summarise", "send", "reconcile")
