from digest.management.day_command import DayCommand


class Command(DayCommand):
    help = "Bring in the papers announced on a day."
    stages = ("fetch",)
