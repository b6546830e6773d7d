from digest.management.day import DayCommand


class Command(DayCommand):
    help = "Rank the papers of a day and freeze them as its edition."
    stages = ("build",)
