"""Made-up news, for the tests of telling."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model import Alert, Article, Evidence, Match, Message, Story, TextSource
from monitor.think import render

NOW = datetime(2024, 5, 1, 12, 41, tzinfo=UTC)
TITLE = "Crane falls in the harbour of Arlen"
TEXT = (
    "A crane fell onto an empty quay in the harbour of Arlen on Wednesday. Nobody was hurt, the mayor said.\n\n"
    + "The quay had been closed since the storm of last week, and ships went around it. " * 12
    + "\n\nInspectors, led by Mr. Ilse Brandt, had warned of rust! The port authority answered in March. "
    "It saw no danger.\n\nTraffic will be slow until Friday."
)


def evidence(label: str, words: str, zone: str = "body", *, text: str = TEXT) -> Evidence:
    start = (TITLE if zone == "title" and text is TEXT else text).index(words)
    return Evidence(label, zone, start, start + len(words), words)


def match(*found: Evidence, topic: str = "harbour", severity: str = "high") -> Match:
    return Match(topic, "c4a81f", severity, 3.2, found or (evidence("harbour", "harbour", "title"),))


ARTICLE = Article(
    id=812,
    key="https://news.example/crane",
    url="https://news.example/crane",
    title=TITLE,
    summary="Nobody was hurt.",
    text=TEXT,
    text_source=TextSource.PAGE,
    authors=("Ann Lee",),
    language="en",
    site="News Example",
    published_at=datetime(2024, 5, 1, 12, 30, tzinfo=UTC),
    seen_at=datetime(2024, 5, 1, 12, 40, 12, tzinfo=UTC),
)
STORY = Story(812, TITLE, NOW, NOW)
ALERT = Alert("alt_" + "5f" * 16, "desk", "harbour", 812, 0, 812, created_at=NOW, due_at=NOW)


def rendered(
    article: Article = ARTICLE, found: Match | None = None, *, story: Story = STORY, base: str = ""
) -> Message:
    return render.message(ALERT, article, found or match(), story, "The harbour", base=base)


def message(uid: str = ALERT.uid, **changes: object) -> Message:
    return replace(rendered(), uid=uid, **changes)
