"""A story becomes a sheet for a terminal: headline, extract, voices, course as bars, articles and what each adds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.cli.output import plain, safe, say, show_table
from monitor.edge.story_views import StoryFile
from monitor.newsstand import load_press
from monitor.reports import Report
from monitor.stories import StoryChange, StoryEvent
from monitor.think.novelty import Addition
from monitor.think.press import outlet_of
from monitor.think.timeline import Course
from monitor.think.voices import when

_BAR = 40  # characters
_SHOWN = 4  # of the names, amounts or quotations that an article adds
_QUOTE = 100  # characters of a quotation


def print_report(made: Report, file: StoryFile) -> None:
    """The sheet."""
    story, voices = made.story, made.voices
    say(f"[bold]{safe(made.headline)}[/]")
    say(f"[dim]story {story.id} · {_span(voices.first_at, voices.latest_at)}{_topics(file)}[/]")
    if made.extract:
        say("")
        for quotation in made.extract:
            say(f"{safe(quotation.text)} [dim]({safe(quotation.outlet)}, article {quotation.article_id})[/]")
    say("")
    counted = f"{len(voices.voices)} voices, {len(voices.outlets)} outlets, {voices.articles} articles"
    copies = f" ({voices.copies} copies)" if voices.copies else ""
    say(f"[bold]{counted}[/]{copies} · languages: {_some(voices.languages)} · countries: {_some(voices.countries)}")
    rows = [
        (voice.name, len(voice.articles), _clock(voice.first_at), _carriers(voice.outlets, voice.name))
        for voice in voices.voices
    ]
    show_table("", ("voice", "articles", "first (UTC)", "through"), rows, empty="")
    for line in _bars(made.course):
        say(line)
    if voices.peak > 1:
        say(f"[dim]most in the hour from {_clock(voices.peak_at)} UTC: {voices.peak}[/]")
    _print_articles(made)
    for event in file.events:
        say(f"[dim]{_clock(event.happened_at)} {_event(event)}[/]")
    if file.alerts:
        owed = [(alert.uid, alert.receiver, alert.topic, alert.state, alert.article_id) for alert in file.alerts]
        show_table("Alerts", ("id", "receiver", "topic", "state", "article"), owed, empty="")


def report_data(made: Report, file: StoryFile) -> dict[str, Any]:
    """The sheet as JSON: without the articles' texts."""
    press = load_press()
    articles = [
        {
            "id": article.id,
            "url": article.url,
            "title": article.title,
            "outlet": outlet_of(article, press).name,
            "language": article.language,
            "at": when(article),
            "copy_of": article.copy_of,
            "agencies": article.agencies,
            "cites": made.cited[article.id],
            "adds": {name: value for name, value in plain(added).items() if name != "article_id"},
        }
        for article, added in zip(made.articles, made.additions, strict=True)
    ]
    return {
        "extract": made.extract,
        "voices": made.voices,
        "course": made.course,
        "topics": file.topics,
        "articles": articles,
        "events": file.events,
        "alerts": [replace(alert, claim=None) for alert in file.alerts],
    }


def _print_articles(made: Report) -> None:
    press = load_press()
    rows = []
    for article, added in zip(made.articles, made.additions, strict=True):
        copy = f" [copy of {article.copy_of}]" if article.copy_of else ""
        carried = ", ".join(press.agencies[id_].name for id_ in article.agencies if id_ in press.agencies)
        outlet = outlet_of(article, press).name
        source = f"{outlet} ({carried})" if carried and carried != outlet else outlet
        rows.append((article.id, _clock(when(article)), source, article.language, article.title + copy, _adds(added)))
    show_table("Articles", ("id", "at (UTC)", "outlet", "lang", "title", "adds"), rows, empty="")


def _adds(added: Addition) -> str:
    quotes = [f"“{quote if len(quote) <= _QUOTE else quote[: _QUOTE - 1] + '…'}”" for quote in added.quotes]
    parts = (added.amounts, (*added.entities, *added.names), quotes)
    return "\n".join(filter(None, map(_few, parts)))


def _few(said: Sequence[str]) -> str:
    return "; ".join(said[:_SHOWN]) + (f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else "")


def _bars(course: Course) -> Iterator[str]:
    """How many articles came, a bar an hour or day; copies are drawn lighter."""
    most = max((span.articles for span in course.spans), default=0)
    form = "%m-%d %H:00" if course.step_s < 86_400 else "%Y-%m-%d"
    for span in course.spans:
        own = _length(span.articles - span.copies, most)
        copied = _length(span.articles, most) - own
        yield f"{span.start:{form}} {'█' * own}{'░' * copied} {span.articles}  [dim]{span.voices} voices[/]"


def _length(count: int, most: int) -> int:
    return count if most <= _BAR else -(-count * _BAR // most)


def _event(event: StoryEvent) -> str:
    by = safe(event.by) or "monitor"
    if event.change is StoryChange.NAME:
        return f"{by} named it “{safe(event.why)}”" if event.why else f"{by} took its name back"
    why = f": {safe(event.why)}" if event.why else ""
    articles = ", ".join(map(str, event.articles))
    if event.change is StoryChange.MERGE:
        return f"{by} merged story {event.other_id} (articles {articles}) into {event.story_id}{why}"
    return f"{by} split story {event.other_id} (articles {articles}) off {event.story_id}{why}"


def _carriers(outlets: tuple[str, ...], name: str) -> str:
    return "" if outlets == (name,) else ", ".join(outlets)


def _topics(file: StoryFile) -> str:
    return f" · topics: {safe(', '.join(file.topics))}" if file.topics else ""


def _span(first: datetime | None, latest: datetime | None) -> str:
    return f"first {_clock(first)}, latest {_clock(latest)} UTC"


def _clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "?"


def _some(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or "not known"
