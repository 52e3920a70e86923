"""The tables of agencies and outlets become a lookup: whose site is this, from which country, under which owner."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from tld import get_fld

from monitor.host import host_of
from monitor.model import Article

# Under these names many publish, each at the first part of the path.
_SHARED = frozenset({"t.me", "medium.com", "youtube.com", "facebook.com", "x.com", "twitter.com", "vk.com", "dzen.ru"})
# Country domains that the world uses for other things.
_GENERIC = frozenset("io tv me co ai fm cc ws to ly gg la sh im is st ag nu tk ml ga cf gq vc bz mn eu".split())
_COUNTRIES = {"uk": "GB", "su": "RU", "рф": "RU", "xn--p1ai": "RU", "укр": "UA", "xn--j1amh": "UA"}


@dataclass(frozen=True, slots=True)
class Agency:
    """A news agency, and how texts name it."""

    id: str
    name: str
    country: str
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes an article."""

    key: str  # the same for all its articles
    name: str
    country: str = ""  # ISO 3166, or empty
    owner: str = ""  # what sites of one house have in common
    agency: str = ""  # the id of the agency that it is


@dataclass(frozen=True, eq=False)
class Press:
    """What is known of agencies and outlets."""

    agencies: Mapping[str, Agency]
    outlets: Mapping[str, Outlet]  # by domain
    any_name: re.Pattern[str]  # of an agency, wherever it stands; group names are those of `by_name`
    any_short: re.Pattern[str]
    by_name: Mapping[str, str] = field(default_factory=dict)  # casefolded name, or short name → id


def read_press(agencies: str, outlets: str) -> Press:
    """Read the tables."""
    known = {
        item["id"]: Agency(
            item["id"],
            item["name"],
            item["country"],
            tuple(item.get("domains", ())),
            tuple(item.get("names", ())),
            tuple(item.get("short", ())),
        )
        for item in tomllib.loads(agencies)["agency"]
    }
    sites = {
        domain: Outlet(domain, name, country, owner or domain)
        for domain, (name, country, owner) in tomllib.loads(outlets)["outlet"].items()
    }
    for agency in known.values():
        for domain in agency.domains:
            owner = sites[domain].owner if domain in sites else agency.id
            sites[domain] = Outlet(agency.id, agency.name, agency.country, owner, agency.id)
    by_name = {name.casefold(): agency.id for agency in known.values() for name in agency.names}
    short = {name: agency.id for agency in known.values() for name in agency.short}
    return Press(known, sites, _any(by_name, re.IGNORECASE), _any(short, 0), {**by_name, **short})


def outlet_of(article: Article, press: Press) -> Outlet:
    """Who publishes an article: the outlet of its domain; the site's own name where the address tells nothing."""
    host = host_of(article.url)
    known = next((press.outlets[part] for part in _parents(host) if part in press.outlets), None)
    country = article.countries[0] if len(article.countries) == 1 else ""
    if known:
        return known if not country else Outlet(known.key, known.name, country, known.owner, known.agency)
    domain = _domain(host)
    if domain in _SHARED:
        domain = f"{domain}/{_first_part(article.url)}"
    site = article.site if article.site != host else ""
    key = domain or site.casefold() or next(iter(article.feeds), "") or host
    name = article.site if domain and article.site else site or domain or key
    return Outlet(key, name, country or country_of(host), key)


def country_of(host: str) -> str:
    """The country that a host's name ends in, where it means one."""
    last = host.rpartition(".")[2]
    if last in _COUNTRIES:
        return _COUNTRIES[last]
    return last.upper() if len(last) == 2 and last.isascii() and last.isalpha() and last not in _GENERIC else ""


def names_there(text: str, press: Press) -> frozenset[str]:
    """The names of agencies whose letters stand in a text, whatever stands around them; casefolded."""
    folded = _fold(text)
    names = (name.casefold() for agency in press.agencies.values() for name in agency.names)
    return frozenset(name for name in names if _folded(name) in folded)


def short_there(text: str, press: Press) -> frozenset[str]:
    """The short names of agencies whose letters stand in a text, as they are written."""
    return frozenset(name for agency in press.agencies.values() for name in agency.short if name in text)


@lru_cache(1_000)
def short_pattern_of(names: frozenset[str]) -> re.Pattern[str]:
    """A pattern for any of these short names."""
    return _any(names, 0)


@lru_cache(1_000)
def pattern_of(names: frozenset[str]) -> re.Pattern[str]:
    """A pattern for any of these names of agencies."""
    return _any(names, re.IGNORECASE)


@lru_cache(2_000)
def _folded(name: str) -> str:
    return _fold(name)


def _fold(text: str) -> str:
    """As patterns that ignore case see it: to them the dotless i is one as well."""
    return text.casefold().replace("ı", "i").replace("i̇", "i")


def _any(names: Iterable[str], flags: int) -> re.Pattern[str]:
    """A pattern for any of these names, the longest first, not within a longer word where the script parts words."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile("|".join(_whole(name) for name in longest), flags)


def _whole(name: str) -> str:
    unspaced = any("\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" for letter in name)
    return re.escape(name) if unspaced else rf"(?<![\w-]){re.escape(name)}(?!\w|-\w)"


def _first_part(url: str) -> str:
    parts = [part for part in urlsplit(url).path.split("/") if part and part != "s"]
    return parts[0].casefold() if parts else ""


def _parents(host: str) -> list[str]:
    """A host and the names that it stands under."""
    parts = host.split(".")
    return [".".join(parts[at:]) for at in range(len(parts) - 1)]


@lru_cache(16_384)
def _domain(host: str) -> str:
    """The name that somebody registered, under which a host stands; empty for an address."""
    if not host or ":" in host:
        return ""
    return get_fld(f"http://{host}/", fail_silently=True, search_private=True) or ""
