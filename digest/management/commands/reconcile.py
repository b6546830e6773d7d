from digest.management.day_command import DayCommand


class Command(DayCommand):
    help = "Check that everybody due was served and everything picked was summarised."
    stages = ("reconcile",)
