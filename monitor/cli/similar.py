"""`monitor similar`: an article, a page, a file or a pasted text becomes the articles of the archive most like it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, err, safe, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.store import Store
    from monitor.model import Article
    from monitor.settings import Config

_PASTED = 2_000_000  # characters
_TITLE = 200  # characters


def similar(
    source: Annotated[str, typer.Argument(help="An article's number or URL, any page's URL, a file, or - to paste.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=60, help="At most so many articles.")] = 10,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Find the articles most like one, or like a text, with the words that they share; exit code 4: there are none."""
    from monitor.alike import alike  # noqa: PLC0415 - keeps --help quick
    from monitor.archive import Archive  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    with archive(config) as store:
        article = _article(config, store, source)
        found = alike(Archive(store.engine, load_rules(config)), article, limit)
    if as_json:
        show_json([
            {"article": each.article, "likeness": each.score, "words": each.words, "names": each.names}
            for each in found
        ])  # fmt: skip
    else:
        if not source.isdecimal():
            err.print(f"[dim]like: {safe(article.title or article.text[:80])}[/]")
        rows = [
            (
                each.article.id,
                f"{each.score:.2f}",
                each.article.published_at or each.article.seen_at,
                each.article.site,
                each.article.language,
                each.article.title,
                ", ".join((*(f"@{name}" for name in each.names[:3]), *each.words[:5])),
            )
            for each in found
        ]
        columns = ("id", "like", "published (UTC)", "site", "lang", "title", "shares")
        show_table("", columns, rows, empty="the archive holds nothing like it")
    if not found:
        raise typer.Exit(NOT_FOUND)


def _article(config: "Config", store: "Store", source: str) -> "Article":
    """What is asked for: of the archive where it is known there, else read now."""
    from monitor.edge.search import find_article  # noqa: PLC0415 - keeps --help quick
    from monitor.think.discover import canonical  # noqa: PLC0415

    if source == "-":
        return pasted(sys.stdin.read(_PASTED))
    kept = find_article(store.engine, source, canonical(source))
    if kept:
        return kept.article
    if source.isdecimal() and not Path(source).is_file():
        complain(f"no article has the number {source}", "`monitor search` shows numbers")
        raise typer.Exit(NOT_FOUND)
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.reading import read_source  # noqa: PLC0415 - heavy

    return asyncio.run(read_source(config, source))


def pasted(text: str) -> "Article":
    """A text as an article; its first paragraph is its title, if it is short and more follows."""
    from monitor.model import Article  # noqa: PLC0415 - keeps --help quick
    from monitor.think.language import clean, detect  # noqa: PLC0415

    said = clean(text).strip()
    if not any(map(str.isalnum, said)):
        raise typer.BadParameter("there is no text to compare: give it on standard input")
    title, parted, rest = said.partition("\n")
    if not parted or len(title) > _TITLE:
        title, rest = "", said
    return Article(id=0, key="-", url="", title=title.strip(), text=rest.strip(), language=detect(said))
