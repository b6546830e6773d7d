from digest.management.day_command import DayCommand


class Command(DayCommand):
    help = "Rank the papers of a day and freeze them as its edition."
    stages = ("build",)
