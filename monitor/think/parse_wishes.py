"""The head of a feed becomes what it asks of those who poll it: how often, when not, and who tells of news instead."""

import html
import re
from typing import Any

from monitor.model import Wishes
from monitor.think.entry import absolute

LONGEST_S = 7 * 86_400.0  # a feed that asks to be left alone for longer has a mistake in it
_HEAD = 65_536  # characters before the first entry, and after the last, in which a feed speaks of itself
_MOST_LINKS = 50
_ENTRY = re.compile(r"<(?:item|entry)[\s>]", re.IGNORECASE)
_TTL = re.compile(r"<ttl>\s*+(?:<!\[CDATA\[\s*+)?(\d{1,20})\s*+(?:\]\]>\s*+)?<", re.IGNORECASE)
_PERIOD = re.compile(r"<sy:updatePeriod>\s*+(?:<!\[CDATA\[\s*+)?([a-z]{5,7})\b", re.IGNORECASE)
_FREQUENCY = re.compile(r"<sy:updateFrequency>\s*+(?:<!\[CDATA\[\s*+)?(\d{1,9})\b", re.IGNORECASE)
_HOUR = re.compile(r"<hour>\s*+(\d{1,2})\s*+<", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*+([a-z]{3})[a-z]{0,6}\s*+<", re.IGNORECASE)
_LINK = re.compile(r"<(?:[a-z][\w.-]{0,30}:)?link\s([^<>]{1,5000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]{1,20})\s*+=\s*+(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_wishes(text: str, address: str) -> Wishes:
    """The wishes of an RSS, Atom or RDF feed that answered at this address; of those that make no sense, none."""
    said = _about_itself(text)
    hub, topic = _links(said, address)
    return Wishes(
        interval_s=min(max(_ttl(said), _period(said)), LONGEST_S),
        skip_hours=tuple(sorted({hour % 24 for hour in map(int, _HOUR.findall(said)) if hour <= 24})),
        skip_days=tuple(sorted({_DAYS.index(day.lower()) for day in _DAY.findall(said) if day.lower() in _DAYS})),
        hub=hub,
        topic=topic if hub else "",
    )


def read_json_wishes(feed: dict[str, Any], address: str) -> Wishes:
    """The wishes of a JSON Feed: a hub is all that it can name."""
    hubs = feed.get("hubs")
    for hub in hubs[:_MOST_LINKS] if isinstance(hubs, list) else []:
        kind, url = (hub.get("type"), hub.get("url")) if isinstance(hub, dict) else ("", "")
        if isinstance(kind, str) and kind.lower() == "websub" and isinstance(url, str) and absolute(url):
            topic = feed.get("feed_url")
            return Wishes(
                hub=absolute(url), topic=absolute(topic if isinstance(topic, str) else "", address) or address
            )
    return Wishes()


def _about_itself(text: str) -> str:
    """What stands outside of the entries, without comments."""
    first = _ENTRY.search(text)
    head = text[: min(first.start() if first else _HEAD, _HEAD)]
    tail = text[-_HEAD:] if first else ""
    cut = max(tail.lower().rfind("</item"), tail.lower().rfind("</entry"))
    parts = (head + (tail[cut:] if cut >= 0 else "")).split("<!--")
    return parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])


def _ttl(said: str) -> float:
    found = _TTL.search(said)
    return int(found[1]) * 60.0 if found else 0.0


def _period(said: str) -> float:
    period, frequency = _PERIOD.search(said), _FREQUENCY.search(said)
    if not period and not frequency:
        return 0.0
    seconds = _PERIODS.get(period[1].lower() if period else "daily", 0)
    return seconds / max(1, int(frequency[1]) if frequency else 1)


def _links(said: str, address: str) -> tuple[str, str]:
    """The first hub, and the address by which it knows the feed."""
    hub = topic = ""
    for link in _LINK.findall(said)[:_MOST_LINKS]:
        attributes = {key.lower(): html.unescape(one or other) for key, one, other in _ATTRIBUTE.findall(link)}
        rel = attributes.get("rel", "").lower().split()
        href = absolute(attributes.get("href", ""), address)
        hub = hub or (href if "hub" in rel else "")
        topic = topic or (href if "self" in rel else "")
    return hub, topic or address
