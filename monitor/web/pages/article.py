"""An article becomes its page: its text with the evidence in it, each topic's points, its wordings, who was told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from monitor.edge import outbox, silences
from monitor.edge.labels import Label
from monitor.edge.page_views import Seen, is_asked_again, labels_of, seen_in
from monitor.edge.revisions import find_changes, find_revisions
from monitor.edge.search import Dossier, find_article
from monitor.edits import MatchChange, Revision
from monitor.model import Article, Entity, Story
from monitor.newsstand import load_press
from monitor.reports import entities_of
from monitor.rules import Rules
from monitor.think import stages
from monitor.think.explain import Explanation, explain
from monitor.think.press import Outlet, outlet_of
from monitor.think.revision import Segment, diff
from monitor.think.route import alerts
from monitor.think.why_not import Record, why_not
from monitor.web.pages.marks import Piece, mark, paragraphs, spots
from monitor.web.pages.story import name_of

_NEAR = 3  # topics that do not match, of which it is told why


@dataclass(frozen=True, slots=True)
class Wording:
    """An edit: what it changed, when that was noticed, and what it did to matches."""

    number: int
    at: datetime
    title: tuple[Segment, ...]  # empty when the headline stands
    text: tuple[tuple[Segment, ...], ...]  # paragraphs in which something changed
    changes: tuple[MatchChange, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """What became of an article on its way to a receiver, and what would, were it told now."""

    receiver: str
    lines: tuple[str, ...]
    is_told: bool


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """All that the page shows."""

    dossier: Dossier
    outlet: Outlet
    title: tuple[Piece, ...]
    text: tuple[tuple[Piece, ...], ...]
    explained: tuple[Explanation, ...]  # of topics that match
    near: tuple[Explanation, ...]  # of topics that do not
    entities: tuple[tuple[str, str, str], ...]  # id, name, kind
    wordings: tuple[Wording, ...]  # the newest first
    seen: tuple[Seen, ...]
    labels: Mapping[str, Label]  # by topic
    ways: tuple[Way, ...]
    waits: bool  # for another reading

    @property
    def article(self) -> Article:
        """The article itself."""
        return self.dossier.article


def open_article(
    engine: Engine, rules: Rules, number: str, receivers: Sequence[str], now: datetime
) -> ArticlePage | None:
    """The page of an article; None when there is none."""
    dossier = find_article(engine, number)
    if dossier is None:
        return None
    article, found = dossier.article, spots(dossier.matches)
    title = mark(article.title, [each for each in found if each[0].zone == "title"])
    first = sum(bool(piece.notes) for piece in title) + 1
    text = mark(article.text, [each for each in found if each[0].zone in {"lead", "body"}], first)
    explained = explain(article, rules.compiled)
    return ArticlePage(
        dossier,
        outlet_of(article, load_press()),
        title,
        paragraphs(text),
        tuple(each for each in explained if each.held),
        _nearest([each for each in explained if not each.held]),
        tuple(_entity(rules.entities.by_id[id_], rules) for id_ in entities_of(article, rules)),
        tuple(wordings(article, find_revisions(engine, article.id), find_changes(engine, article.id))),
        seen_in(engine, article.id),
        {label.topic: label for label in labels_of(engine, [article.id])},
        tuple(_ways(engine, rules, dossier, receivers, now)),
        is_asked_again(engine, article.id),
    )


def _entity(entity: Entity, rules: Rules) -> tuple[str, str, str]:
    return entity.id, name_of(entity.id, rules), entity.kind


def _nearest(missed: Sequence[Explanation]) -> tuple[Explanation, ...]:
    """Of the topics that do not match, those that came nearest."""
    return tuple(sorted(missed, key=lambda each: each.topic.threshold - each.points)[:_NEAR])


def wordings(article: Article, kept: Sequence[Revision], changes: Sequence[MatchChange]) -> Iterator[Wording]:
    """Each edit of an article, the newest first, as the differences between one wording and the next."""
    said = [(each.title, each.text) for each in kept] + [(article.title, article.text)]
    for at in range(len(kept) - 1, -1, -1):
        (old_title, old), (new_title, new) = said[at], said[at + 1]
        yield Wording(
            kept[at].number + 1,
            kept[at].replaced_at,
            diff(old_title, new_title) if old_title != new_title else (),
            tuple(by_paragraph(diff(old, new))) if old != new else (),
            tuple(change for change in changes if change.revision == kept[at].number + 1),
        )


_AROUND = 160  # characters of what stands beside a change


def by_paragraph(segments: Sequence[Segment]) -> Iterator[tuple[Segment, ...]]:
    """A diff in paragraphs, of which those without a change are left out; of long same stretches the ends are kept."""
    current: list[Segment] = []
    for segment in segments:
        head, *rest = segment.text.split("\n\n")
        current.append(Segment(segment.kind, head))
        for part in rest:
            if any(each.kind != "same" and each.text.strip() for each in current):
                yield _shortened(current)
            current = [Segment(segment.kind, part)]
    if any(each.kind != "same" and each.text.strip() for each in current):
        yield _shortened(current)


def _shortened(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    last = len(segments) - 1
    return tuple(
        each if each.kind != "same" else Segment("same", _ends(each.text, is_first=at == 0, is_last=at == last))
        for at, each in enumerate(segments)
        if each.text
    )


def _ends(text: str, *, is_first: bool, is_last: bool) -> str:
    if is_first and len(text) > _AROUND:
        return f"… {text[-_AROUND:].partition(' ')[2]}"
    if is_last and len(text) > _AROUND:
        return f"{text[:_AROUND].rpartition(' ')[0]} …"
    if len(text) > 2 * _AROUND:
        return f"{text[:_AROUND].rpartition(' ')[0]} … {text[-_AROUND:].partition(' ')[2]}"
    return text


def _ways(engine: Engine, rules: Rules, dossier: Dossier, receivers: Sequence[str], now: datetime) -> Iterator[Way]:
    article = dossier.article
    story = dossier.story or Story(article.id, article.title, article.seen_at or now, now)
    would = _would(engine, rules, dossier, story, now)
    for receiver in receivers:
        records = tuple(Record(*pair) for pair in outbox.records_of(engine, story.id, receiver))
        lines = tuple(why_not(article, dossier.matches, receiver, rules.routes, records, rules.names))
        told = any(record.alert.state == "sent" for record in records)
        yield Way(receiver, (*lines, *(() if records else would.get(receiver, ()))), told)


def _would(engine: Engine, rules: Rules, dossier: Dossier, story: Story, now: datetime) -> dict[str, tuple[str, ...]]:
    """By receiver: what would become of the article if it were told now."""
    article, in_force = dossier.article, silences.in_force(engine, now)
    owed = alerts(dossier.matches, article, story, rules.routes, {}, now, names=rules.names)
    found: dict[str, tuple[str, ...]] = {}
    for alert in owed:
        others = frozenset(each.topic for each in owed if each.receiver == alert.receiver and each is not alert)
        setting = stages.Setting(rules.route(alert.route), in_force, rules.plan.inhibitions, others)
        verdict = stages.judge(alert, article, setting, now, rules.names)
        due = verdict.due_at or alert.due_at
        at_once = verdict.action == "send" and (due is None or due <= now + timedelta(seconds=1))
        then = "at once" if at_once else f"at {due:%Y-%m-%d %H:%M} UTC" if due else ""
        why = f" ({verdict.why or alert.held})" if verdict.why or alert.held else ""
        line = f"told now, {alert.topic} by the route {alert.route}: {verdict.action.value} {then}{why}".strip()
        found[alert.receiver] = (*found.get(alert.receiver, ()), line)
    return found
