"""The project: settings, start-up, and what runs it."""

import os

# Before anything imports numpy. Products here are small and processes share the cores: OpenBLAS's threads would spend
# their time waiting for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
