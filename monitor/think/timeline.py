"""The articles of a story become its course: how many came in each hour or day, and how the voices grew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Article
from monitor.think.press import Press
from monitor.think.voices import Voices, count_voices, in_order, when

_HOURLY = timedelta(hours=36)  # a story that took no longer is shown by the hour
_MOST = 60  # bars: of a longer course the days without news are left out


@dataclass(frozen=True, slots=True)
class Span:
    """An hour or a day of a story."""

    start: datetime
    articles: int
    copies: int
    voices: int  # that had told the story by its end


@dataclass(frozen=True, slots=True)
class Report:
    """The first article of a story in one language."""

    at: datetime
    language: str
    article_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Course:
    """How a story went."""

    step_s: float  # 3,600 or 86,400
    spans: tuple[Span, ...]
    first_reports: tuple[Report, ...]  # in order of time


def course(articles: Sequence[Article], press: Press, voices: Voices | None = None) -> Course:
    """How a story went: hours or days in order, quiet ones between them, too; who told it first in each language."""
    ordered = in_order(articles)
    dated = [(time, article) for article in ordered if (time := when(article))]
    if not dated:
        return Course(3600.0, (), ())
    counted = voices or count_voices(ordered, press)
    step = timedelta(hours=1) if dated[-1][0] - dated[0][0] <= _HOURLY else timedelta(days=1)
    spans: dict[datetime, list[Article]] = {}
    for time, article in dated:
        spans.setdefault(_floor(time, step), []).append(article)
    ids = {article.id for article in ordered}
    begun = sorted(voice.first_at for voice in counted.voices if voice.first_at)
    found = [
        Span(
            start,
            len(spans.get(start, ())),
            sum(article.copy_of in ids for article in spans.get(start, ())),
            sum(time < start + step for time in begun),
        )
        for start in _steps(min(spans), max(spans), step, frozenset(spans))
    ]
    reports: dict[str, Report] = {}
    for time, article in dated:
        language = article.language.partition("-")[0]
        reports.setdefault(language, Report(time, language, article.id, article.title))
    return Course(step.total_seconds(), tuple(found), tuple(reports.values()))


def _floor(time: datetime, step: timedelta) -> datetime:
    hour = time.replace(minute=0, second=0, microsecond=0)
    return hour if step < timedelta(days=1) else hour.replace(hour=0)


def _steps(first: datetime, last: datetime, step: timedelta, told: frozenset[datetime]) -> list[datetime]:
    count = (last - first) // step + 1
    return sorted(told) if count > _MOST else [first + at * step for at in range(count)]
