"""The log: priorities that journald knows, whole traces, no secrets, and no flood."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from monitor.cli import log as logs
from monitor.settings import LogConfig
from monitor.think.mask import mask, masked_values
from monitor.think.repeats import Repeats

SECRET = "korrekt-pferd-batterie"


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    yield
    logger.remove()


def heard(*, as_json: bool = False, line: str = "{message}") -> tuple[logs.Log, list[tuple[str, str]]]:
    """A log, and what it wrote: level and text."""
    lines: list[tuple[str, str]] = []
    log = logs.Log(lambda level, text: lines.append((level, text)), as_json=as_json)
    logger.remove()
    logger.add(log.take, format=line, level="DEBUG", diagnose=False)
    return log, lines


def fail(why: str) -> None:
    raise ValueError(why)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("polled https://me:pa55@news.example/rss", "polled https://***@news.example/rss"),
        ("GET https://n.example/f?id=3&api_key=abc123&x=1", "GET https://n.example/f?id=3&api_key=***&x=1"),
        ("GET https://n.example/f?token=abc#top", "GET https://n.example/f?token=***#top"),
        ("headers {'Authorization': 'Bearer abcdef123456'}", "headers {'Authorization': 'Bearer ***'}"),
        ("Authorization: Basic bWU6cGE1NQ==", "Authorization: Basic ***"),
        ("signed with whsec_dGhlIHNlY3JldA==", "signed with ***"),
        ("https://bot0123456789abcdefghij@chat.example/send", "https://***@chat.example/send"),
        ("mail to desk@example.org about https://n.example/a?page=2", None),
        ("see https://example.org/@handle/1 and https://example.org/?q=key", None),
    ],
)
def test_what_opens_something_is_masked_and_nothing_else(line: str, shown: str | None) -> None:
    assert mask(line) == (line if shown is None else shown)


def test_known_secrets_are_masked_wherever_they_stand_and_words_are_not() -> None:
    secrets = masked_values([SECRET, "pass", "", SECRET + "-longer"])
    assert mask(f"refused: {SECRET}-longer, {SECRET}; pass it on", secrets) == "refused: ***, ***; pass it on"


@given(st.text(st.characters(codec="ascii", exclude_characters="\n"), max_size=80))
def test_masking_twice_is_masking_once(line: str) -> None:
    assert mask(mask(line)) == mask(line)


def test_a_secret_is_masked_in_messages_fields_and_traces() -> None:
    log, lines = heard(as_json=True)
    log.hide([SECRET])
    try:
        fail(f"cannot log in with {SECRET}")
    except ValueError as error:
        logger.bind(url=f"https://x.example/?k={SECRET}").opt(exception=error).error("refused {}", SECRET)
    assert SECRET not in lines[0][1]
    entry = json.loads(lines[0][1])
    assert entry["message"] == "refused ***"
    assert entry["url"] == "https://x.example/?k=***"
    assert "test_log.py" in entry["traceback"]
    assert entry["traceback"].rstrip().endswith("ValueError: cannot log in with ***")


def test_journald_learns_the_priority_of_every_line_of_a_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for form, first in (("text", "<3>broke"), ("json", '<3>{"time"')):
        logs.start_log(LogConfig(format=form), journal=True)
        try:
            fail("a bug")
        except ValueError as error:
            logger.opt(exception=error).error("broke")
        logger.info("polled")
        said = capsys.readouterr().err.splitlines()
        assert said[0].startswith(first)
        assert all(line.startswith("<3>") for line in said[:-1])
        assert said[-1].startswith("<6>")
        assert any("ValueError: a bug" in line for line in said)


def test_only_the_stream_that_journald_reads_bears_priorities() -> None:
    assert not logs.is_journal("")
    assert not logs.is_journal("8:12345")


def test_a_flood_of_one_trouble_is_sampled_and_counted() -> None:
    repeats = Repeats(window_s=60, most=3)
    passed = [repeats.passes(f"poll rests for 5 s: article {number} is locked", float(number)) for number in range(20)]
    assert passed == [True] * 3 + [False] * 17
    assert repeats.passes("another trouble", 20.0)
    assert repeats.ended(59.0) == []
    assert repeats.ended(60.0) == [("poll rests for 5 s: article 0 is locked", 17)]
    assert repeats.passes("poll rests for 5 s: article 21 is locked", 61.0)


def test_units_of_work_are_all_said_and_troubles_are_sampled() -> None:
    _, lines = heard()
    for number in range(50):
        logger.info("read article {}", number)
        logger.error("the database is locked")
    texts = [text for _, text in lines]
    assert sum(text.startswith("read") for text in texts) == 50
    assert sum("locked" in text for text in texts) == 10


def test_a_line_for_people_bears_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start_log(LogConfig())
    logger.warning("cannot poll bbc-world: https://me:pa55@x.example/")
    said = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d WARNING cannot poll bbc-world: https://\*\*\*@x.example/\n", said
    )
