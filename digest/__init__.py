"""Preprint Post: one personal letter a day with the few new papers that matter to each reader."""

__version__ = "0.1.0"
