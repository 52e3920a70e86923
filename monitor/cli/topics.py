"""`monitor topics`: what is watched for."""

from typing import Annotated

import typer

from monitor.cli import backtest, check_topics, measured, new_topic, suggested
from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import NOT_FOUND, complain, safe, say, show_json, show_table

app = typer.Typer(
    help="Show topics, and try them on documents and on the archive.", no_args_is_help=True, rich_markup_mode=None
)
app.command("new")(new_topic.new)
app.command("check")(check_topics.check)
app.command("test")(measured.put_to_documents)
app.command("backtest")(backtest.backtest)
app.command("suggest")(suggested.suggest_terms)


@app.command("list")
def list_topics(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the topics in force."""
    from monitor.rules import load_topics  # noqa: PLC0415 - keeps --help quick

    topics = load_topics(load_config()).topics
    if as_json:
        show_json(topics)
        return
    rows = [(topic.name, topic.parent, topic.severity, topic.title, topic.source) for topic in topics]
    columns = ("topic", "part of", "severity", "title", "from")
    show_table("", columns, rows, empty="no topic is set: see [topics] in the configuration")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The topic's name.")],
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show one topic: its query, its signals and its examples."""
    from monitor.rules import load_topics  # noqa: PLC0415 - keeps --help quick

    topics = {topic.name: topic for topic in load_topics(load_config()).topics}
    topic = topics.get(name)
    if topic is None:
        complain(f"no topic is named {name!r}", f"there are: {', '.join(sorted(topics)) or 'none'}")
        raise typer.Exit(NOT_FOUND)
    if as_json:
        show_json(topic)
        return
    say(f"[bold]{safe(topic.name)}[/]: {safe(topic.title)} ({topic.severity}), from {safe(topic.source)}")
    say(f"It is a part of {safe(topic.parent)}.\n" if topic.parent else "")
    say(safe(topic.query.strip()) + "\n")
    if topic.signals:
        weights = [(f"{signal.weight:+g}", " ".join(signal.query.split())) for signal in topic.signals]
        show_table(f"Signals: {topic.threshold:g} points are needed", ("weight", "query"), weights, empty="")
    rows = [(test.expected, test.language, test.title or test.text[:80]) for test in topic.tests]
    show_table("Examples", ("expected", "lang", "text"), rows, empty="no examples")
