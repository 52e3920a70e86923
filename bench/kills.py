"""kill -9 at random moments of delivery, to servers that fail on plan: what is lost, and what is repeated.

    python bench/kills.py --kills 200

A process delivers what an archive owes to three receivers on loopback: a webhook, a mail server, and a webhook that is
told by digests. The servers refuse for now and for good, ask for a rest, do not answer, and hang up before and after
they took a message. Between two lives new alerts are owed. The last life is left to finish.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from loguru import logger
from sqlalchemy import insert, select

from monitor.beat import Beat
from monitor.channels import open_channels
from monitor.config import load
from monitor.delivery import Deliverer
from monitor.edge.claims import release
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.rows import from_alert, from_match
from monitor.edge.store import Store
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, MATCH, STORY
from monitor.model import Alert, Match
from monitor.rules import Rulebook, Rules, load_rules
from monitor.settings import Config
from monitor.wire import open_store

STORIES = 2  # that are new in each life, with some eight alerts
MESSAGES = 8  # a life ends after so many at most, and
LAST_S = 0.03  # up to so much later: before, between or after what is written of the next ones
HURRY_S = 3.0  # when servers fail and nothing is due
SILENCE_S = 0.6  # longer than the receivers' timeout
# What a server does with a message, and how often in a hundred; the rest it takes.
PLAN = {"later": 6, "busy": 3, "silent": 2, "dropped": 5, "taken, silent": 2, "taken, dropped": 6}
NEVER = 41  # each such story is refused for good

CONFIG = """
[database]
path = "monitor.db"
[deliver]
allow_private = ["127.0.0.0/8"]
first_retry = "0.05s"
max_backoff = "0.3s"
per_receiver = 8
break_after = 20
[[topic]]
name = "war"
query = "shelling"
[[receiver]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:{http}/hook"
timeout = "0.4s"
[[receiver]]
name = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "monitor@news.example"
to = ["desk@news.example"]
timeout = "0.4s"
[[receiver]]
name = "digest"
kind = "webhook"
url = "http://127.0.0.1:{http}/digest"
timeout = "0.4s"
[[route]]
name = "alone"
receivers = ["hook", "mail"]
continue = true
[[route]]
name = "together"
receivers = ["digest"]
group_by = "topic"
group_wait = "0.2s"
group_interval = "0.2s"
"""


@dataclass
class Sinks:
    """What the servers took, in order: receiver, id, body, and the ids of the alerts that it tells of."""

    chance: random.Random
    told: list[tuple[str, str, bytes, tuple[str, ...]]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def fate(self, receiver: str, uid: str, body: bytes, alerts: tuple[str, ...], *, never: bool) -> str:
        fate = (
            "never" if never else self.chance.choices([*PLAN, "taken"], [*PLAN.values(), 100 - sum(PLAN.values())])[0]
        )
        self.asked[fate] += 1
        if fate.startswith("taken"):
            self.told.append((receiver, uid, body, alerts))
        return fate

    async def post(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        message, receiver = json.loads(body), request.path.strip("/")
        uid, data = request.headers["webhook-id"], message["data"]
        alerts = tuple(each["id"] for each in data["alerts"]) if "alerts" in data else (uid,)
        never = receiver == "hook" and data["story"]["id"] % NEVER == 0
        fate = self.fate(receiver, uid, body, alerts, never=never)
        if fate.endswith("silent"):
            await asyncio.sleep(SILENCE_S)
        if fate.endswith("dropped") and request.transport:
            request.transport.abort()
        if fate == "busy":
            return web.Response(status=429, headers={"Retry-After": "0"})
        return web.Response(status={"later": 503, "never": 400}.get(fate, 204))

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        uid = message_from_bytes(envelope.content, policy=policy.default)["Message-ID"].strip("<>").partition("@")[0]
        fate = self.fate("mail", uid, envelope.content, (uid,), never=False)
        if fate.endswith("silent"):
            await asyncio.sleep(SILENCE_S)
        if fate.endswith("dropped"):
            server.transport.abort()
        return {"later": "451 later", "busy": "421 busy"}.get(fate, "250 taken")


@contextmanager
def served(sinks: Sinks) -> Iterator[tuple[int, int]]:
    """The servers, in a thread of their own; their ports."""
    loop, ports, stop = asyncio.new_event_loop(), [0, 0], asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(sinks.post, access_log=None), handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        mail = await loop.create_server(lambda: SMTP(sinks, hostname="mail.example", loop=loop), "127.0.0.1", 0)
        ports[:] = runner.addresses[0][1], mail.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        mail.close()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield ports[0], ports[1]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def owe(store: Store, first: int) -> None:
    """Owe alerts of some new stories to all receivers; each third story has an update, too."""
    now = clock()
    found = Match("war", "v", "high", 1.0, ())
    for number in range(first, first + STORIES):
        url, title = f"https://site.example/{number}", f"Shelling of port {number}"
        row = {"id": number, "key": url, "url": url, "title": title, "text": f"{title}.", "seen_at": now}
        made = [
            Alert(
                f"alt_{receiver}{number:06}{sequence}",
                receiver,
                "war",
                number,
                sequence,
                number,
                created_at=now,
                owed_at=now,
                due_at=now,
                route="together" if receiver == "digest" else "alone",
                reason="more voices" if sequence else "",
            )
            for receiver in ("hook", "mail", "digest")
            for sequence in range(1 + (number % 3 == 0))
        ]
        with writing(store.engine) as connection:
            connection.execute(insert(ARTICLE).values(**row, state="done", backlog=False, failures=0, revision=0))
            connection.execute(
                insert(STORY).values(id=number, headline=title, articles=1, opened_at=now, latest_at=now)
            )
            connection.execute(insert(MATCH).values(from_match(found, number, now)))
            connection.execute(insert(ALERT), [from_alert(alert) for alert in made])


# A life


def bear(folder: Path) -> None:
    """For each line of the standard input, a process that delivers; its number, and then how it ended."""
    logger.remove()
    config = load(folder / "config.toml")
    rules = load_rules(config)
    for line in sys.stdin:
        number = os.fork()
        if not number:
            asyncio.run(deliver(config, rules, finish=line.strip() == "finish"))
            os._exit(0)
        print(number, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), flush=True)


async def deliver(config: Config, rules: Rules, *, finish: bool) -> None:
    store, disk = open_store(config, f"kills-{os.getpid()}"), ThreadPoolExecutor(1)

    async def on_disk(function: Any, *words: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(disk, lambda: function(*words))

    release(store.engine, "kills-%")  # nobody else delivers: every lease is that of one that was killed
    async with AsyncExitStack() as stack:
        book = Rulebook(config, rules, await open_channels(config, stack, store.engine))
        deliverer = Deliverer(store, on_disk, lambda: book)

        async def put_off(_item: Any, error: BaseException) -> None:
            raise SystemExit(f"a fault in the program: {error!r}")

        beat = Beat("deliver", deliverer.claim, deliverer.deliver, put_off, limit=100)
        while not (finish and await on_disk(is_done, store)):
            await beat.tick()
            await asyncio.sleep(0.01)
    store.close()


def is_done(store: Store) -> bool:
    with reading(store.engine) as connection:
        waiting = [select(table.c.id).where(table.c.state.in_(("owed", "held"))) for table in (ALERT, DISPATCH)]
        return all(connection.execute(asked.limit(1)).first() is None for asked in waiting)


# The judgement


@dataclass(frozen=True)
class Report:
    """What came of it; all but the first seven must be nothing."""

    kills: int
    alerts: int
    sent: int
    failed: int
    messages: int
    repeats: int
    fates: dict[str, int]
    lost: tuple[str, ...] = ()  # said to be sent, and no server took them
    unsettled: tuple[str, ...] = ()
    under_two_ids: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # repeats that said something else than the first time
    out_of_order: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """What was promised and not kept."""
        return self.lost + self.unsettled + self.under_two_ids + self.changed + self.out_of_order


def judged(store: Store, sinks: Sinks, kills: int) -> Report:
    with reading(store.engine) as connection:
        rows = connection.execute(select(ALERT.c.uid, ALERT.c.state, ALERT.c.story_id)).all()
    state = {row.uid: row.state for row in rows}
    bearers, bodies, first = defaultdict[str, set[str]](set), defaultdict[str, set[bytes]](set), dict[str, int]()
    for place, (_, uid, body, alerts) in enumerate(sinks.told):
        bodies[uid].add(body)
        for alert in alerts:
            bearers[alert].add(uid)
            first.setdefault(alert, place)
    updates = [uid for uid in first if uid.endswith("1") and state.get(f"{uid[:-1]}0") == "sent"]
    messages = {uid for _, uid, _, _ in sinks.told}
    report = Report(
        kills=kills,
        alerts=len(state),
        sent=sum(each == "sent" for each in state.values()),
        failed=sum(each == "failed" for each in state.values()),
        messages=len(messages),
        repeats=len(sinks.told) - len(messages),
        fates=dict(sinks.asked),
    )
    refused = {row.uid for row in rows if row.story_id % NEVER == 0 and row.uid.startswith("alt_hook")}
    return replace(
        report,
        lost=tuple(uid for uid, each in state.items() if each == "sent" and uid not in first),
        unsettled=tuple(uid for uid, each in state.items() if each != ("failed" if uid in refused else "sent")),
        under_two_ids=tuple(uid for uid, uids in bearers.items() if len(uids) > 1),
        changed=tuple(uid for uid, said in bodies.items() if len(said) > 1),
        out_of_order=tuple(uid for uid in updates if first[uid] < first.get(f"{uid[:-1]}0", -1)),
    )


def wait(sinks: Sinks, chance: random.Random) -> None:
    """Until a random moment in a life: counted in messages, for how fast it lives depends on the machine."""
    enough, end = sinks.asked.total() + chance.randrange(MESSAGES), time.monotonic() + HURRY_S
    while sinks.asked.total() < enough and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(chance.uniform(0, LAST_S))


def run(kills: int, folder: Path, seed: int = 7) -> Report:
    """Kill a delivering process so many times, let the last one finish, and judge what arrived."""
    chance = random.Random(seed)
    sinks = Sinks(random.Random(seed))
    with served(sinks) as (http, smtp):
        (folder / "config.toml").write_text(CONFIG.format(http=http, smtp=smtp), "utf-8")
        store = open_store(load(folder / "config.toml"), "parent")
        store.upgrade(clock())
        command = [sys.executable, __file__, "--bear", str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
            assert nursery.stdin
            assert nursery.stdout
            for life in range(kills + 1):
                owe(store, 1 + life * STORIES)
                nursery.stdin.write("finish\n" if life == kills else "live\n")
                nursery.stdin.flush()
                number = int(nursery.stdout.readline())
                if life < kills:
                    wait(sinks, chance)
                    os.kill(number, signal.SIGKILL)
                ended = int(nursery.stdout.readline())
                assert ended == (0 if life == kills else -signal.SIGKILL), f"a life ended with {ended}"
            nursery.stdin.close()
        report = judged(store, sinks, kills)
        store.close()
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bear", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bear:
        bear(options.bear)
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = run(options.kills, Path(folder), options.seed)
    print(
        f"{report.kills} kills in {time.monotonic() - started:.0f} s: {report.alerts} alerts, {report.sent} sent, "
        f"{report.failed} failed as planned"
    )
    print(f"the servers were asked {sum(report.fates.values())} times: {report.fates}")
    print(f"{report.messages} messages taken, and {report.repeats} repeats, each under the id of the first")
    for name in ("lost", "unsettled", "under_two_ids", "changed", "out_of_order"):
        print(f"{name.replace('_', ' ')}: {len(getattr(report, name))} {getattr(report, name)[:3] or ''}")
    sys.exit(bool(report.broken))


if __name__ == "__main__":
    main()
