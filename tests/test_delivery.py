"""What routes, silences, hours and rates make of alerts, from the article to the receiver, over loopback."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from counter import Counter, counter
from sqlalchemy import event, select, update
from test_render import SCHEMA, obeys

from monitor.demo.sinks import Reply
from monitor.edge import dispatches, silences
from monitor.edge.claims import release
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.tables import ALERT, ATTEMPT, RECEIVER
from monitor.telling import Fate, Silence

ON_BOTH = True

DESK = '[[route]]\nname = "all"\nreceivers = ["desk"]\n'
GROUPED = 'group_by = "topic"\ngroup_wait = "1h"\n'
HOUR = timedelta(hours=1)


async def until(desk: Counter, happened: Callable[[], bool]) -> None:
    """Everything that waits comes, again and again, until something happened; within a minute."""
    end = clock() + timedelta(minutes=1)
    while not happened():
        assert clock() < end
        await desk.later()


def silence(**named: object) -> Silence:
    now = clock()
    return Silence(0, now - HOUR, now + HOUR, **named)  # type: ignore[arg-type]


async def test_an_alert_without_more_ado_is_told_at_once_under_its_own_id(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK) as desk:
        await desk.tell("First talks")
        assert desk.subjects() == ["First talks"]
        assert desk.alerts() == [("desk", "talks", "sent", "")]


@pytest.mark.slow
async def test_a_group_by_topic_is_told_in_one_message_that_no_restart_or_late_alert_changes(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK + 'group_by = "topic"\ngroup_wait = "5m"\n') as desk:
        await desk.tell("First talks in Rome", "Shelling of a port", "Second talks in Oslo")
        assert desk.subjects() == []
        await desk.later()
        assert sorted(desk.subjects()) == ["Shelling of a port", "[Second talks in Oslo, First talks in Rome]"]
        await desk.tell("Third talks in Bern")
        await desk.later()
        assert desk.subjects()[-1] == "Third talks in Bern"
        assert {state for _, _, state, _ in desk.alerts()} == {"sent"}


@pytest.mark.slow
async def test_a_message_that_was_not_taken_comes_again_with_the_same_id_and_the_same_alerts(tmp_path: Path) -> None:
    rules = DESK + 'group_by = "topic"\ngroup_wait = "1h"\n'
    async with counter(tmp_path, rules, plans={"desk": [503]}) as desk:
        await desk.tell("First talks in Rome", "Second talks in Oslo")
        await desk.later()
        await desk.tell("Third talks in Bern")
        await desk.later()
        ids = [headers["webhook-id"] for headers, _ in desk.hooks["desk"].received]
        assert ids[0] == ids[1]
        assert desk.bodies()[0] == desk.bodies()[1]
        assert len(set(ids)) == 2


@pytest.mark.slow
async def test_what_a_silence_held_back_is_told_as_one_digest_when_it_ends(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK) as desk:
        engine = desk.pipeline.store.engine
        number = silences.add(engine, silence(topic="talks", why="drill"))
        await desk.tell("First talks in Rome", "Shelling of a port", "Second talks in Oslo")
        assert desk.subjects() == ["Shelling of a port"]
        (listed,) = silences.listed(engine, clock())
        assert listed.alerts == 2
        assert silences.end(engine, number, clock())
        assert not silences.end(engine, number, clock())
        await desk.drain()
        assert desk.subjects()[1:] == ["[Second talks in Oslo, First talks in Rome]"]
        digest = desk.bodies()[1]
        assert obeys(digest, SCHEMA)
        assert digest["data"]["alerts"][0]["held"] == f"silence {number}: drill"
        assert digest["data"]["alerts"][0]["story"] == {
            "id": 3,
            "headline": "Second talks in Oslo",
            "link": "https://news.example/3",
            "articles": 1,
        }


@pytest.mark.slow
async def test_a_silence_ends_by_itself_and_a_dropping_one_leaves_a_record(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK) as desk:
        number = silences.add(desk.pipeline.store.engine, silence(site="news.example", fate=Fate.DROP))
        await desk.tell("First talks in Rome")
        assert desk.alerts() == [("desk", "talks", "dropped", f"silence {number}")]
        silences.add(desk.pipeline.store.engine, silence(topic="talks"))
        await desk.tell("Second talks in Oslo", url="https://other.example/{}")
        await desk.later()
        assert desk.subjects() == ["Second talks in Oslo"]


@pytest.mark.slow
async def test_a_topic_mutes_another_of_the_same_story_for_the_same_receiver(tmp_path: Path) -> None:
    rules = DESK + '[[inhibit]]\ntopics = ["war"]\nmutes = ["talks"]\n'
    async with counter(tmp_path, rules) as desk:
        await desk.tell("Shelling ends talks", "Quiet talks in Oslo")
        assert [
            (body["data"]["topic"]["name"], title) for body, title in zip(desk.bodies(), desk.subjects(), strict=True)
        ] == [
            ("war", "Shelling ends talks"),
            ("talks", "Quiet talks in Oslo"),
        ]
        assert desk.alerts()[0][2:] == ("dropped", "muted: the story is told on the topic war")


@pytest.mark.slow
async def test_what_is_more_than_a_rate_comes_in_one_digest_and_the_severe_at_once(tmp_path: Path) -> None:
    rules = DESK + 'always = "critical"\n'
    async with counter(tmp_path, rules) as desk:
        text = desk.path.read_text("utf-8").replace('kind = "webhook"', 'kind = "webhook"\nrate = "2/1h"')
        assert await desk.reload(text) == ""
        await desk.tell(
            "Rome talks", "Oslo talks agreed", "Bern talks fail", "Kyiv talks delayed", "Shelling of a port"
        )
        assert desk.subjects() == ["Rome talks", "Oslo talks agreed", "Shelling of a port"]
        ((_, key, due),) = desk.due()
        assert key == "rate"
        assert due > clock() + timedelta(minutes=50)
        await desk.later()
        assert desk.subjects()[3:] == ["[Kyiv talks delayed, Bern talks fail]"]


@pytest.mark.slow
async def test_a_digest_is_sent_at_its_time_and_only_a_heartbeat_when_there_is_nothing(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK + 'digest = "daily 07:30"\nzone = "Europe/Kyiv"\nheartbeat = true\n') as desk:
        await desk.drain()
        ((_, key, _),) = desk.due()
        assert key == "digest:all"
        await desk.later()
        assert [body["data"]["alerts_total"] for body in desk.bodies()] == [0]
        desk.pipeline.deliverer._hearts_at = clock()
        await desk.tell("Rome talks")
        await desk.later()
        assert desk.subjects()[1:] == ["[Rome talks]"]


@pytest.mark.slow
async def test_a_receiver_that_is_dead_holds_up_no_other_and_another_is_told_of_it(tmp_path: Path) -> None:
    head = 'first_retry = "1s"\nbreak_after = 3\nwarn = ["night"]\nwarn_after = 0.01\n#receivers\n'
    rules = head + '[[route]]\nreceivers = ["desk", "night"]\n'
    async with counter(tmp_path, rules, ("desk", "night"), {"desk": [Reply(drop="before")] * 6}) as desk:
        await desk.tell("Rome talks", "Oslo talks agreed", "Bern talks fail", "Kyiv talks delayed")
        told = [title for title in desk.subjects("night") if title != "receiver.failing"]
        assert told == ["Rome talks", "Oslo talks agreed", "Bern talks fail", "Kyiv talks delayed"]
        assert desk.hooks["desk"].tries <= 4
        await until(desk, lambda: "receiver.failing" in desk.subjects("night"))
        about = next(body["data"]["about"] for body in desk.bodies("night") if body["type"] == "receiver.failing")
        assert about["receiver"] == "desk"
        await until(desk, lambda: all(state == "sent" for name, _, state, _ in desk.alerts() if name == "desk"))
        await desk.later()
        assert sorted(desk.subjects()) == ["Bern talks fail", "Kyiv talks delayed", "Oslo talks agreed", "Rome talks"]
        assert desk.subjects("night")[-1] == "receiver.well"


@pytest.mark.slow
async def test_retry_after_lets_the_whole_receiver_rest(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK, plans={"desk": [Reply(429, retry_after="300")]}) as desk:
        await desk.tell("Rome talks", "Oslo talks agreed")
        assert desk.hooks["desk"].tries == 1
        with reading(desk.pipeline.store.engine) as connection:
            rests = connection.scalar(select(RECEIVER.c.rests_until))
            assert len(connection.execute(select(ATTEMPT)).all()) == 1
        assert rests is not None
        assert rests >= clock() + timedelta(seconds=290)
        await desk.later()
        assert desk.subjects() == ["Rome talks", "Rome talks", "Oslo talks agreed"]


@pytest.mark.slow
async def test_alerts_of_one_story_reach_a_receiver_in_order(tmp_path: Path) -> None:
    rules = '[[route]]\nreceivers = ["desk"]\ntopics = ["talks", "war"]\n'
    async with counter(tmp_path, rules, plans={"desk": [503, 503]}) as desk:
        await desk.tell("Shelling ends talks")
        assert desk.hooks["desk"].tries == 1  # the second waits for the first
        await desk.later()
        await desk.later()
        topics = [body["data"]["topic"]["name"] for body in desk.bodies()]
        assert topics == ["talks", "talks", "talks", "war"]


@pytest.mark.slow
async def test_an_alert_of_a_receiver_that_is_gone_has_failed_and_says_so(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK + 'group_wait = "1h"\n') as desk:
        await desk.tell("Rome talks")
        text = desk.path.read_text("utf-8").replace('"desk"', '"other"')
        assert await desk.reload(text) == ""
        await desk.later()
        ((_, _, state, _),) = desk.alerts()
        assert state == "failed"


@pytest.mark.parametrize("failing", [[], [500, Reply(drop="after")]])
@pytest.mark.slow
async def test_a_daemon_that_dies_between_sealing_and_sending_sends_the_same_message(
    tmp_path: Path, failing: list[object]
) -> None:
    async with counter(tmp_path, DESK + GROUPED, plans={"desk": failing}) as desk:
        engine, now = desk.pipeline.store.engine, clock()
        await desk.tell("Rome talks", "Oslo talks agreed")
        dispatches.seal(engine, now + 2 * HOUR)
        later = now + 2 * HOUR
        (sealed,) = dispatches.claim_dispatches(engine, desk.pipeline.store.owner, later, 1.0, 9, receiver="desk")
        release(engine, desk.pipeline.store.owner)
        assert dispatches.contents(engine, sealed).total == len(desk.alerts())
        await desk.later()
        await until(desk, lambda: {state for _, _, state, _ in desk.alerts()} == {"sent"})
        assert {body["id"] for body in desk.bodies()} == {sealed.uid}


@pytest.mark.slow
async def test_an_alert_waits_when_an_earlier_one_of_its_story_was_sealed_after_it_was_claimed(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK + GROUPED) as desk:
        engine, deliverer = desk.pipeline.store.engine, desk.pipeline.deliverer
        await desk.tell("Shelling ends talks")
        with writing(engine) as connection:
            war = update(ALERT).where(ALERT.c.topic == "war")
            connection.execute(war.values(state="owed", due_at=clock(), dispatch_id=None))
        (claimed,) = await deliverer.claim(9)
        dispatches.seal(engine, clock() + 2 * HOUR)
        await deliverer.deliver(claimed)
        assert [state for _, topic, state, _ in desk.alerts() if topic == "war"] == ["owed"]
        await until(desk, lambda: {state for _, _, state, _ in desk.alerts()} == {"sent"})
        assert [body["data"]["topic"]["name"] for body in desk.bodies() if body["type"] == "alert.created"] == [
            "talks",
            "war",
        ]


@pytest.mark.slow
async def test_what_waits_in_a_message_for_a_receiver_that_is_gone_has_failed_and_says_so(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK + GROUPED) as desk:
        await desk.tell("Rome talks")
        text = desk.path.read_text("utf-8").replace('"desk"', '"other"')
        assert await desk.reload(text) == ""
        await desk.later()
        ((_, _, state, _),) = desk.alerts()
        assert state == "failed"


@pytest.mark.slow
async def test_what_is_owed_to_many_receivers_is_told_from_few_transactions(tmp_path: Path) -> None:
    names = tuple(f"desk{number}" for number in range(8))
    async with counter(tmp_path, f"[[route]]\nreceivers = {list(names)}\n", names) as desk:
        begun: list[str] = []
        event.listen(desk.pipeline.store.engine, "begin", lambda _: begun.append("begun"))
        await desk.tell("Rome talks")
        assert all(desk.subjects(name) == ["Rome talks"] for name in names)
        assert len(begun) < 40  # 3 an alert and more, if each had its own


@pytest.mark.slow
async def test_an_alert_whose_template_fails_waits_and_goes_out_once_that_is_mended(tmp_path: Path) -> None:
    async with counter(tmp_path, DESK) as desk:
        template = tmp_path / "body.json"
        template.write_text('{"id": {{ id|tojson }}, "n": {{ 1 // (subject|length - 18) }}}', "utf-8")
        text = desk.path.read_text("utf-8").replace('kind = "webhook"', 'kind = "webhook"\ntemplate = "body.json"')
        assert await desk.reload(text) == ""
        await desk.tell("Rome talks")  # "[Talks] Rome talks" has 18 letters, and no sample has
        assert desk.hooks["desk"].tries == 0
        with reading(desk.pipeline.store.engine) as connection:
            row = connection.execute(select(ALERT.c.uid, ALERT.c.state, ALERT.c.last_error)).one()
        assert row.state == "owed"
        assert "body.json:1: " in row.last_error
        template.write_text('{"id": {{ id|tojson }}}', "utf-8")
        assert await desk.reload(text) == ""
        await desk.later()
        assert [body["id"] for body in desk.bodies()] == [row.uid]
