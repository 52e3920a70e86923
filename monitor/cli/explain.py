"""`monitor explain`: the whole path from an article to what its topics say of it, and to who was told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, headline, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.search import Dossier
    from monitor.model import Article, Evidence
    from monitor.rules import Rules
    from monitor.settings import Config
    from monitor.think.explain import Explanation
    from monitor.think.judge import Verdict

_WIDE = 60  # characters of a query in a table
_DEEP = 6  # clauses within clauses that are shown
_FIGURES = 8  # of a candidate story, those that moved its score most
_MANY = 12  # clauses of one kind: of longer lists, those that hold are shown and the others counted


def explain(
    article: Annotated[str, typer.Argument(help="An article's number or URL, a page's URL, or a file.")],
    topic: Annotated[str, typer.Argument(help="One topic, in full detail.")] = "",
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
    story: Annotated[bool, typer.Option("--story", help="Explain how it found its story instead.")] = False,  # noqa: FBT002
) -> None:
    """Explain why topics ask for an article or do not, point by point, and who was told of it."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick
    from monitor.think.explain import explain as explain_article  # noqa: PLC0415

    config = load_config()
    if story:
        _explain_story(config, article, as_json=as_json)
        return
    rules = load_rules(config)
    if topic and topic not in {known.name for known in rules.pack.topics}:
        known = ", ".join(sorted(each.name for each in rules.pack.topics)) or "none"
        complain(f"no topic is named {topic!r}", f"there are: {known}")
        raise typer.Exit(NOT_FOUND)
    dossier = _find(config, article)
    found = dossier.article if dossier else _read(config, article)
    explained = explain_article(found, rules.compiled, topic)
    if as_json:
        show_json({"article": found, "topics": explained, "alerts": dossier.alerts if dossier else ()})
        return
    headline(found)
    for each in explained:
        _show(each, whole=bool(topic))
    if dossier:
        for line in _told(dossier, explained, rules):
            say(line)


def _explain_story(config: "Config", article: str, *, as_json: bool) -> None:
    """The stories that an article might have joined, with the points of each figure, and what was decided."""
    from monitor.verdicts import find_verdict  # noqa: PLC0415 - keeps --help quick

    dossier = _find(config, article)
    with archive(config) as store:
        found = find_verdict(store.engine, dossier.article, config.tell.story_window) if dossier else None
    if dossier is None or found is None:
        complain(
            f"{article} is not among the articles that stories are found by", "only recent articles are kept there"
        )
        raise typer.Exit(NOT_FOUND)
    if as_json:
        show_json(found)
        return
    headline(dossier.article)
    say(f"story {found.story_id}: {safe(found.why)}")
    say(f"a story is joined from {found.threshold:.2f} points on")
    for each in found.candidates:
        near = f", nearest article {each.article_id}" if each.article_id else ""
        rows = [
            (f"{part.points:+.2f}", f"{part.value:.3f}", part.name)
            for part in sorted(each.features, key=lambda part: -abs(part.points))[:_FIGURES]
        ]
        title = f"\nstory {each.story_id}: {each.score:.2f} points{near}"
        show_table(title, ("points", "value", "figure"), rows, empty="")


def _find(config: "Config", article: str) -> "Dossier | None":
    """The article of that number or URL in the archive; a number that it does not know ends with a complaint."""
    from monitor.edge.search import find_article  # noqa: PLC0415 - keeps --help quick
    from monitor.think.discover import canonical  # noqa: PLC0415

    with archive(config) as store:
        dossier = find_article(store.engine, article, canonical(article))
    if dossier is None and article.isdecimal():
        complain(f"no article has the number {article}", "`monitor search` shows numbers")
        raise typer.Exit(NOT_FOUND)
    return dossier


def _read(config: "Config", source: str) -> "Article":
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.reading import read_source  # noqa: PLC0415 - keeps --help quick

    return asyncio.run(read_source(config, source))


def _show(each: "Explanation", *, whole: bool) -> None:
    colour, says = ("green", "matches") if each.held else ("yellow", "does not match")
    points = f": {each.points:.2f} of {each.topic.threshold:.2f} points" if each.topic.signals else ""
    say(f"\n[bold {colour}]{safe(each.topic.name)}[/] {says}{points} [dim](rule {each.version})[/]")
    for reason in each.reasons:
        say(f"  {safe(reason)}")
    if whole:
        say("its query:")
        for line in _lines(each.verdict, 1):
            say(line)
    if each.signals and (whole or each.held):
        rows = [
            (
                f"{part.points:+.2f}",
                f"{part.weight:+g} × {part.presence:.2f}",
                _short(part.query),
                _quoted(part.evidence),
            )
            for part in each.signals
        ]
        show_table("", ("points", "weight × presence", "signal", "found"), rows, empty="")


def _quoted(evidence: "tuple[Evidence, ...]") -> str:
    """What was found, by zone, each once."""
    said: dict[str, list[str]] = {}
    for item in evidence:
        found = said.setdefault(item.zone, [])
        text = " ".join(item.found.split())
        if text.casefold() not in {known.casefold() for known in found}:
            found.append(text)
    return "; ".join(f"{zone}: {', '.join(found[:4])}" for zone, found in said.items())


def _short(query: str) -> str:
    line = " ".join(query.split())
    return line if len(line) <= _WIDE else line[: _WIDE - 1] + "…"


def _lines(verdict: "Verdict", depth: int) -> Iterator[str]:
    """A verdict as an indented tree."""
    mark = "[green]+[/]" if verdict.held else "[red]-[/]"
    found = ", ".join(dict.fromkeys(f"{item.found} ({item.zone})" for item in verdict.evidence[:3]))
    yield f"{'  ' * depth}{mark} {safe(verdict.label)}{f'  [dim]{safe(found)}[/]' if found else ''}"
    if depth >= _DEEP:
        return
    shown = [child for child in verdict.children if child.held] if len(verdict.children) > _MANY else verdict.children
    for child in shown:
        yield from _lines(child, depth + 1)
    if len(shown) < len(verdict.children):
        yield f"{'  ' * (depth + 1)}[dim]… and {len(verdict.children) - len(shown)} that do not hold[/]"


def _told(dossier: "Dossier", explained: "tuple[Explanation, ...]", rules: "Rules") -> Iterator[str]:
    """Who was told of an article in the archive, and why not where nobody was."""
    from monitor.think.route import fits  # noqa: PLC0415 - keeps --help quick

    stored = {match.topic: match for match in dossier.matches}
    told = {alert.topic: alert for alert in dossier.alerts}
    yield ""
    for each in explained:
        name, match = each.topic.name, stored.get(each.topic.name)
        if match is None:
            if each.held:
                yield f"{safe(name)}: not in force, or another rule, when the article was read; it is not told of it"
            continue
        changed = "" if match.version == each.version else f" [yellow](by the earlier rule {safe(match.version)})[/]"
        routed = any(fits(route, match, dossier.article) for route in rules.routes)
        if name in told:
            alert = told[name]
            yield f"{safe(name)}: told to {safe(alert.receiver)} ({alert.state}, {safe(alert.uid)}){changed}"
        elif dossier.article.backlog:
            yield f"{safe(name)}: old news of a feed's first poll: kept, and told to nobody{changed}"
        elif not routed:
            yield f"{safe(name)}: no route asks for it: see \\[\\[route]] in the configuration{changed}"
        else:
            yield f"{safe(name)}: its story was told already, or is about to be: `monitor show` tells which{changed}"
