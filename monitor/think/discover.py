"""Entries become sightings of articles, many addresses of one article become one key, a home page its feeds."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from courlan import normalize_url

from monitor.edits import Again, Known, News, Seen
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
# Most addresses of articles are such, and no more is to be done to them than to drop what tells twins apart.
_PLAIN = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/[A-Za-z0-9_-]+)*(?:\.html?)?)/?")
_AMP_PATH = re.compile(r"^/amp(?=/.)|/amp/?$|\.amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}")

_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|rdf\+xml|feed\+json)", re.IGNORECASE)
_FEED_PATH = re.compile(r"(?:^|[/._-])(?:rss|feeds?|atom)(?:[/._-]|$)|\.rdf$", re.IGNORECASE)
_GUESSES = ("feed", "rss.xml", "rss", "feed.xml", "atom.xml", "index.xml", "feed.json")
_MAX_FEEDS = 20

# Of the digests of entries. It grows when entries come to be read in another way: what was noted before then says
# nothing, and would have every article of every feed read again at once.
READING = "1"
_URL = re.compile(r"https?://\S+")


@lru_cache(512)  # a poll asks twice: by what an item is known, and by what its article is
def canonical(url: str) -> str:
    """A key that all addresses of one article share: its twins for phones, AMP and plain HTTP, and all trackers.

    It is for comparing, never for fetching.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and "amp" not in url and "xn--" not in url:
        return f"https://{_without_twin(plain[1])}{plain[2] or '/'}"
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
    """One sighting for each article of the document, the first where an entry or an address comes twice."""
    entries: dict[str, Entry] = {}
    for entry in parsed.entries:
        entries.setdefault(entry.key, entry)
    keys = {entry.key: canonical(entry.link) for entry in entries.values()}
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries.values():
        titles[keys[entry.key]].add(entry.title.casefold())
    found: dict[str, Sighting] = {}
    times: Counter[str] = Counter()
    for entry in entries.values():
        sighting = _sighting(feed, entry, keys[entry.key], titles)
        key = sighting.article_key
        times[key] += 1
        if not sighting.url and times[key] > 1:  # two entries of the same words, and nothing else to go by
            sighting = replace(sighting, article_key=f"{key}:{times[key]}")
        found.setdefault(sighting.article_key, sighting)
    return tuple(found.values())


def _sighting(feed: Feed, entry: Entry, key: str, titles: dict[str, set[str]]) -> Sighting:
    digest = _digest(entry)
    # A page that several stories link to, or all, is the page of none of them.
    if not entry.link or is_home(key) or len(titles[key]) > 1:
        return Sighting(entry, f"feed:{feed.name}:{identity(entry)}", "", digest)
    return Sighting(entry, key, untracked(entry.link), digest)


def compare(found: tuple[Sighting, ...], known: Known) -> News:
    """What is new among the sightings of a poll, and which of the articles shown before must be noted anew."""
    fresh: list[Sighting] = []
    again: list[Again] = []
    freed: list[str] = []
    for sighting in found:
        named = known.entries.get(sighting.entry.key)
        seen = known.articles.get(sighting.article_key) if named is None or _is_another(named, sighting) else named
        if named and seen is not named:
            freed.append(sighting.entry.key)
        if seen is None:
            fresh.append(sighting)
        elif seen.entry_key != sighting.entry.key or seen.digest != sighting.digest:
            again.append(_again(seen, sighting))
    return News(tuple(fresh), tuple(again), tuple(freed))


def _is_another(seen: Seen, sighting: Sighting) -> bool:
    """Whether an entry key, used before, stands for another article now: its title and its address are others."""
    if not sighting.url or not seen.digest.startswith(READING) or not seen.article_key.startswith("http"):
        return False
    same_title = seen.digest.split(".")[1] == sighting.digest.split(".")[1]
    # Some feeds put a new token into the query on every fetch.
    return not same_title and seen.article_key.partition("?")[0] != sighting.article_key.partition("?")[0]


def _again(seen: Seen, sighting: Sighting) -> Again:
    before, now = seen.digest.split("."), sighting.digest.split(".")
    edited = before[0] == now[0] and before != now
    return Again(seen, sighting, edited, renamed=edited and before[1] != now[1])


def _digest(entry: Entry) -> str:
    """By which an entry is known to say something else than before: its title, and all of it."""
    said = (_plain(entry.title), _plain(entry.content or entry.summary), str(entry.updated_at or ""))
    return f"{READING}.{_hash(said[0], 6)}.{_hash(chr(0).join(said), 10)}"


def identity(entry: Entry) -> str:
    """Which article an entry without an address is: by its words and its day, since many a guid is new on every fetch.

    The day keeps apart what a feed says in the same words every week.
    """
    words = _plain(f"{entry.title}\n{entry.content or entry.summary}")
    day = entry.published_at.date().isoformat() if entry.published_at else ""
    return _hash(f"{words}\n{day}", 16) if words else entry.key


def _plain(text: str) -> str:
    """A text without what changes while it says the same: its spaces, and where its links say a reader came from."""
    bare = _URL.sub(lambda match: untracked(match[0]), text) if "://" in text else text
    # Twice as fast as to part the words: this is done to all entries of all feeds that bring news.
    return bare.replace(" ", "").replace("\n", "")


def _hash(text: str, size: int) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


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
    host = _without_twin((parts.hostname or "").rstrip("."))
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port not in {None, 80, 443} else host


def _without_twin(host: str) -> str:
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _TWIN_HOSTS:
        labels = labels[1:]
    return ".".join(labels)


def _query(query: str) -> str:
    """The parameters that name the article, sorted: their order says nothing."""
    quoted = quote(query, safe="%&=?/:;,@!$'()*+~-._[]|", errors="replace")
    quoted = _ENCODED.sub(lambda match: match[0].upper(), quoted)
    return "&".join(sorted(part for part in quoted.split("&") if part and not _is_tracker(part)))


def _is_tracker(parameter: str) -> bool:
    name, _, value = parameter.lower().partition("=")
    return bool(_TRACKER.fullmatch(name) or (_PERHAPS.fullmatch(name) and _WAY.fullmatch(value)))
