"""Nothing becomes a message of each kind: what templates are tried on before there is news."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.edits import Change, MatchChange
from monitor.model import Alert, Article, Evidence, Match, Message, Story, TextSource
from monitor.stories import StoryFacts
from monitor.telling import Dispatch, Member
from monitor.think import breaker, render, render_digest, render_health

AT = datetime(2024, 5, 1, 12, 41, tzinfo=UTC)
# All that is special in JSON, HTML or the markup of chats, and letters of several scripts.
TITLE = 'Sample: "Crane & <quay>" \\ *falls* in @Arlen, кран упал, سقطت رافعة'
TEXT = "A crane fell on a quay in the harbour of Arlen.\n\n" + "Ships went around it. " * 60 + "The harbour waits."
TOPIC = "Sample topic"


def samples(receiver: str) -> tuple[Message, ...]:
    """A message of each kind that a receiver may get, the scantiest of them among them."""
    article = Article(
        id=812,
        key="https://news.example/crane?a=1&b=2",
        url="https://news.example/crane?a=1&b=2",
        title=TITLE,
        summary='Nobody was hurt, "the mayor" said.',
        text=TEXT,
        text_source=TextSource.PAGE,
        authors=("Ann O'Lee",),
        language="en",
        site="News & Example",
        published_at=AT,
        seen_at=AT,
    )
    bare = Article(id=1, key="bare", url="", language="", seen_at=AT)
    story = Story(812, TITLE, AT, AT, articles=4)
    known = StoryFacts(TITLE, 4, 3, 2, ("en", "uk"), ("GB",))
    alert = Alert("alt_" + "0" * 32, receiver, "sample", 812, 0, 812, created_at=AT, known=known, severity="high")
    update = replace(alert, sequence=1, reason="5 independent voices, 3 more")
    start = TEXT.index("harbour")
    match = Match("sample", "c4a81f", "high", 3.2, (Evidence("harbour", "lead", start, start + 7, "harbour"),))
    edit = MatchChange("sample", Change.GAINED, 1, 3.2, None, AT)
    return (
        render.message(alert, article, match, story, TOPIC, base="https://archive.example"),
        render.message(update, article, match, story, TOPIC, change=edit),
        render.message(replace(alert, known=None), bare, replace(match, evidence=()), story, TOPIC),
        *_digests(receiver, (alert, update)),
        *_sources(receiver),
        *(render_digest.receiver_word(_word(receiver, kind)) for kind in (breaker.FAILING, breaker.WELL)),
        render.test_message(receiver, AT),
    )


def _digests(receiver: str, alerts: tuple[Alert, ...]) -> tuple[Message, ...]:
    dispatch = Dispatch(1, "dig_" + "0" * 32, receiver, "digest", "digest:sample", "digest", created_at=AT)
    members = [
        Member(alert, TITLE, "https://news.example/crane", "News & Example", "en", AT, AT, 3.2, 4, TITLE)
        for alert in alerts
    ]
    titles = {"sample": TOPIC}
    return (
        render_digest.digest(dispatch, members, len(members), titles),
        render_digest.digest(dispatch, (), 0, titles),
    )


def _sources(receiver: str) -> tuple[Message, ...]:
    one = render_health.Finding("sample", 1, "https://news.example/rss", "", "dead", "no success for 26 h")
    many = render_health.Finding("", 0, "", "", render_health.SEVERAL, render_health.several_text((one, one)))
    uid = "hlt_" + "0" * 32
    return (
        render_health.message(uid, receiver, one, AT),
        render_health.message(uid, receiver, many, AT, (one, one)),
    )


def _word(receiver: str, kind: str) -> Dispatch:
    data: dict[str, object] = {"receiver": "other", "failures": 3, "since": AT.isoformat(), "error": "no answer"}
    return Dispatch(2, "rcv_" + "0" * 32, receiver, kind, "receiver:other", data=data, created_at=AT)
