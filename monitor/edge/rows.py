"""Rows become values, and values rows."""

import struct
from dataclasses import asdict
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import RowMapping

from monitor.about import NOTHING, About
from monitor.edits import Change, MatchChange, Revision
from monitor.facts import Facts
from monitor.model import (
    Alert,
    AlertState,
    Article,
    ArticleState,
    Claim,
    Edit,
    Evidence,
    Feed,
    FeedOptions,
    FeedState,
    Match,
    Page,
    Story,
    TextSource,
    Wishes,
)
from monitor.stories import StoryChange, StoryEvent, StoryFacts
from monitor.telling import Dispatch, Fate, Silence

Row = RowMapping
_PLAIN = FeedOptions()
_NO_WISHES = Wishes()
_OF_FEED = tuple(
    "id name url moved_to title language country kind interval_s etag last_modified body_hash due_at failures "
    "last_error note polled_at succeeded_at whole_at records".split()
)
_values_of_feed = itemgetter(*_OF_FEED)


def to_claim(row: Row) -> Claim | None:
    """The claim a row is held under."""
    until = row["leased_until"]
    return Claim(token=row["token"], until=until) if isinstance(until, datetime) else None


def to_feed(row: Row) -> Feed:
    """A row of `feed` as a value."""
    options, wishes = row["options"], row["wishes"]
    return Feed(
        **dict(zip(_OF_FEED, _values_of_feed(row), strict=True)),
        tags=tuple(row["tags"]),
        state=FeedState(row["state"]),
        options=to_options(options) if options else _PLAIN,
        wishes=Wishes(**{**wishes, **_skips(wishes)}) if wishes else _NO_WISHES,
        habit=to_numbers(row["habit"]),
        claim=to_claim(row),
    )


def to_options(held: dict[str, Any]) -> FeedOptions:
    """The options of a feed, as JSON keeps them."""
    pairs = {name: tuple(map(tuple, held.get(name, ()))) for name in ("headers", "secret_headers")}
    return FeedOptions(**{**held, **pairs})


def from_poll(feed: Feed) -> dict[str, Any]:
    """What a poll may have changed of a feed."""
    told = {"title": feed.title, "wishes": from_wishes(feed.wishes), "records": feed.records}
    return from_quiet_poll(feed) | told


def from_quiet_poll(feed: Feed) -> dict[str, Any]:
    """What a poll may have changed of a feed that told nothing new."""
    return from_same_poll(feed) | {
        "moved_to": feed.moved_to,
        "state": feed.state.value,
        "etag": feed.etag,
        "last_modified": feed.last_modified,
        "body_hash": feed.body_hash,
        "failures": feed.failures,
        "last_error": feed.last_error,
        "note": feed.note,
        "whole_at": feed.whole_at,
    }


def from_same_poll(feed: Feed) -> dict[str, Any]:
    """What every poll changes of a feed."""
    return {
        "due_at": feed.due_at,
        "polled_at": feed.polled_at,
        "succeeded_at": feed.succeeded_at,
        "habit": from_numbers(feed.habit),
    }


def to_numbers(held: bytes) -> tuple[float, ...]:
    """Numbers, as a row keeps them in eight bytes each."""
    return struct.unpack(f"<{len(held) // 8}d", held[: len(held) // 8 * 8])


def from_numbers(numbers: tuple[float, ...]) -> bytes:
    """Numbers as bytes for a row."""
    return struct.pack(f"<{len(numbers)}d", *numbers)


def from_wishes(wishes: Wishes) -> dict[str, Any]:
    """What a feed asks for, as JSON keeps it: nothing for most."""
    return {} if wishes == _NO_WISHES else asdict(wishes)


def from_options(options: FeedOptions) -> dict[str, Any]:
    """The options of a feed, for JSON: nothing for most."""
    return {} if options == _PLAIN else asdict(options)


def _skips(held: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(held.get(name, ())) for name in ("skip_hours", "skip_days")}


def to_article(row: Row, sightings: list[Row] | None = None, edit: Edit | None = None) -> Article:
    """A row of `article` as a value; `sightings` are rows of the feeds that showed it (name, country, tags, …)."""
    names = (
        "id key url title summary content text note language site image_url published_at modified_at seen_at story_id "
        "due_at failures last_error backlog revision copy_of"
    )
    fields = {name: row[name] for name in names.split()}
    feeds = sightings or []
    return Article(
        **fields,
        text_source=TextSource(row["text_source"]),
        authors=tuple(row["authors"]),
        agencies=tuple(row["agencies"]),
        about=to_about(row["about"]) if row["about"] else NOTHING,
        state=ArticleState(row["state"]),
        feeds=tuple(sorted({feed["name"] for feed in feeds})),
        kinds=tuple(sorted({feed["kind"] for feed in feeds} - {""})),
        countries=tuple(sorted({feed["country"] for feed in feeds} - {""})),
        tags=tuple(sorted({tag for feed in feeds for tag in feed["tags"]})),
        wanted_text=_wanted_text(feeds),
        edit=edit,
        claim=to_claim(row),
    )


def to_about(held: dict[str, Any]) -> About:
    """What a page says beside the text, as JSON keeps it."""
    listed: dict[str, Any] = {name: tuple(held.get(name, ())) for name in ("languages", "captions")}
    return About(**{**held, **listed})


def from_about(about: About) -> dict[str, Any]:
    """What a page says beside the text, for JSON: what there is of it."""
    return {name: value for name, value in asdict(about).items() if value}


def _wanted_text(feeds: list[Row]) -> str:
    """Whose text the feeds want for an article that they showed. Who says "feed" must have a reason not to fetch."""
    wants = {(feed["options"] or {}).get("text", "auto") for feed in feeds}
    return "feed" if "feed" in wants else "page" if "page" in wants else "auto"


def to_match(row: Row) -> Match:
    """A row of `match` as a value."""
    evidence = tuple(Evidence(**item) for item in row["evidence"])
    return Match(row["topic"], row["version"], row["severity"], row["score"], evidence)


def from_match(match: Match, article_id: int, now: datetime) -> dict[str, Any]:
    """A match as a row."""
    row = asdict(match)
    return {**row, "evidence": list(row["evidence"]), "article_id": article_id, "matched_at": now}


def to_revision(row: Row) -> Revision:
    """A row of `revision` as a value."""
    names = "number title text modified_at replaced_at"
    return Revision(**{name: row[name] for name in names.split()}, text_source=TextSource(row["text_source"]))


def to_change(row: Row) -> MatchChange:
    """A row of `match_change` as a value."""
    names = "topic revision score score_before changed_at"
    return MatchChange(**{name: row[name] for name in names.split()}, change=Change(row["change"]))


def to_story(row: Row) -> Story:
    """A row of `story` as a value."""
    names = "id headline opened_at latest_at articles name merged_into"
    return Story(**{name: row[name] for name in names.split()})


def to_event(row: Row) -> StoryEvent:
    """A row of `story_event` as a value."""
    names = "story_id other_id by why happened_at"
    fields = {name: row[name] for name in names.split()}
    return StoryEvent(**fields, change=StoryChange(row["change"]), articles=tuple(row["articles"]))


def to_alert(row: Row) -> Alert:
    """A row of `alert` as a value."""
    names = (
        "id uid receiver topic story_id sequence article_id created_at owed_at begun_at sent_at due_at failures "
        "last_error route severity reason held dispatch_id"
    )
    fields = {name: row[name] for name in names.split()}
    known = to_facts(row["known"]) if row["known"] else None
    state, facts = AlertState(row["state"]), _to_shown(row["facts"])
    return Alert(**fields, state=state, known=known, facts=facts, claim=to_claim(row))


def to_facts(held: dict[str, Any]) -> StoryFacts:
    """What was known of a story, as JSON keeps it."""
    return StoryFacts(**{**held, **{name: tuple(held.get(name, ())) for name in ("languages", "countries")}})


def from_alert(alert: Alert) -> dict[str, Any]:
    """A new alert as a row."""
    names = "uid receiver topic story_id sequence article_id created_at due_at route severity reason held"
    row = {name: getattr(alert, name) for name in names.split()}
    known = asdict(alert.known) if alert.known else {}
    facts = {**asdict(alert.facts), "entities": sorted(alert.facts.entities), "numbers": sorted(alert.facts.numbers)}
    owed_at = alert.owed_at or alert.created_at
    return {**row, "state": alert.state.value, "owed_at": owed_at, "known": known, "facts": facts}


def _to_shown(held: dict[str, Any]) -> Facts:
    sets = {name: frozenset(held.get(name, ())) for name in ("entities", "numbers")}
    return Facts(**{**held, **sets})


def to_dispatch(row: Row) -> Dispatch:
    """A row of `dispatch` as a value."""
    names = "id uid receiver kind key title route created_at owed_at due_at sent_at failures last_error data"
    fields = {name: row[name] for name in names.split()}
    return Dispatch(**fields, state=AlertState(row["state"]), claim=to_claim(row))


def to_silence(row: Row) -> Silence:
    """A row of `silence` as a value."""
    names = "id created_at ends_at topic story_id site entity receiver why"
    return Silence(**{name: row[name] for name in names.split()}, fate=Fate(row["fate"]))


def from_page(page: Page, article_id: int, body: bytes, now: datetime) -> dict[str, Any]:
    """A page as a row; `body` is compressed."""
    return {
        "article_id": article_id,
        "url": page.final_url,
        "status": page.status,
        "content_type": page.content_type,
        "fetched_at": page.fetched_at or now,
        "body": body,
    }
