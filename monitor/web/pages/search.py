"""A query becomes the page of its answer: hits with what speaks for them, facets to narrow it, and its days."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from monitor.archive import FACETS, Answer, Archive, Hit, Order, Question
from monitor.errors import QueryError
from monitor.newsstand import load_press
from monitor.rules import Rules
from monitor.think.press import Outlet, outlet_of
from monitor.think.tree import FIELDS
from monitor.web.pages.charts import Chart, per_day
from monitor.web.pages.marks import Piece, excerpt, mark
from monitor.web.pages.story import name_of

PAGE = 20
_OFFERED = 8  # suggestions
_TITLES = {"topic": "Topics", "source": "Sources", "country": "Countries", "language": "Languages", "entity": "Named"}
_DAYS = re.compile(r"published:\[(\d{4}-\d\d-\d\d|\*) TO (\d{4}-\d\d-\d\d|\*)\]")
_WORD = re.compile(r"^[\w.-]+$")
_LAST = re.compile(r"""(?:^|[\s(])([+-]?(?:[\w]+:)?@?[\w.-]*)$""")
_HINTS = {
    "title": "in the headline",
    "lead": "in the first paragraph",
    "body": "in the text",
    "site": "a site’s name or host",
    "feed": "seen in this feed",
    "lang": "language, such as uk",
    "country": "of the source, such as PL",
    "topic": "flagged by a topic",
    "story": "of a story, by number",
    "author": "who wrote it",
    "url": "words of the address",
    "published": "[2026-01-01 TO *]",
    "tag": "of its feeds",
    "kind": "of its feeds",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, as the page shows it."""

    hit: Hit
    outlet: Outlet
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    labels: tuple[str, ...]  # what else speaks for it


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, and the query that asks for it alone."""

    name: str
    articles: int
    query: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow the answer."""

    name: str
    title: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to go on with a query."""

    text: str
    hint: str
    query: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a query cannot be obeyed, and where in it."""

    what: str
    hint: str
    before: str
    here: str
    after: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """All that the page shows."""

    query: str
    order: Order
    answer: Answer | None
    found: tuple[Found, ...] = ()
    facets: tuple[Facet, ...] = ()
    days: Chart | None = None
    fault: Fault | None = None
    offers: tuple[Offer, ...] = ()
    is_first: bool = True

    def link(self, **changes: str) -> str:
        """The address of this page with another query, order or place."""
        asked = {"q": self.query, "order": "" if self.order is Order.NEWEST else self.order.value, **changes}
        return f"/search?{urlencode({name: value for name, value in asked.items() if value})}"


def search(
    archive: Archive,
    rules: Rules,
    query: str,
    order: Order = Order.NEWEST,
    cursor: str = "",
    *,
    is_typed: bool = False,
) -> SearchPage:
    """The page of an answer, or of what is wrong with the query; while it `is_typed`, with how it might go on."""
    offers = tuple(offer(query, rules)) if is_typed else ()
    try:
        answer = archive.ask(Question(query, order, PAGE, cursor, FACETS))
    except QueryError as error:
        return SearchPage(query, order, None, fault=_fault(query, error), offers=offers or tuple(offer(query, rules)))
    press = load_press()
    found = tuple(_found(hit, outlet_of(hit.article, press)) for hit in answer.hits)
    days = {_date(day): count for day, count in answer.facets.get("day", ())}
    facets = tuple(_facet(name, answer.facets.get(name, ()), query, rules) for name in _TITLES)
    return SearchPage(
        query,
        order,
        answer,
        found,
        tuple(facet for facet in facets if facet.values),
        per_day(days) if len(days) > 1 else None,
        offers=offers,
        is_first=not cursor,
    )


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _found(hit: Hit, outlet: Outlet) -> Found:
    article = hit.article
    titled = [(each, "") for each in hit.evidence if each.zone == "title"]
    inside = [each for each in hit.evidence if each.zone in {"lead", "body"}]
    others = dict.fromkeys(f"{each.zone}: {each.found}" for each in hit.evidence if each.zone not in _ZONES)
    text = article.text or article.summary
    return Found(
        hit, outlet, mark(article.title, titled), excerpt(text, inside if article.text else []), tuple(others)[:3]
    )


_ZONES = frozenset({"title", "lead", "body", "published", "lang", "site", "topic", "story"})  # or shown beside it


def _fault(query: str, error: QueryError) -> Fault:
    at = min(max(error.position, 0), len(query))
    end = next((place for place in range(at, len(query)) if query[place].isspace() and place > at), len(query))
    return Fault(str(error), error.hint, query[:at], query[at:end], query[end:])


def _facet(name: str, counted: Sequence[tuple[str, int]], query: str, rules: Rules) -> Facet:
    titles = _titles(name, rules, [value for value, _ in counted])
    values = []
    for value, count in counted:
        said = clause(name, value)
        asked = _holds(query, said)
        without = taken_out(query, said) if asked else both(query, said)
        values.append(Value(titles.get(value, value), count, without, asked))
    return Facet(name, _TITLES[name], tuple(values))


def _titles(name: str, rules: Rules, values: Sequence[str]) -> Mapping[str, str]:
    if name == "topic":
        return {topic.name: topic.title or topic.name for topic in rules.pack.topics}
    return {value: name_of(value, rules) for value in values} if name == "entity" else {}


def clause(name: str, value: str) -> str:
    """What a query must say to ask for one value of a facet."""
    if name == "entity":
        return f"@{value}"
    said = value if _WORD.match(value) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    fields = {"source": "site", "language": "lang"}
    return f"published:[{value} TO {value}]" if name == "day" else f"{fields.get(name, name)}:{said}"


def both(query: str, other: str) -> str:
    """A query that asks for what two ask for."""
    query = query.strip()
    if not query:
        return other
    parts = _conjuncts(query)
    bare = all(_is_plain(part) for part in parts)
    return f"{query} AND {other}" if bare else f"({query}) AND {other}"


def taken_out(query: str, said: str) -> str:
    """The query without one of the clauses that it is made of."""
    return " AND ".join(part for part in _conjuncts(query.strip()) if part != said)


def within(query: str, since: str, until: str) -> str:
    """The query asked of what was published from one day to another, whatever days it asked for before."""
    parts = [part for part in _conjuncts(query.strip()) if not _DAYS.fullmatch(part)]
    rest = " AND ".join(parts)
    return both(rest, f"published:[{since or '*'} TO {until or '*'}]") if since or until else rest


def asked_days(query: str) -> tuple[str, str]:
    """From which day to which a query asks for articles; empty where it does not say."""
    found = next(filter(None, map(_DAYS.fullmatch, _conjuncts(query.strip()))), None)
    return (found[1].strip("*"), found[2].strip("*")) if found else ("", "")


def _holds(query: str, said: str) -> bool:
    return said in _conjuncts(query.strip())


def _conjuncts(query: str) -> list[str]:
    """The clauses of a query that stand side by side, joined by AND: outside of parentheses, quotes and ranges."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, letter in enumerate(query):
        if letter == '"' and (not at or query[at - 1] != "\\"):
            quoted = not quoted
        elif not quoted:
            depth += (letter in "([") - (letter in ")]")
            if not depth and query.startswith(" AND ", at):
                parts.append(query[start:at].strip())
                start = at + 5
    return [*parts, query[start:].strip()]


def _is_plain(part: str) -> bool:
    """Whether a clause is one thing, so that another may stand beside it without parentheses."""
    if part.startswith("(") and part.endswith(")"):
        return True
    quoted = re.sub(r'"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\([^()]*\)', "x", part)
    return not re.search(r"\s", quoted.strip()) or bool(re.fullmatch(r"NOT \S+", quoted.strip()))


def offer(query: str, rules: Rules) -> list[Offer]:
    """How the word that is being written might go on: a field, a topic, an entity."""
    last = _LAST.search(query)
    if not last or not last[1] or not query:
        return []
    word, before = last[1], query[: last.start(1)]
    sign, word = (word[0], word[1:]) if word[0] in "+-" else ("", word)
    field, colon, value = word.partition(":")
    if colon:
        named = _topics(value, rules) if field == "topic" else []
        named = _entities(value[1:], rules) if value.startswith("@") else named
        found = [(f"{field}:{'@' if value.startswith('@') else ''}{name}", hint) for name, hint in named]
    elif word.startswith("@"):
        found = [(f"@{name}", hint) for name, hint in _entities(word[1:], rules)]
    else:
        begun = word.lower()
        found = [(f"{name}:", _HINTS.get(name, "")) for name in FIELDS if len(word) > 1 and name.startswith(begun)]
        found += [(f"@{name}", hint) for name, hint in (_entities(word, rules) if len(word) > 2 else [])]
    return [Offer(text, hint, f"{before}{sign}{text}") for text, hint in found if text != word][:_OFFERED]


def _topics(begun: str, rules: Rules) -> list[tuple[str, str]]:
    return [(topic.name, topic.title) for topic in rules.pack.topics if begun.lower() in topic.name]


def _entities(begun: str, rules: Rules) -> list[tuple[str, str]]:
    """Entities and groups whose names begin so; those named by people or places before lists of words."""
    begun = begun.lower()
    if not begun:
        return []
    known = rules.entities
    found = [ref for ref in known.ids if ref.startswith(begun) and not re.fullmatch(r"q\d+", ref)]
    found.sort(key=lambda ref: (any(known.by_id[id_].kind == "words" for id_ in known.ids[ref]), len(ref), ref))
    return [(ref, _told(ref, rules)) for ref in found[:_OFFERED]]


def _told(ref: str, rules: Rules) -> str:
    ids = rules.entities.ids[ref]
    if len(ids) == 1:
        entity = rules.entities.by_id[ids[0]]
        return f"{name_of(entity.id, rules)}, {entity.kind}"
    return f"any of {len(ids)}"
