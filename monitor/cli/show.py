"""The demo: a newsroom and two sinks on loopback, the daemon between them, and what came of it."""

import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from monitor.archive import Archive, Question
from monitor.cli.log import start_log
from monitor.cli.output import safe, say, show_table
from monitor.config import load
from monitor.daemon import make_beats, opened, run
from monitor.demo.newsroom import Newsroom
from monitor.demo.sinks import HookSink, MailSink
from monitor.edge import search, sources
from monitor.edge.store import Store
from monitor.edge.story_views import find_stories, find_story
from monitor.model import Article
from monitor.newsstand import load_press
from monitor.reports import report, summarise
from monitor.rules import Rules
from monitor.settings import Config, LogConfig
from monitor.think.press import outlet_of

DAWN = datetime(2000, 1, 1, tzinfo=UTC)  # before all stories

# It signs the messages of the demo to itself, and nothing else.
DEMO_SECRET = "whsec_ZGVtby1zZWNyZXQtb2YtdGhlLWRlbW8tbmV3c3Jvb20="  # noqa: S105
QUERIES = (
    "@lavrov OR @blinken OR @rutte",
    '"military aid" OR title:(HIMARS OR Javelin OR Patriot)',
    "lang:uk AND title:(НАТО OR росі*)",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """The newsroom, the sinks, and the configuration that leads from one to the others."""

    config: Config
    mail: MailSink
    hook: HookSink


async def show_demo(*, keep: bool) -> None:
    """Run the whole job on the demo newsroom and print what happened; with `keep`, go on until stopped."""
    start_log(LogConfig(level="error"))
    with _folder(keep=keep) as folder:
        async with _staged(folder) as stage:
            await _show(stage)
            if keep:
                path = stage.config.source
                say(f"\n[bold]Going on[/]: `monitor -c {path} status` in another shell; Ctrl-C ends it.")
                start_log(stage.config.log)
                await run(lambda: load(path))


async def _show(stage: Stage) -> None:
    started = time.monotonic()
    say("[bold]A newsroom on loopback: polling its feeds, reading its pages, matching, telling …[/]\n")
    async with opened(stage.config) as pipeline:
        await make_beats(pipeline).drain()
        took = time.monotonic() - started
        _show_polled(pipeline.store, took)
        _show_flagged(pipeline.store)
        _show_story(pipeline.store, pipeline.rulebook.rules)
        _show_received(stage)
        _show_answers(pipeline.store, pipeline.rulebook.rules)
    say(f"\nDone in {time.monotonic() - started:.1f} s, offline.")


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        yield Path(tempfile.mkdtemp(prefix="monitor-demo-"))
        return
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        yield Path(folder)


@asynccontextmanager
async def _staged(folder: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        newsroom = await stack.enter_async_context(Newsroom())
        mail = await stack.enter_async_context(MailSink())
        hook = await stack.enter_async_context(HookSink(secret=DEMO_SECRET))
        path = folder / "config.toml"
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o700)
        (secrets / "demo-hook").write_text(DEMO_SECRET)
        path.write_text(demo_config(newsroom, mail, hook), "utf-8")
        yield Stage(load(path), mail, hook)


def demo_config(newsroom: Newsroom, mail: MailSink, hook: HookSink) -> str:
    """The configuration that watches the newsroom and tells both sinks."""
    feeds = "".join(
        f"\n[[feed]]\nname = {json.dumps(feed.name)}\nurl = {json.dumps(feed.url)}\n"
        f"language = {json.dumps(feed.language)}\nkind = {json.dumps(feed.kind)}\n"
        for feed in newsroom.feeds
    )
    return f"""\
secrets_dir = "secrets"

[database]
path = "monitor.db"

[fetch]
contact = "demo@localhost"
per_host = 8
allow_private = ["{newsroom.base.removeprefix("http://")}"]

[deliver]
allow_private = ["127.0.0.1:{hook.port}"]

[topics]
packs = ["russia-ukraine-nato"]
{feeds}
[[receiver]]
name = "mail"
kind = "email"
host = "{mail.host}"
port = {mail.port}
security = "none"
sender = "monitor@demo.example"
to = ["desk@demo.example"]

[[receiver]]
name = "hook"
kind = "webhook"
url = "{hook.url}"
signing_secrets = ["demo-hook"]

[[route]]
receivers = ["mail", "hook"]
"""


def _show_polled(store: Store, took: float) -> None:
    rows = [
        (feed.name, feed.kind, feed.language, shown, feed.last_error or "polled")
        for feed, shown in sources.known_feeds(store.engine)
    ]
    show_table(f"1. Polled, in {took:.1f} s", ("feed", "format", "lang", "articles", ""), rows, empty="")
    notes = [
        (article.id, article.title, article.note)
        for article in _all(store)
        if article.note or article.state == "failed"
    ]
    show_table("\n   Pages that could not be had: the feed's own text serves", ("id", "title", "why"), notes, empty="")


def _all(store: Store) -> Iterator[Article]:
    return (found.article for found in search.every_article(store.engine))


def _show_flagged(store: Store) -> None:
    rows, passed = [], 0
    for article in _all(store):
        dossier = search.find_article(store.engine, str(article.id))
        if dossier is None or not dossier.matches:
            passed += 1
            continue
        labels = dict.fromkeys(item.label for item in dossier.matches[0].evidence)
        rows.append((article.id, article.language, article.title, article.story_id, ", ".join(islice(labels, 6))))
    rows.reverse()
    show_table(
        f"\n2. Flagged {len(rows)} articles; {passed} others were read and left alone",
        ("id", "lang", "title", "story", "because of"),
        rows,
        empty="",
    )


def _show_story(store: Store, rules: Rules) -> None:
    """The story that most voices tell."""
    told = max(
        find_stories(store.engine, DAWN), key=lambda one: (len(summarise(one, DAWN).voices.voices), one.story.id)
    )
    made = report(find_story(store.engine, told.story.id), rules, ["en"])
    voices = made.voices
    say(f"\n[bold]3. One event[/], told by {len(voices.outlets)} outlets in: {', '.join(voices.languages)}")
    say(f"   story {made.story.id}: {safe(made.headline)}")
    for quotation in made.extract[:2]:
        say(f"   | {safe(quotation.text)} ({safe(quotation.outlet)})")
    counted = f"{len(voices.voices)} independent voices; {voices.copies} of the {voices.articles} articles are copies"
    rows = [
        (
            article.id,
            article.language,
            outlet_of(article, load_press()).name,
            f"copy of {article.copy_of}" if article.copy_of else article.title,
        )
        for article in made.articles
    ]
    show_table(f"   {counted}", ("id", "lang", "outlet", "title"), rows, empty="")


def _show_received(stage: Stage) -> None:
    mails = stage.mail.messages
    say(f"\n[bold]4. Told[/]: {len(mails)} mails and {len(stage.hook.received)} webhooks, one a story each.")
    if mails:
        say("   The first mail:")
        for name in ("Subject", "Message-ID"):
            say(f"   | {name}: {safe(mails[0][name])}")
        body = mails[0].get_body(("plain",))
        for line in (body.get_content() if body else "").splitlines()[:18]:
            say(f"   | {safe(line)}")
    if stage.hook.received:
        _headers, sent = stage.hook.received[0]
        payload = json.loads(sent)
        say(f"   The first webhook, its signature {'verified' if all(stage.hook.verified) else 'BAD'}:")
        say(f"   | {safe(json.dumps(payload, ensure_ascii=False)[:300])} …")


def _show_answers(store: Store, rules: Rules) -> None:
    say("\n[bold]5. The archive, asked[/]")
    archive = Archive(store.engine, rules)
    for query in QUERIES:
        found = archive.ask(Question(query, limit=5))
        rows = [(hit.article.id, hit.article.language, hit.article.title) for hit in found.hits]
        show_table(f"monitor search {query!r}: {found.total} articles", ("id", "lang", "title"), rows, empty="none")
