"""The shipped tables of agencies and outlets, read once."""

from functools import cache
from importlib.resources import files

from monitor.think.press import Press, read_press


@cache
def load_press() -> Press:
    """What is known of agencies and outlets."""
    folder = files("monitor").joinpath("press")
    return read_press(
        folder.joinpath("agencies.toml").read_text("utf-8"), folder.joinpath("outlets.toml").read_text("utf-8")
    )
