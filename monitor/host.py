"""An address becomes the host that it names."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """The host, without www; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
