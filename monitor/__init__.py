"""A news monitor: feeds in, stories told once, soon, and with the reason why."""

__version__ = "0.1.0"
