"""`monitor topics check`: the topics in force become remarks, and their examples failures."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import FAILED, NOT_FOUND, complain, safe, say, show_json

if TYPE_CHECKING:
    from monitor.think.lint import Remark

_SHOWN = 15  # remarks of a kind; a pack of hundreds of entities has many alike
_TITLES = {
    "shadowed": "Taken away by what is excluded",
    "never": "Can never be met",
    "ignored": "Not looked for",
    "implied": "Add nothing",
    "asked": "Asked for already",
    "form": "Forms of other terms",
    "unknown": "Needs that nobody knows",
    "ambiguous": "Names of two entities",
    "short": "Names too short to tell",
    "unused": "Entities that no topic uses",
    "examples": "Examples",
}


def check(
    name: Annotated[str, typer.Argument(help="One topic; default: all, and their entities.", metavar="[TOPIC]")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 when there are remarks.")] = False,  # noqa: FBT002 - a switch of the command line
    whole: Annotated[bool, typer.Option("--all", help="Print every remark.")] = False,  # noqa: FBT002
    as_json: JSON_OPTION = False,  # noqa: FBT002
) -> None:
    """Look through topics and entities for what is doubtful, and put every example to its topic."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick
    from monitor.think import topics  # noqa: PLC0415
    from monitor.think.lint import lint, lint_topics  # noqa: PLC0415

    rules = load_rules(load_config())
    chosen = [topic for topic in rules.pack.topics if name in {"", topic.name}]
    if name and not chosen:
        known = ", ".join(sorted(topic.name for topic in rules.pack.topics))
        complain(f"no topic is named {name!r}", f"there are: {known or 'none'}")
        raise typer.Exit(NOT_FOUND)
    remarks = lint_topics(chosen, rules.entities) if name else lint(chosen, rules.entities)
    failed = [each for each in topics.check(rules.pack, rules.compiled) if name in {"", each.topic}]
    if as_json:
        show_json({"failed": failed, "remarks": remarks})
    else:
        _show(remarks, whole=whole)
        for failure in failed:
            complain(str(failure))
        examples = sum(len(topic.tests) for topic in chosen)
        say(f"{len(chosen)} topics, {examples} examples: {len(failed)} failed, {len(remarks)} remarks")
    if failed or (strict and remarks):
        raise typer.Exit(FAILED)


def _show(remarks: Sequence["Remark"], *, whole: bool) -> None:
    counts = Counter(remark.kind for remark in remarks)
    for kind, title in _TITLES.items():
        if not counts[kind]:
            continue
        say(f"[bold]{title}[/]")
        told = [remark for remark in remarks if remark.kind == kind]
        for remark in told if whole else told[:_SHOWN]:
            say(f"  {safe(remark)}")
        if len(told) > _SHOWN and not whole:
            say(f"  and {len(told) - _SHOWN} more: --all shows them")
        say("")
