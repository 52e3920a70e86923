"""What hosts asked for of us survives a restart, within bounds, and grows old."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from servers import Site, http
from test_polling import poll, polling

from monitor.edge import manners
from monitor.edge.headers import DAY_S
from monitor.edge.manners import Manners, Pause, Said, load_manners, save_manners
from monitor.edge.store import Store

ON_BOTH = True


def test_what_is_saved_is_loaded_with_the_time_that_is_left(store: Store, now: datetime) -> None:
    said = Said("https://a.example", 3_600.0, "user-agent: *\ndisallow: /no", 60.0, "status", "status 500")
    save_manners(store.engine, Manners([Pause("a:443", 300.0, 2)], [said, Said("https://b.example", 60.0)]), now)
    found = load_manners(store.engine, now + timedelta(seconds=100))
    assert found.pauses == [Pause("a:443", 200.0, 2)]
    assert found.robots == [
        Said("https://b.example", -40.0),
        Said("https://a.example", 3_500.0, said.rules, 160.0, "status", "status 500"),
    ]


def test_a_pause_that_is_over_or_ended_is_forgotten_and_old_rules_are(store: Store, now: datetime) -> None:
    first = Manners([Pause("a:443", 300.0, 1), Pause("b:443", 10.0, 1)], [Said("https://a.example", DAY_S, "")])
    save_manners(store.engine, first, now)
    save_manners(store.engine, Manners([Pause("a:443", 0.0, 0)]), now)
    assert load_manners(store.engine, now + timedelta(seconds=20)).pauses == []
    later = now + timedelta(days=9)
    assert load_manners(store.engine, later).robots != []
    save_manners(store.engine, Manners([], [Said("https://b.example", DAY_S, "")]), later)
    assert [one.origin for one in load_manners(store.engine, later).robots] == ["https://b.example"]


@pytest.mark.slow
def test_no_more_hosts_are_kept_than_the_bound_allows(store: Store, now: datetime) -> None:
    for start in (0, 3_000):
        many = [Pause(f"h{n}:443", 60.0 + n, 1) for n in range(start, start + 3_000)]
        save_manners(store.engine, Manners(many), now)
    kept = load_manners(store.engine, now).pauses
    assert len(kept) == manners.MOST
    assert min(pause.left_s for pause in kept) == 60.0 + 1_000


def test_a_clock_that_was_set_back_makes_no_pause_longer_than_a_day(store: Store, now: datetime) -> None:
    save_manners(store.engine, Manners([Pause("a:443", 300.0, 1)]), now)
    assert load_manners(store.engine, now - timedelta(days=400)).pauses == [Pause("a:443", DAY_S, 1)]


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_host_that_wants_a_pause_is_left_alone_after_a_restart_too(status: str, tmp_path: Path) -> None:
    async with Site({"/feed": http(b"", status, "Retry-After: 600")}) as site:
        async with polling(tmp_path, site) as pipeline:
            await poll(pipeline)
        async with polling(tmp_path, site) as pipeline:
            after = await poll(pipeline)
        assert site.paths == ["/feed"]
        assert after.failures == 1
