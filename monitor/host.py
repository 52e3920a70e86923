"""An address becomes the host that it names, and those that this is below."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """The host, without www; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def hosts_of(url: str) -> tuple[str, ...]:
    """The host as it is written, and those that it is below, each by its name."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return ()
    return tuple(".".join(labels[first:]) for first in range(len(labels)))


def site_of(url: str) -> str:
    """The host as what is known of a site is kept by."""
    return next(iter(hosts_of(url)), "").lower()
