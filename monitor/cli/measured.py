"""`monitor topics test`: a topic put to labelled documents, and how it did."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.model import Evidence
    from monitor.think.measure import Outcome, Report, Tally
    from monitor.trials import Trial

FIGURES = ("documents", "wanted", "flagged", "precision", "recall", "F1", "false", "missed")
SHOWN, WORDS = 160, 40  # characters of a reason, and of a piece of evidence
FILE_ARGUMENT = Annotated[
    Path | None, typer.Argument(metavar="[FILE.jsonl]", help="Labelled documents; default: the archive's labels.")
]


def put_to_documents(
    file: FILE_ARGUMENT = None,
    topic: Annotated[str, typer.Option("--topic", "-t", help="Which topic; default: the main one.")] = "",
    worst: Annotated[int, typer.Option("--worst", "-w", min=0, help="At most so many errors of either kind.")] = 10,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Put a topic to labelled documents: precision, recall and F1, by group, and the worst errors."""
    from monitor.cli.trial import choose, documents  # noqa: PLC0415 - keeps --help quick
    from monitor.think.measure import measure  # noqa: PLC0415

    config = load_config()
    trial = choose(config, topic)
    with documents(config, file, trial.topic.name) as found:
        report = measure(map(trial.outcome, found), worst)
    where = str(file) if file else "the archive's labels"
    if as_json:
        show_json(_as_values(report, trial, where))
    else:
        _print(report, trial, where)


def _print(report: "Report", trial: "Trial", where: str) -> None:
    from monitor.think.measure import HARD  # noqa: PLC0415 - keeps --help quick

    say(f"topic {trial.topic.name}, rule {trial.version}, on {safe(where)}\n")
    show_table("", ("", *FIGURES), [_figures("all", report.whole)], empty="")
    _print_groups("language", report.by_language)
    if report.by_kind.keys() - {""}:
        rows = [(name or "–", each.documents, each.flagged, share(each.share_flagged))
                for name, each in report.by_kind.items()]  # fmt: skip
        show_table("\nBy kind", ("kind", "documents", "flagged", "share flagged"), rows, empty="")
    if report.by_kind.keys() & {HARD} and report.by_trap:
        rows = [(name, each.documents, each.flagged, share(each.share_flagged))
                for name, each in report.by_trap.items()]  # fmt: skip
        show_table("\nHard negatives", ("trap", "documents", "flagged", "share flagged"), rows, empty="")
    if report.by_granularity.keys() - {""}:
        _print_groups("granularity", report.by_granularity)
    _print_errors("\nWorst errors: flagged, and not wanted", report.false, trial)
    _print_errors("\nWorst errors: wanted, and not flagged", report.missed, trial)


def _print_groups(what: str, groups: Mapping[str, "Tally"]) -> None:
    rows = [_figures(name or "–", tally) for name, tally in groups.items()]
    show_table(f"\nBy {what}", (what, *FIGURES), rows, empty="")


def _figures(name: str, tally: "Tally") -> tuple[object, ...]:
    shares = (fraction(tally.precision), fraction(tally.recall), fraction(tally.f1))
    return (name, tally.documents, tally.wanted, tally.flagged, *shares, tally.false, tally.missed)


def _print_errors(title: str, outcomes: Iterable["Outcome"], trial: "Trial") -> None:
    rows = [
        (
            outcome.document.id,
            outcome.document.article.language,
            outcome.document.trap or outcome.document.kind,
            score_of(outcome.score, trial),
            outcome.document.article.title or outcome.document.article.text[:80],
            _reason(outcome, trial),
        )
        for outcome in outcomes
    ]
    if rows:
        show_table(title, ("id", "lang", "kind", "score", "title", "because of"), rows, empty="")


def _reason(outcome: "Outcome", trial: "Trial") -> str:
    if outcome.flagged:
        return evidence_of(outcome.evidence)
    from monitor.trials import why_missed  # noqa: PLC0415 - keeps --help quick

    return _short(why_missed(outcome.document.article, trial), SHOWN)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def evidence_of(evidence: Iterable["Evidence"]) -> str:
    """The strongest evidence, in a line; weights only where they tell something."""
    from monitor.think.measure import strongest  # noqa: PLC0415 - keeps --help quick

    return ", ".join(
        f"{_short(item.found.strip(), WORDS)} ({item.zone}" + (f", {item.weight:+.2g})" if item.weight != 1 else ")")
        for item in strongest(evidence)
    )


def score_of(score: float | None, trial: "Trial") -> str:
    """A score beside the threshold that it is held to; a dash where none is known, or the topic has no signals."""
    if score is None or not trial.topic.signals:
        return "–"
    return f"{score:.2f} of {trial.topic.threshold:.2f}"


def fraction(figure: float | None) -> str:
    """A figure between 0 and 1."""
    return "–" if figure is None else f"{figure:.3f}"


def share(figure: float | None) -> str:
    """A figure between 0 and 1, in per cent."""
    return "–" if figure is None else f"{figure:.1%}"


def _as_values(report: "Report", trial: "Trial", where: str) -> dict[str, Any]:
    groups = {
        "by_language": report.by_language,
        "by_kind": report.by_kind,
        "by_granularity": report.by_granularity,
        "by_trap": report.by_trap,
    }
    return {
        "topic": trial.topic.name,
        "version": trial.version,
        "threshold": trial.topic.threshold if trial.topic.signals else None,
        "documents": where,
        "whole": tally_values(report.whole),
        **{name: {key: tally_values(tally) for key, tally in group.items()} for name, group in groups.items()},
        "false": [_error(outcome, trial) for outcome in report.false],
        "missed": [_error(outcome, trial) for outcome in report.missed],
    }


def tally_values(tally: "Tally") -> dict[str, float | int | None]:
    """The counts, and the figures made of them."""
    return {
        "documents": tally.documents,
        "wanted": tally.wanted,
        "flagged": tally.flagged,
        "false": tally.false,
        "missed": tally.missed,
        "precision": tally.precision,
        "recall": tally.recall,
        "f1": tally.f1,
        "share_flagged": tally.share_flagged,
    }


def _error(outcome: "Outcome", trial: "Trial") -> dict[str, Any]:
    document = outcome.document
    return {
        "id": document.id,
        "language": document.article.language,
        "kind": document.kind,
        "granularity": document.granularity,
        "hard_type": document.trap,
        "url": document.article.url,
        "title": document.article.title,
        "why": document.why,
        "score": outcome.score,
        "evidence": outcome.evidence,
        "reason": _reason(outcome, trial),
    }
