"""`monitor topics backtest`: a topic put to the archive, against what it flagged before."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.measured import evidence_of, score_of
from monitor.cli.output import NOT_FOUND, complain, err, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.backtests import Backtest, Difference
    from monitor.edge.store import Store
    from monitor.model import Article
    from monitor.trials import Comparison, Trial

INTERRUPTED = 130


def backtest(
    topic: Annotated[str, typer.Argument(help="The topic's name.")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Only articles published since (UTC)."),
    ] = None,
    against: Annotated[
        str, typer.Option(help="A rule's version as kept with matches, or a pack file with a changed topic.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="At most so many articles now; 0: all.")] = 0,
    shown: Annotated[int, typer.Option("--samples", min=0, max=200, help="Samples of either kind.")] = 10,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Put a topic to the archive: what it would flag, and what that adds and removes; nothing else is changed.

    Interrupted, the same command goes on where it stopped.
    """
    from monitor.edge.backtests import Plan, open_backtest, remaining  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415

    with archive(load_config()) as store:
        comparison = _compare(store, topic, against)
        plan = Plan(topic, comparison.trial.version, comparison.against, since.replace(tzinfo=UTC) if since else None)
        begun = open_backtest(store.engine, plan, clock(), fresh=fresh)
        _say_where(begun, remaining(store.engine, begun))
        done = _work(store, comparison, begun, limit)
        if as_json:
            show_json(_as_values(store, comparison, begun, done, shown))
        else:
            _print(store, comparison, done, shown)


def _compare(store: "Store", topic: str, against: str) -> "Comparison":
    from monitor.cli.trial import choose, draft  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.backtests import stored_versions  # noqa: PLC0415
    from monitor.trials import against_rule, against_stored  # noqa: PLC0415

    config = load_config()
    trial = choose(config, topic)
    if against.endswith(".toml") or Path(against).is_file():
        changed = draft(config, Path(against), topic)
        return against_rule(changed, trial)
    if not against:
        return against_stored(store.engine, trial)
    versions = stored_versions(store.engine, topic)
    chosen = [version for version in versions if version.startswith(against)]
    if len(chosen) != 1:
        known = ", ".join(f"{version} ({count})" for version, count in versions.items())
        complain(
            f"{'more than one rule' if chosen else 'no rule'} that made matches of {topic} begins with {against!r}",
            f"these made matches: {known or 'none'}; a pack file is named with .toml at its end",
        )
        raise typer.Exit(NOT_FOUND)
    return against_stored(store.engine, trial, chosen[0])


def _say_where(begun: "Backtest", ahead: int) -> None:
    if not begun.read:
        return
    when = f"{begun.started_at:%Y-%m-%d %H:%M} UTC"
    if ahead:
        err.print(f"going on after {begun.read} articles, begun {when}; {ahead} are left (--fresh starts over)")
    else:
        err.print(f"all {begun.read} articles were read already, begun {when} (--fresh starts over)")


def _work(store: "Store", comparison: "Comparison", begun: "Backtest", limit: int) -> "Backtest":
    """Go on until nothing is left, the limit is reached, or somebody interrupts; each batch is saved."""
    from monitor.cli.progress import progress  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.backtests import finish, next_articles, remaining  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.trials import put  # noqa: PLC0415

    state = begun
    ahead = remaining(store.engine, begun)
    try:
        with progress(comparison.trial.topic.name, min(limit, ahead) if limit else ahead) as advance:
            while articles := next_articles(store.engine, state, _size(limit, state.read - begun.read)):
                state = put(store.engine, comparison, state, articles, clock())
                advance(len(articles))
    except KeyboardInterrupt:
        err.print(f"interrupted; {state.read} articles are done, the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from None
    left = remaining(store.engine, state)
    if left:
        err.print(f"stopped after {state.read - begun.read} articles; {left} are left, the same command goes on")
        return state
    return state if state.finished_at else finish(store.engine, state, clock())


def _size(limit: int, done: int) -> int:
    from monitor.trials import BATCH  # noqa: PLC0415 - keeps --help quick

    return min(BATCH, limit - done) if limit else BATCH


def _print(store: "Store", comparison: "Comparison", done: "Backtest", shown: int) -> None:
    trial = comparison.trial
    since = f", articles since {safe(done.plan.since)}" if done.plan.since else ""
    say(f"topic {safe(trial.topic.name)}, rule {trial.version}, from {safe(trial.topic.source)}{since}")
    say(f"against {safe(comparison.against)}\n")
    rows = [
        ("read", done.read),
        ("would be flagged", done.flagged),
        ("both agree on", done.flagged - done.added),
        ("added", done.added),
        ("removed", done.removed),
    ]
    show_table("", ("articles", ""), rows, empty="")
    for change, count in (("added", done.added), ("removed", done.removed)):
        found = _samples(store, comparison, done, change, shown)
        if found:
            columns = ("id", "lang", "published (UTC)", "score", "title", "because of")
            most = f"all {count}" if count == len(found) else f"{len(found)} of {count}"
            show_table(f"\n{change.capitalize()}, {most}", columns, found, empty="")


def _samples(
    store: "Store", comparison: "Comparison", done: "Backtest", change: str, shown: int
) -> list[tuple[object, ...]]:
    from monitor.edge.backtests import samples  # noqa: PLC0415 - keeps --help quick

    return [
        (
            article.id,
            article.language,
            article.published_at or article.seen_at,
            score_of(each.score, comparison.trial) if change == "added" else f"{each.score:.2f}",
            article.title,
            _reason(each, article, comparison.trial),
        )
        for each, article in samples(store.engine, done, change, shown)
    ]


def _reason(difference: "Difference", article: "Article", trial: "Trial") -> str:
    """What speaks for an article that is added; for one that is removed, also what is missing now."""
    from monitor.trials import why_missed  # noqa: PLC0415 - keeps --help quick

    found = evidence_of(difference.evidence)
    if difference.change == "added":
        return found
    missed = why_missed(article, trial)
    return f"had {found}; now {missed[:160]}" if missed else found


def _as_values(
    store: "Store", comparison: "Comparison", begun: "Backtest", done: "Backtest", shown: int
) -> dict[str, Any]:
    from monitor.edge.backtests import remaining, samples  # noqa: PLC0415 - keeps --help quick

    return {
        "topic": comparison.trial.topic.name,
        "version": comparison.trial.version,
        "against": comparison.against,
        "since": done.plan.since,
        "started_at": done.started_at,
        "finished_at": done.finished_at,
        "resumed_after": begun.read,
        "remaining": remaining(store.engine, done),
        "read": done.read,
        "flagged": done.flagged,
        "added": done.added,
        "removed": done.removed,
        "samples": {
            change: [
                {
                    "article_id": article.id,
                    "url": article.url,
                    "title": article.title,
                    "language": article.language,
                    "published_at": article.published_at,
                    "score": each.score,
                    "evidence": each.evidence,
                    "reason": _reason(each, article, comparison.trial),
                }
                for each, article in samples(store.engine, done, change, shown)
            ]
            for change in ("added", "removed")
        },
    }
