from digest.management.day import DayCommand


class Command(DayCommand):
    help = "Bring in the papers announced on a day."
    stages = ("fetch",)
