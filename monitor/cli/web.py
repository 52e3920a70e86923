"""`monitor web` and `monitor token`: the archive over HTTP, and who may ask there."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import BAD_USE, NOT_FOUND, complain, out, say, show_json, show_table

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.settings import Config

app = typer.Typer(
    help="Make, list and remove the tokens that programs and browsers ask with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
SCOPES = ("read", "label", "manage")


def web(
    host: Annotated[str, typer.Option(help="Where to listen; default: web.host.")] = "",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: web.port; 0 takes any.")] = None,
) -> None:
    """Serve the API and the pages until stopped (SIGTERM or Ctrl-C); changed topics take effect by themselves."""
    from monitor.cli.log import start_log  # noqa: PLC0415 - keeps --help quick
    from monitor.config import secret_values  # noqa: PLC0415
    from monitor.web.serve import serve  # noqa: PLC0415

    log = start_log(load_config().log)

    def load() -> "Config":
        config = load_config()
        log.hide(secret_values(config))
        return config

    serve(load, host=host, port=port, say=say)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What it is for; each name once.")],
    *,
    scope: Annotated[str, typer.Option(help="What it lets do: read, label (and read), manage (all).")] = "read",
    length: Annotated[str, typer.Option("--for", help='How long it holds: "30d"; default: until it is removed.')] = "",
    as_json: JSON_OPTION = False,
) -> None:
    """Make a token and print it: once, for only its digest is kept."""
    from monitor.edge import tokens  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415

    if scope not in SCOPES:
        complain(f"--scope {scope!r} is none", f"there are: {', '.join(SCOPES)}")
        raise typer.Exit(BAD_USE)
    if not 0 < len(name.strip()) <= 80 or not name.isprintable():
        complain("a token's name is 1 to 80 characters", "such as `monitor token add news-reader`")
        raise typer.Exit(BAD_USE)
    now = clock()
    ends = _ends(now, length)
    with archive(load_config()) as store:
        issued = tokens.add(store.engine, name.strip(), tokens.Scope(scope), now, ends)
    if as_json:
        show_json({"token": issued.secret, "name": issued.token.name, "scope": scope, "expires_at": ends})
    else:
        out.out(issued.secret, highlight=False)


def _ends(now: "datetime", length: str) -> "datetime | None":
    from datetime import timedelta  # noqa: PLC0415 - keeps --help quick

    from monitor.settings.kinds import parse_duration  # noqa: PLC0415

    if not length:
        return None
    try:
        return now + timedelta(seconds=float(str(parse_duration(length))))
    except (ValueError, OverflowError):
        complain(f"--for {length!r} is no duration", 'write it as "12h", "30d" or "8w"')
        raise typer.Exit(BAD_USE) from None


@app.command("list")
def show(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the tokens, without their secrets."""
    from monitor.edge import tokens  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        known = tokens.listed(store.engine)
    if as_json:
        show_json(known)
        return
    rows = [(one.name, one.scope, one.created_at, one.used_at, one.expires_at) for one in known]
    columns = ("token", "scope", "made (UTC)", "last used (UTC)", "expires (UTC)")
    show_table("", columns, rows, empty="there is no token: whoever sits at this machine may do all")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The token's name.")]) -> None:
    """Take a token away: it opens nothing from now on, and browsers that logged in with it are out."""
    from monitor.edge import tokens  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        removed = tokens.remove(store.engine, name)
    if not removed:
        complain(f"no token is named {name!r}", "`monitor token list` shows them")
        raise typer.Exit(NOT_FOUND)
    say(f"token {name} is removed")
