"""An alert and what it is about become a message: subject, text, HTML and the webhook's envelope.

A message depends on its arguments alone, so every attempt to deliver an alert sends the same one.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from monitor.edits import Change, MatchChange
from monitor.model import Alert, Article, Evidence, Match, Message, Story, Topic
from monitor.stories import StoryFacts
from monitor.think.excerpt import Piece, excerpt, one_line
from monitor.think.letter import Letter, Reason, html, plain_html, text

VERSION = 1  # of the envelope: it grows when a field changes its meaning or goes, not when one is added

MAX_SUBJECT = 200
MAX_URL = 4096
MAX_EVIDENCE = 100  # in the envelope
MAX_REASONS = 20  # in the letter
MAX_FINDS = 6  # a reason
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
EDITED = {Change.GAINED: "matches since it was edited", Change.LOST: "matched until it was edited"}
UNLINKED = re.compile(r"[\s<>\"\\^`{|}]")  # what no URL holds unencoded, and what could break out of one


def message(
    alert: Alert,
    article: Article,
    match: Match,
    story: Story,
    topic_title: str,
    *,
    base: str = "",
    change: MatchChange | None = None,
) -> Message:
    """What a receiver reads; `base` is the address of the web pages, if they can be reached.

    `change` is what the latest edit of the article did to the match.
    """
    topic = one_line(topic_title, 60) or alert.topic
    headline = one_line(article.title or story.headline, 300) or link(article.url) or "(no headline)"
    subject = one_line(f"[{topic}] {headline}", MAX_SUBJECT)
    archive_url = link(f"{base.rstrip('/')}/articles/{article.id}") if base else ""
    edit = _edit_data(alert, change)
    letter = _letter(alert, article, match, story, subject=subject, topic=topic, archive_url=archive_url)
    letter = replace(letter, facts=(*letter.facts, EDITED[Change(edit["change"])])) if edit else letter
    update = {"sequence": alert.sequence, "reason": one_line(alert.reason, 500)} if alert.reason else None
    letter = replace(letter, facts=(f"Update: {one_line(alert.reason, 300)}", *letter.facts)) if update else letter
    return Message(
        uid=alert.uid,
        subject=subject,
        text=text(letter),
        html=html(letter),
        payload=envelope(
            "alert.created",
            alert.uid,
            alert.created_at,
            {
                **_alert_data(alert, article, match, story, topic),
                **({"edit": edit} if edit else {}),
                **({"update": update} if update else {}),
            },
        ),
        thread="sty_" + _digest(f"{story.id}\n{story.opened_at.isoformat()}"),
        created_at=alert.created_at,
        letter=letter,
    )


def lost_match(alert: Alert, change: MatchChange | None, topics: Iterable[Topic]) -> Match:
    """What stands for a match that an edit took away before its alert was delivered: no evidence is left of it."""
    severity = next((topic.severity for topic in topics if topic.name == alert.topic), "normal")
    score = change.score_before if change else None
    return Match(alert.topic, "", severity, 0.0 if score is None else score, ())


def test_message(receiver: str, now: datetime) -> Message:
    """What `receivers test` sends, by the same way as an alert."""
    uid = "tst_" + _digest(f"{receiver}\n{now.isoformat()}")
    subject = one_line(f"[monitor] Test message for {receiver}", MAX_SUBJECT)
    said = (
        f"This is a test of the receiver {one_line(receiver, 100)}.",
        "If you can read it, alerts will reach you the same way. No article matched a topic.",
        f"Sent {minute(now)}. Test {uid}",
    )
    return Message(
        uid=uid,
        subject=subject,
        text="\n\n".join(said) + "\n",
        html=plain_html(subject, said),
        payload=envelope("receiver.test", uid, now, {"receiver": receiver, "text": said[0]}),
        thread=uid,
        created_at=now,
    )


def link(url: str) -> str:
    """The URL when it is one to follow: http or https, with a host, without credentials; else nothing."""
    if len(url) > MAX_URL or not url.isprintable() or UNLINKED.search(url):
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and parts.username is None
    except ValueError:
        return ""
    return url if usable else ""


def _letter(
    alert: Alert, article: Article, match: Match, story: Story, *, subject: str, topic: str, archive_url: str
) -> Letter:
    shown = excerpt(article, match.evidence)
    reasons = _reasons(match.evidence)
    return Letter(
        subject=subject,
        topic=topic,
        severity=match.severity,
        headline=shown.headline or (Piece(one_line(story.headline, 300) or "(no headline)"),),
        facts=_facts(article),
        lead=shown.lead,
        snippets=shown.snippets,
        language=article.language if LANGUAGE.fullmatch(article.language) else "",
        url=link(article.url),
        archive_url=archive_url,
        story=_story_line(alert.known, story),
        note=one_line(article.note, 300),
        reasons=reasons[:MAX_REASONS],
        more_reasons=len(reasons[MAX_REASONS:]),
        uid=alert.uid,
    )


def _story_line(known: StoryFacts | None, story: Story) -> str:
    """What is said of the story, as known when the alert was made."""
    if known is None:
        return f"One of {story.articles} articles on this story." if story.articles > 1 else ""
    if known.articles < 2:
        return ""
    counted = f"One of {known.articles} articles on this story: {known.voices} independent "
    counted += "voice" if known.voices == 1 else "voices"
    outlets = f", {known.outlets} outlet{'' if known.outlets == 1 else 's'}"
    languages = f", in {', '.join(one_line(each, 12) for each in known.languages)}" if known.languages else ""
    headline = one_line(known.headline, 300)
    return f"{counted}{outlets}{languages}." + (f" Most say: {headline}" if headline else "")


def _story_data(known: StoryFacts | None, story: Story) -> dict[str, object]:
    if known is None:
        return {"id": story.id, "headline": one_line(story.headline, 1000), "articles": story.articles}
    return {
        "id": story.id,
        "headline": one_line(known.headline or story.headline, 1000),
        "articles": known.articles,
        "outlets": known.outlets,
        "voices": known.voices,
        "languages": [one_line(each, 12) for each in known.languages],
        "countries": list(known.countries),
    }


def _facts(article: Article) -> tuple[str, ...]:
    when = article.published_at or article.seen_at
    authors = ", ".join(one_line(author, 60) for author in article.authors[:3])
    time = minute(when) if when else ""
    known = article.published_at is not None
    facts = (one_line(article.site, 80), one_line(article.language, 12), time if known or not time else f"seen {time}")
    return tuple(filter(None, (*facts, authors)))


def _reasons(evidence: tuple[Evidence, ...]) -> tuple[Reason, ...]:
    """The evidence by label, in order of appearance; equal finds are counted."""
    by_label: dict[str, Counter[tuple[str, str]]] = {}
    for found in evidence:
        by_label.setdefault(found.label, Counter())[(found.found, found.zone)] += 1
    return tuple(Reason(one_line(label, 100), _finds(finds)) for label, finds in by_label.items())


def _finds(finds: Counter[tuple[str, str]]) -> tuple[str, ...]:
    said = [
        f"“{one_line(found, 100)}” in {one_line(zone, 20)}" + (f" ({times} times)" if times > 1 else "")
        for (found, zone), times in list(finds.items())[:MAX_FINDS]
    ]
    return (*said, "…") if len(finds) > MAX_FINDS else tuple(said)


def envelope(kind: str, uid: str, at: datetime | None, data: dict[str, object]) -> dict[str, object]:
    """A message for programs."""
    return {"type": kind, "version": VERSION, "id": uid, "timestamp": stamp(at), "data": data}


def _alert_data(alert: Alert, article: Article, match: Match, story: Story, topic: str) -> dict[str, object]:
    return {
        "receiver": alert.receiver,
        "topic": {"name": alert.topic, "title": topic},
        "severity": match.severity,
        "story": _story_data(alert.known, story),
        "article": _article_data(article),
        "match": {
            "score": match.score,
            "version": match.version,
            "evidence": [_evidence_data(found) for found in match.evidence[:MAX_EVIDENCE]],
        },
    }


def _article_data(article: Article) -> dict[str, object]:
    return {
        "id": article.id,
        "url": link(article.url),
        "title": one_line(article.title, 1000),
        "summary": one_line(article.summary, 2000),
        "lead": one_line(article.lead, 2000),
        "language": one_line(article.language, 12),
        "site": one_line(article.site, 200),
        "authors": [one_line(author, 200) for author in article.authors[:20]],
        "published_at": stamp(article.published_at),
        "seen_at": stamp(article.seen_at),
        "text_source": article.text_source.value,
        "note": one_line(article.note, 500),
    }


def _evidence_data(found: Evidence) -> dict[str, object]:
    return {
        "label": one_line(found.label, 200),
        "zone": found.zone,
        "start": found.start,
        "end": found.end,
        "found": one_line(found.found, 200),
        "weight": found.weight,
    }


def _edit_data(alert: Alert, change: MatchChange | None) -> dict[str, Any] | None:
    """That the alert comes from an edit, or that an edit took its match away since; nothing for most."""
    if change is None or change.change is Change.MOVED:
        return None
    if change.change is Change.GAINED and alert.created_at and change.changed_at > alert.created_at:
        return None
    return {"change": change.change.value, "revision": change.revision, "changed_at": stamp(change.changed_at)}


def stamp(when: datetime | None) -> str | None:
    """A time for programs."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z") if when else None


def minute(when: datetime) -> str:
    """A time for people, to the minute."""
    return f"{when.isoformat(' ', 'minutes')[:16]} UTC"


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:32]
