"""A message that tells of several alerts, or of a receiver that fails, becomes subject, text, HTML and an envelope."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from monitor.model import Message
from monitor.telling import SEVERITIES, Dispatch, Member
from monitor.think.breaker import FAILING
from monitor.think.excerpt import one_line
from monitor.think.letter import page, plain_html
from monitor.think.render import MAX_SUBJECT, envelope, link, minute, stamp

LISTED = 60  # stories in a letter; the envelope has them all
SITES = 8  # of the sources, by name
BARS = "▁▂▃▄▅▆▇█"
BINS = 24  # of the timeline at most
STEPS = tuple(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24, 48, 96, 168))

HEADING = Markup('<h2 style="margin:20px 0 8px;font-size:16px;line-height:1.25">{}</h2>')
SMALL = Markup('<p style="margin:0 0 12px;font-size:13px;line-height:1.4;opacity:0.75">{}</p>')
LIST = Markup('<ol style="margin:0 0 12px;padding:0 24px;font-size:15px;line-height:1.5">\n{}\n</ol>')
ITEM = Markup('<li style="margin:0 0 8px"><bdi>{}</bdi><br><span style="font-size:13px;opacity:0.75">{}</span></li>')
ANCHOR = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')


def digest(dispatch: Dispatch, items: Sequence[Member], total: int, titles: Mapping[str, str]) -> Message:
    """The message of several alerts, ranked and by topic; `titles` are those of the topics."""
    topics = _by_topic(items)
    counted = f"{total} {'story' if total == 1 else 'stories'}"
    subject = one_line(f"[monitor] {counted} ({dispatch.title})" if total else "[monitor] Nothing new", MAX_SUBJECT)
    head = _head(dispatch, items, total)
    sections = [(titles.get(topic, topic), ranked) for topic, ranked in topics.items()]
    return Message(
        uid=dispatch.uid,
        subject=subject,
        text="\n\n".join((subject, *head, *_text(sections), f"Digest {dispatch.uid}")) + "\n",
        html=_html(subject, head, sections, dispatch.uid),
        payload=envelope("digest.created", dispatch.uid, dispatch.created_at, _data(dispatch, items, total, titles)),
        thread="",
        created_at=dispatch.created_at,
    )


def rank(items: Iterable[Member]) -> list[Member]:
    """The most severe first, then what most articles tell, then the highest score, then the newest."""
    return sorted(
        items,
        key=lambda item: (-SEVERITIES.index(item.alert.severity), -item.articles, -item.score, -item.alert.id),
    )


def timeline(times: Sequence[datetime]) -> str:
    """When the articles came, as a row of bars with its bounds; nothing for fewer than two."""
    if len(times) < 2:
        return ""
    first, last = min(times), max(times)
    step = next((step for step in STEPS if (last - first) / step < BINS), STEPS[-1])
    start = first - timedelta(minutes=first.minute, seconds=first.second, microseconds=first.microsecond)
    counts = Counter(min(int((time - start) / step), BINS - 1) for time in times)
    most = max(counts.values())
    bars = "".join(
        BARS[-(-counts[bin_] * (len(BARS) - 1) // most)] if counts[bin_] else BARS[0] for bin_ in range(max(counts) + 1)
    )
    return f"{minute(start)} {bars} {minute(last)} (most in one bar: {most})"


def receiver_word(dispatch: Dispatch) -> Message:
    """The message that tells how another receiver does."""
    data = dispatch.data
    name, error = one_line(str(data.get("receiver", "")), 80), one_line(str(data.get("error", "")), 500)
    since = one_line(str(data.get("since", "")), 40)
    failing = dispatch.kind == FAILING
    subject = one_line(f"[monitor] The receiver {name} {'keeps failing' if failing else 'works again'}", MAX_SUBJECT)
    said = (
        f"Since {since} it took nothing, {data.get('failures', 0)} times in a row. The last error: {error}"
        if failing
        else f"It took nothing since {since}. What it was owed is being told now.",
        "Its alerts are kept and tried again; `monitor alerts list --state owed` shows them."
        if failing
        else "`monitor alerts list --failed` shows what was given up, `monitor alerts retry` owes it again.",
        f"Message {dispatch.uid}",
    )
    return Message(
        uid=dispatch.uid,
        subject=subject,
        text="\n\n".join((subject, *said)) + "\n",
        html=plain_html(subject, said),
        payload=envelope(
            dispatch.kind,
            dispatch.uid,
            dispatch.created_at,
            {"receiver": dispatch.receiver, "about": dict(data), "text": said[0]},
        ),
        thread="rcv_" + name,
        created_at=dispatch.created_at,
    )


def _by_topic(items: Iterable[Member]) -> dict[str, list[Member]]:
    """The topics, the one with the best-ranked story first, each with its stories ranked."""
    topics: dict[str, list[Member]] = {}
    for item in rank(items):
        topics.setdefault(item.alert.topic, []).append(item)
    return topics


def _head(dispatch: Dispatch, items: Sequence[Member], total: int) -> list[str]:
    if not total:
        return ["There was nothing to tell, and monitor works."]
    updates = sum(bool(item.alert.sequence) for item in items)
    news = f"{total - updates} new, {updates} told before" if updates else f"{total} new"
    sites = Counter(one_line(item.site, 60) or "unknown" for item in items)
    named = ", ".join(f"{site} {count}" for site, count in sites.most_common(SITES))
    rest = len(sites) - SITES
    spread = f"Sources: {named}" + (f" and {rest} more" if rest > 0 else "")
    line = timeline([item.seen_at for item in items])
    return [part for part in (f"{one_line(dispatch.title, 100)}: {news}.", spread, line) if part]


def _text(sections: Iterable[tuple[str, list[Member]]]) -> Iterator[str]:
    shown = 0
    for title, items in sections:
        listed = items[: max(LISTED - shown, 0)]
        lines = [f"{one_line(title, 100)} ({len(items)})"]
        for number, item in enumerate(listed, shown + 1):
            lines += [f"{number}. {_headline(item)}", f"   {_about(item)}"]
            lines += [f"   {url}"] if (url := link(item.url)) else []
        if len(items) > len(listed):
            lines.append(f"and {len(items) - len(listed)} more")
        shown += len(listed)
        yield "\n".join(lines)


def _html(subject: str, head: Iterable[str], sections: Iterable[tuple[str, list[Member]]], uid: str) -> str:
    blocks = [SMALL.format(line) for line in head]
    shown = 0
    for title, items in sections:
        blocks.append(HEADING.format(f"{one_line(title, 100)} ({len(items)})"))
        listed = items[: max(LISTED - shown, 0)]
        shown += len(listed)
        if listed:
            blocks.append(LIST.format(Markup("\n").join(_item(item) for item in listed)))
        if len(items) > len(listed):
            blocks.append(SMALL.format(f"and {len(items) - len(listed)} more"))
    blocks.append(SMALL.format(f"Digest {uid}"))
    return page(subject, blocks)


def _item(item: Member) -> Markup:
    url = link(item.url)
    headline = ANCHOR.format(url, _headline(item)) if url else _headline(item)
    return ITEM.format(headline, _about(item))


def _headline(item: Member) -> str:
    return one_line(item.title, 300) or link(item.url) or "(no headline)"


def _about(item: Member) -> str:
    when = item.published_at or item.seen_at
    articles = f"{item.articles} articles" if item.articles > 1 else ""
    update = f"update: {one_line(item.alert.reason, 200)}" if item.alert.reason else ""
    parts = (one_line(item.site, 60), one_line(item.language, 12), minute(when), item.alert.severity, articles, update)
    return " · ".join(part for part in parts if part)


def _data(dispatch: Dispatch, items: Iterable[Member], total: int, titles: Mapping[str, str]) -> dict[str, object]:
    return {
        "receiver": dispatch.receiver,
        "title": one_line(dispatch.title, 200),
        "alerts_total": total,
        "alerts": [_alert(item, titles) for item in rank(items)],
    }


def _alert(item: Member, titles: Mapping[str, str]) -> dict[str, object]:
    alert = item.alert
    return {
        "id": alert.uid,
        "topic": {"name": alert.topic, "title": one_line(titles.get(alert.topic, alert.topic), 60)},
        "severity": alert.severity,
        "sequence": alert.sequence,
        "reason": one_line(alert.reason, 500),
        "held": one_line(alert.held, 200),
        "story": {
            "id": alert.story_id,
            "headline": one_line(item.story or item.title, 1000),
            "link": link(item.url),
            "articles": item.articles,
        },
        "article": {
            "id": alert.article_id,
            "url": link(item.url),
            "title": one_line(item.title, 1000),
            "site": one_line(item.site, 200),
            "language": one_line(item.language, 12),
            "published_at": stamp(item.published_at),
            "seen_at": stamp(item.seen_at),
        },
    }
