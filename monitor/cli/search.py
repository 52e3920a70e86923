"""`monitor search`: a question to the archive becomes a table, facets, or a file for other programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.archive import Answer, Archive, Hit, Question
    from monitor.model import Article
    from monitor.think.excerpt import Passage

_UNREAD = "unread"
_BAR = 24  # characters

QUERY = Annotated[str, typer.Argument(help="In the query language that topics use: docs/query-language.md.")]
ORDER_OPTION = Annotated[
    Literal["newest", "oldest", "relevance", "voices"], typer.Option("--order", "-o", help="What comes first.")
]


@dataclass(frozen=True, slots=True)
class _Form:
    """In what form an answer is wanted, and where."""

    kind: str = "table"  # json, jsonl, csv, parquet
    target: Path | None = None
    whole: bool = False
    answer: bool = False


def search(
    query: QUERY = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many articles.")] = 20,
    order: ORDER_OPTION = "newest",
    facets: Annotated[str, typer.Option(help="Also count by topic,source,country,language,entity,day.")] = "",
    cursor: Annotated[str, typer.Option(help="The next page: what the page before printed at its end.")] = "",
    snippets: Annotated[bool, typer.Option("--snippets", "-s", help="Show where it was found.")] = False,  # noqa: FBT002
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
    answer: Annotated[bool, typer.Option("--answer", help="With --json: total, facets and cursor, too.")] = False,  # noqa: FBT002
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print an article a line, as JSON.")] = False,  # noqa: FBT002
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,  # noqa: FBT002
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet file (needs the extra `export`).")] = None,
    to: Annotated[Path | None, typer.Option(help="Write into this file, whole or not at all.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="Export all that answers, not a page of it.")] = False,  # noqa: FBT002
) -> None:
    """Find articles in the archive; exit code 4 when there are none. Without QUERY, all of them."""
    from monitor.archive import Archive, Order, Question  # noqa: PLC0415 - keeps --help quick
    from monitor.rules import load_rules  # noqa: PLC0415

    switches = {"json": as_json, "jsonl": jsonl, "csv": as_csv, "parquet": parquet}
    form = _form([name for name, given in switches.items() if given], parquet or to, whole=whole, answer=answer)
    if whole and (cursor or facets):
        raise typer.BadParameter("--all has no pages and no facets: leave --cursor and --facets out")
    question = Question(query, Order(order), limit, cursor, _facets(facets))
    config = load_config()
    with archive(config) as store:
        asked = Archive(store.engine, load_rules(config))
        if form.whole:
            found = _export_all(asked, question, form)
        else:
            answered = asked.ask(question)
            _show(answered, question, form, snippets=snippets)
            found = bool(answered.hits)
    if not found:
        raise typer.Exit(NOT_FOUND)


def _form(kinds: list[str], target: Path | None, *, whole: bool, answer: bool) -> _Form:
    """The form that is wanted, where its options fit together."""
    if len(kinds) > 1:
        raise typer.BadParameter(f"one form at a time: --{kinds[0]} or --{kinds[1]}")
    kind = kinds[0] if kinds else "table"
    if whole and kind in {"table", "json"}:
        raise typer.BadParameter("--all is for exports: add --jsonl, --csv or --parquet FILE")
    if target and kind == "table":
        raise typer.BadParameter("--to needs a form: add --json, --jsonl or --csv")
    if answer and kind != "json":
        raise typer.BadParameter("--answer goes with --json")
    return _Form(kind, target, whole, answer)


def _facets(text: str) -> tuple[str, ...]:
    from monitor.archive import FACETS  # noqa: PLC0415 - keeps --help quick

    names = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip().lower())))
    unknown = [name for name in names if name not in FACETS]
    if unknown:
        raise typer.BadParameter(f"there is no facet {unknown[0]!r}; there are {', '.join(FACETS)}")
    return names


def hit_data(hit: "Hit") -> dict[str, Any]:
    """A hit as JSON."""
    unread = hit.article.state.value == _UNREAD
    return {"article": hit.article, "evidence": hit.evidence, "unread": unread, "voices": hit.voices}


def _export_all(asked: "Archive", question: "Question", form: _Form) -> bool:
    """Write all that answers, an article at a time, and say how many there were."""
    from dataclasses import replace  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.exporting import export  # noqa: PLC0415
    from monitor.cli.output import err  # noqa: PLC0415
    from monitor.cli.progress import progress  # noqa: PLC0415
    from monitor.exports import counted  # noqa: PLC0415

    # Only who watches is told how many there will be: to count them may take as long as to find them.
    total = asked.ask(replace(question, limit=1)).total if err.is_terminal else 0
    count = 0
    with progress("articles", total) as advance:

        def watched() -> Iterator["Hit"]:
            nonlocal count
            for hit in counted(asked.engine, asked.each(question.query, question.order)):
                yield hit
                count += 1
                advance(1)

        export(watched(), form.kind, form.target)
    if form.target:
        err.print(f"{count:,} articles written to {safe(form.target)}")
    return bool(count)


def _show(answer: "Answer", question: "Question", form: _Form, *, snippets: bool) -> None:
    from monitor.cli.exporting import export  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.whole_file import whole_file  # noqa: PLC0415

    if form.kind == "json":
        hits = [hit_data(hit) for hit in answer.hits]
        told = {**_answer_data(answer, question), "hits": hits} if form.answer or question.facets else hits
        if form.target:
            from monitor.cli.output import json_text  # noqa: PLC0415 - keeps --help quick

            with whole_file(form.target) as file:
                file.write(json_text(told).encode())
        else:
            show_json(told)
    elif form.kind == "table":
        print_answer(answer, snippets=snippets)
    else:
        export(answer.hits, form.kind, form.target)


def _answer_data(answer: "Answer", question: "Question") -> dict[str, Any]:
    return {
        "query": question.query,
        "order": question.order,
        "total": answer.total,
        "exact": answer.exact,
        "cursor": answer.cursor,
        "meant": answer.meant,
        "facets": {name: [{"value": value, "articles": count} for value, count in answer.facets[name]]
                   for name in answer.facets},
    }  # fmt: skip


def print_answer(answer: "Answer", *, snippets: bool, empty: str = "") -> None:
    """An answer for people: its hits, its facets, and how many more there are."""
    if snippets and answer.hits:
        _print_snippets(answer)
    else:
        rows = [
            (hit.article.id, _when(hit.article), hit.article.site, hit.article.language, _told(hit.article))
            for hit in answer.hits
        ]
        show_table(
            "", ("id", "published (UTC)", "site", "lang", "title"), rows, empty=empty or "no article answers this query"
        )
    if any(hit.article.state.value == _UNREAD for hit in answer.hits):
        say(f"({_UNREAD}) known by headline and summary only: no topic can ask for it; `monitor show ID` reads it")
    _print_facets(answer)
    _print_pages(answer)


def _print_snippets(answer: "Answer") -> None:
    from monitor.think.excerpt import excerpt, snippet  # noqa: PLC0415 - keeps --help quick

    for hit in answer.hits:
        article = hit.article
        title = _marked(excerpt(article, hit.evidence).headline) or safe(article.url)
        unread = f" ({_UNREAD})" if article.state.value == _UNREAD else ""
        voices = f" · {hit.voices} voices" if hit.voices > 1 else ""
        facts = f"{safe(_when(article))} · {safe(article.site)} · {safe(article.language)}{voices}"
        say(f"{article.id}  {title}{unread}\n[dim]{facts}[/]\n{_marked(snippet(article, hit.evidence))}\n")


def _marked(passage: "Passage") -> str:
    return "".join(f"[bold yellow]{safe(piece.text)}[/]" if piece.marked else safe(piece.text) for piece in passage)


def _print_facets(answer: "Answer") -> None:
    for name, values in answer.facets.items():
        most = max((count for _, count in values), default=0)
        ordered = sorted(values) if name == "day" else values
        rows = [(value, f"{count:,}", bar(count, most)) for value, count in ordered]
        show_table("", (name, "articles", ""), rows, empty=f"{name}: nothing to count")


def bar(count: int, most: int, width: int = _BAR) -> str:
    """A count as a bar, in eighths of a character."""
    eighths = -(-count * width * 8 // most) if most else 0
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _print_pages(answer: "Answer") -> None:
    if answer.meant:
        say(f"did you mean: {safe(answer.meant)}")
    if not answer.hits:
        return
    count = f"{answer.total:,}" if answer.exact else f"at most {answer.total:,}"
    shown = f"{len(answer.hits):,} of {count} articles"
    say(f"[dim]{shown}; more: --cursor {safe(answer.cursor)}[/]" if answer.cursor else f"[dim]{shown}[/]")


def _when(article: "Article") -> Any:
    return article.published_at or article.seen_at


def _told(article: "Article") -> str:
    return f"{article.title} ({_UNREAD})" if article.state.value == _UNREAD else article.title
