"""`monitor topics suggest`: what could be added to a topic, or excluded, given its mistakes."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.measured import FILE_ARGUMENT, fraction, tally_values
from monitor.cli.output import safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.think.suggest import Advice, Proposal
    from monitor.trials import Trial


def suggest_terms(
    topic: Annotated[str, typer.Argument(help="The topic's name.")],
    file: FILE_ARGUMENT = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many proposals.")] = 10,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Propose terms that would set a topic's mistakes on labelled documents right, with what each would change."""
    from monitor.cli.trial import choose, documents  # noqa: PLC0415 - keeps --help quick
    from monitor.think.suggest import suggest  # noqa: PLC0415

    config = load_config()
    trial = choose(config, topic)
    with documents(config, file, topic) as found:
        outcomes = [trial.outcome(document) for document in found]
    beyond = {
        number
        for number, outcome in enumerate(outcomes)
        if not outcome.flagged and trial.is_beyond(outcome.document.article)
    }
    advice = suggest(outcomes, trial.entities, limit, beyond=beyond)
    if as_json:
        show_json(_as_values(advice, trial))
    else:
        _print(advice, trial)


def _print(advice: "Advice", trial: "Trial") -> None:
    now = advice.now
    figures = f"precision {fraction(now.precision)}, recall {fraction(now.recall)}, F1 {fraction(now.f1)}"
    counts = f"{now.documents} labelled documents, {now.missed} missed, {now.false} false"
    say(f"topic {safe(trial.topic.name)}, rule {trial.version}: {counts}; {figures}\n")
    if not advice.proposals:
        say(f"Nothing to propose: {safe(advice.note)}.")
        return
    rows = [
        (
            written(each),
            each.language or "all",
            f"+{each.gained}",
            f"-{each.lost}" if each.lost else "0",
            f"{each.wanted} of {each.holders}",
            _change(now.precision, each.after.precision),
            _change(now.recall, each.after.recall),
            _change(now.f1, each.after.f1),
            ", ".join(each.alike),
        )
        for each in advice.proposals
    ]
    columns = ("proposal", "lang", "right", "wrong", "wanted", "precision", "recall", "F1", "alike")
    show_table("", columns, rows, empty="")
    say("\nEach proposal is counted by itself. Try what you take on other documents: `monitor topics test FILE`.")
    if trial.topic.signals:
        say("This topic has signals: there, OR is a signal with a positive weight, AND NOT one with a negative.")


def written(proposal: "Proposal") -> str:
    """A proposal as it would stand in the query."""
    return f"OR {proposal.term}" if proposal.action == "add" else f"AND NOT {proposal.term}"


def _change(before: float | None, after: float | None) -> str:
    return f"{fraction(before)} → {fraction(after)}"


def _as_values(advice: "Advice", trial: "Trial") -> dict[str, Any]:
    return {
        "topic": trial.topic.name,
        "version": trial.version,
        "now": tally_values(advice.now),
        "note": advice.note,
        "proposals": [
            {
                "action": each.action,
                "term": each.term,
                "written": written(each),
                "language": each.language,
                "gained": each.gained,
                "lost": each.lost,
                "holders": each.holders,
                "wanted": each.wanted,
                "before": tally_values(each.before),
                "after": tally_values(each.after),
                "alike": each.alike,
            }
            for each in advice.proposals
        ],
    }
