"""The headlines that a page gives itself become one order, the best first, without the name of their site."""

import re
from collections.abc import Sequence

_SEAM = re.compile(r"\s+(?:[|–—·•»«›‹:/>~-]|::|\|\|)\s+")
_LONGEST_SITE = 50  # characters


def rank(stated: Sequence[str], heads: Sequence[str], site: str, hint: str) -> tuple[str, ...]:
    """Headlines from the page's metadata and its own headings: those that others agree with, or the feed's, first."""
    found = [*(without_site(text, site, heads) for text in stated[:2]), *heads]
    found += [without_site(text, site, heads) for text in stated[2:]]
    kept = [text for text in dict.fromkeys(found) if text and _bare(text) != _bare(site)]
    order = {text: place for place, text in enumerate(kept)}

    def agreement(text: str) -> float:
        return sum(alike(text, other) for other in kept) + (2 * alike(text, hint) if hint else 0)

    return tuple(sorted(kept, key=lambda text: (-agreement(text), order[text])))


def alike(one: str, other: str) -> float:
    """How many of their words two headlines share, from 0 to 1."""
    left, right = set(one.casefold().split()), set(other.casefold().split())
    return len(left & right) / max(len(left | right), 1)


def without_site(title: str, site: str, heads: Sequence[str]) -> str:
    """A headline without the name of its site, which many append and some put before it."""
    seams = [match.span() for match in _SEAM.finditer(title)]
    if not seams:
        return title
    alone = next((title[:start] for start, _ in seams if title[:start] in heads), "")
    if alone:
        return alone
    name, first, last = _bare(site), _bare(title[: seams[0][0]]), _bare(title[seams[-1][1] :])
    if last and (last in name or (len(name) > 3 and name in last)):
        return title[: seams[-1][0]]
    return title[seams[0][1] :] if first and first in name and len(seams) == 1 else title


def site_behind(title: str, headline: str) -> str:
    """The name that a page's title has behind its headline."""
    if not headline or not title.startswith(headline):
        return ""
    seam = _SEAM.match(title[len(headline) :])
    name = title[len(headline) + seam.end() :] if seam else ""
    return name if len(name) <= _LONGEST_SITE and not _SEAM.search(name) else ""


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())
