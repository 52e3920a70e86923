"""Entries become sightings of articles, many addresses of one article become one key, a home page its feeds."""

import re
from collections import defaultdict
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from courlan import normalize_url

from monitor.model import Entry, Feed, Page, ParsedFeed, Sighting
from monitor.think.charset import to_text
from monitor.think.entry import absolute, is_home
from monitor.think.plain import html_tree

_LONGEST = 4_096  # characters of a URL that we take apart; courlan's patterns are quadratic on some

# Parameters that say where a reader came from. We do not ask courlan, whose list also takes "game", "gallery" and
# "reference" for trackers, and so makes one article of many.
_TRACKER = re.compile(
    r"utm|utm_.*|[a-z]{1,3}clid|gclsrc|[gw]braid|msclkid|igshi?d?|mc_[ce]id|mkt_tok|_ga|_gl|_hs(?:enc|mi)|hsctatracking"
    r"|(?:itm|pk|mtm|piwik|matomo|vero|oly|guce|hsa|at)_.*|ns_(?:campaign|mchannel|source|linkname|fee)|wickedid|s_cid"
    r"|cmpid|ftag|ocid|smid|smtyp|sr_share|xtor|spm|guccounter|ref_src|ref_url|referr?er|fb_ref|rss|amp|amp_.*|usqp"
)
# Parameters that may name an article in one place and a way to it in another: their value tells.
_PERHAPS = re.compile(r"ref|source|src|from|partner|cmp|medium|campaign|via|share|output|outputtype|view|format")
_WAY = re.compile(
    r"(?:rss|feed|atom|amp|twitter|facebook|fb|telegram|tg|whatsapp|newsletter|e?mail|social|push|home|app)(?:[^a-z].*)?"
)
_TWIN_HOSTS = {"www", "m", "mobile", "amp"}
_AMP_PATH = re.compile(r"^/amp(?=/.)|/amp/?$|\.amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}")

_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|rdf\+xml|feed\+json)", re.IGNORECASE)
_FEED_PATH = re.compile(r"(?:^|[/._-])(?:rss|feeds?|atom)(?:[/._-]|$)|\.rdf$", re.IGNORECASE)
_GUESSES = ("feed", "rss.xml", "rss", "feed.xml", "atom.xml", "index.xml", "feed.json")
_MAX_FEEDS = 20


def canonical(url: str) -> str:
    """A key that all addresses of one article share: its twins for phones, AMP and plain HTTP, and all trackers.

    It is for comparing, never for fetching.
    """
    tight = url.strip()[:_LONGEST]
    try:
        parts = urlsplit(tight)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return tight
        netloc, port = _host(parts), parts.port
        scheme = parts.scheme if port not in {None, 80, 443} else "https"
        path = _AMP_PATH.sub("", parts.path).rstrip("/")
        settled = normalize_url(SplitResult(scheme, netloc, path, "", "")).rstrip("/")
    except (ValueError, UnicodeError):
        return tight
    settled = _ENCODED.sub(lambda match: match[0].upper(), settled)
    settled = settled if settled.count("/") > 2 else f"{settled}/"
    query = _query(parts.query)
    return f"{settled}?{query}" if query else settled


def untracked(url: str) -> str:
    """The same page without the parameters that say where a reader came from: to fetch, and to show."""
    before, mark, query = url.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not _is_tracker(part))
    return f"{before}?{kept}" if kept else before if mark else url


def sightings(feed: Feed, parsed: ParsedFeed) -> tuple[Sighting, ...]:
    """One sighting for each entry of the document, the first where a key comes twice."""
    entries: dict[str, Entry] = {}
    for entry in parsed.entries:
        entries.setdefault(entry.key, entry)
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries.values():
        titles[canonical(entry.link)].add(entry.title.casefold())
    return tuple(_sighting(feed, entry, titles) for entry in entries.values())


def _sighting(feed: Feed, entry: Entry, titles: dict[str, set[str]]) -> Sighting:
    key = canonical(entry.link)
    # A page that several stories link to, or all, is the page of none of them.
    if not entry.link or is_home(key) or len(titles[key]) > 1:
        return Sighting(entry, f"feed:{feed.name}:{entry.key}", "")
    return Sighting(entry, key, untracked(entry.link))


def find_feeds(page: Page) -> tuple[str, ...]:
    """Where a site may keep its feeds: what its page advertises, what it links to, and where most have one."""
    tree = html_tree(to_text(page.body, page.content_type))
    base = page.final_url
    named: list[str] = []
    linked: list[str] = []
    for element in tree.iter("link", "a", "base") if tree is not None else ():
        target = absolute(element.get("href") or "", base)
        if element.tag == "base":
            base = target or base
        elif element.tag == "link" and _FEED_TYPE.match(element.get("type") or ""):
            named.append(target)
        elif element.tag == "a" and _FEED_PATH.search(urlsplit(target).path):
            linked.append(target)
    named.sort(key=lambda url: "comments" in url)
    guesses = [absolute(urljoin(page.final_url, place)) for guess in _GUESSES for place in (f"/{guess}", guess)]
    found = [*named[:_MAX_FEEDS], *linked[:_MAX_FEEDS], *guesses]
    return tuple(dict.fromkeys(url for url in found if url and url != page.final_url))


def _host(parts: SplitResult) -> str:
    """The host without the labels that tell twins apart, with its port unless it is the scheme's own."""
    labels = (parts.hostname or "").rstrip(".").split(".")
    while len(labels) > 2 and labels[0] in _TWIN_HOSTS:
        labels = labels[1:]
    host = ".".join(labels)
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port not in {None, 80, 443} else host


def _query(query: str) -> str:
    """The parameters that name the article, sorted: their order says nothing."""
    quoted = quote(query, safe="%&=?/:;,@!$'()*+~-._[]|", errors="replace")
    quoted = _ENCODED.sub(lambda match: match[0].upper(), quoted)
    return "&".join(sorted(part for part in quoted.split("&") if part and not _is_tracker(part)))


def _is_tracker(parameter: str) -> bool:
    name, _, value = parameter.lower().partition("=")
    return bool(_TRACKER.fullmatch(name) or (_PERHAPS.fullmatch(name) and _WAY.fullmatch(value)))
