"""The lease: how long a worker holds the letters that it claimed."""

from datetime import timedelta

# The lease is longer than a batch may take (batch_size.py) plus the slowest answers to the letters it has begun.
# If a drain outlasts it nevertheless, another one takes its claims. `outbox.submit` tells the first that they are no
# longer its own, so nobody gets two letters. Where even a submitted letter outlasts its lease it is called uncertain,
# until the late answer settles it.
LEASE_DURATION = timedelta(minutes=10)
