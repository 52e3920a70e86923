"""`monitor topics`: what is watched for."""

from typing import Annotated

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import NOT_FOUND, complain, safe, say, show_json, show_table

app = typer.Typer(help="List and show the topics in force.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_topics(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the topics in force."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    topics = load_rules(load_config()).pack.topics
    if as_json:
        show_json(topics)
        return
    rows = [(topic.name, topic.severity, topic.title, topic.source) for topic in topics]
    show_table(
        "", ("topic", "severity", "title", "from"), rows, empty="no topic is set: see [topics] in the configuration"
    )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The topic's name.")],
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show one topic: its query and its examples."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    topics = {topic.name: topic for topic in load_rules(load_config()).pack.topics}
    topic = topics.get(name)
    if topic is None:
        complain(f"no topic is named {name!r}", f"there are: {', '.join(sorted(topics)) or 'none'}")
        raise typer.Exit(NOT_FOUND)
    if as_json:
        show_json(topic)
        return
    say(f"[bold]{safe(topic.name)}[/]: {safe(topic.title)} ({topic.severity}), from {safe(topic.source)}\n")
    say(safe(topic.query.strip()) + "\n")
    rows = [(test.expected, test.language, test.title or test.text[:80]) for test in topic.tests]
    show_table("Examples", ("expected", "lang", "text"), rows, empty="no examples")
