"""Templates of the user's own and a message become what a receiver reads: the parts of a mail, or a request's body.

They are sandboxed, see plain values only, and their texts are as clean as those of the shipped forms. What they put in
is escaped for what they write: HTML, or the strings of JSON.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from traceback import walk_tb
from typing import Any

from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError, pass_context
from jinja2.loaders import FunctionLoader
from jinja2.meta import find_referenced_templates
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from monitor.errors import ConfigError, TemplateError
from monitor.model import Message
from monitor.think.excerpt import Passage, one_line
from monitor.think.letter import html_of, words_of
from monitor.think.render import MAX_SUBJECT

KINDS = ("alert", "digest", "source", "receiver")  # of messages, as their types begin
ENDINGS = ("subject", "txt", "html")  # of the files, one for each part of a mail
MARKUP = re.compile(r"[/+](x?html|xml)\b")  # content types whose texts are escaped as HTML's are
HINT = "docs/templates.md tells what a template may say"


@dataclass(frozen=True, slots=True)
class Templates:
    """Templates that were found sound, by the names of their files."""

    environment: ImmutableSandboxedEnvironment
    names: frozenset[str]
    place: str  # the folder, as faults show it


def read_templates(sources: Mapping[str, str], place: str, content_type: str = "") -> Templates:
    """Compile templates; ConfigError lists every fault with its file and line.

    Those whose names begin with "_" are there for the others to include. Mails go without a `content_type`: the names
    of their files say what they write.
    """
    environment = _environment(sources, place, content_type)
    faults = [fault for name in sources if (fault := _unsound(environment, sources, place, name))]
    if faults:
        raise ConfigError("\n".join(faults), hint=HINT)
    return Templates(environment, frozenset(name for name in sources if not name.startswith("_")), place)


def write_mail(templates: Templates, message: Message) -> Message:
    """A mail in the user's words; in the shipped ones, and with the reason, when his fail."""
    try:
        parts = {name.rpartition(".")[2]: fill(templates, name, message) for name in mail_names(templates, message)}
    except TemplateError as error:
        return replace(message, fault=str(error))
    subject = one_line(parts.get("subject", ""), MAX_SUBJECT) or message.subject
    text = parts.get("txt", message.text)
    return replace(message, subject=subject, text=text, html=parts.get("html", message.html))


def mail_names(templates: Templates, message: Message) -> list[str]:
    """The templates that write a mail of this message."""
    kind = str(message.payload.get("type", "")).partition(".")[0]
    return [name for ending in ENDINGS if (name := f"{kind}.{ending}") in templates.names]


def write_text(templates: Templates, name: str, message: Message) -> Message:
    """A message whose text is in the user's words; in the shipped ones, and with the reason, when his fail."""
    try:
        return replace(message, text=fill(templates, name, message))
    except TemplateError as error:
        return replace(message, fault=str(error))


def write_body(templates: Templates, name: str, content_type: str, message: Message) -> str:
    """The body of a request; TemplateError when the template fails, or writes no JSON where it should."""
    body = fill(templates, name, message)
    if is_json(content_type):
        try:
            json.loads(body)
        except ValueError as error:
            near = body.splitlines()[error.lineno - 1][:80] if isinstance(error, json.JSONDecodeError) else ""
            raise TemplateError(
                f"{templates.place}/{name}: what it writes is not JSON: {error}: {near}",
                hint="write {{ value|tojson }}",
            ) from error
    return body


def is_json(content_type: str) -> bool:
    """Whether a content type is that of JSON."""
    return bool(re.search(r"[/+]json\b", content_type.lower()))


def _environment(sources: Mapping[str, str], place: str, content_type: str) -> ImmutableSandboxedEnvironment:
    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (sources[name], f"{place}/{name}", lambda: True) if name in sources else None

    def autoescape(name: str | None) -> bool:
        return is_json(content_type) or bool(MARKUP.search(content_type)) or (name or "").endswith(".html")

    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_json_text if is_json(content_type) else None,
    )
    environment.filters["marked"] = _marked
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "default": _no_json}
    if is_json(content_type):
        # What is escaped for chats is a text like others, to be escaped for JSON after that.
        environment.filters.update(dict.fromkeys(("e", "escape", "forceescape"), _chat_text))
    return environment


@pass_context  # and so it is called for constants, too
def _json_text(_: Context, value: object) -> Markup:
    """A value as it may stand in JSON: a text for the inside of a string, all else by itself."""
    if isinstance(value, Markup):  # of tojson, or of a macro, whose values have been here before
        return value
    said = json.dumps(value if isinstance(value, (str, int, float, type(None))) else str(value), ensure_ascii=False)
    return Markup(said[1:-1] if said.startswith('"') else said)  # noqa: S704 - escaped for JSON, which this is


def _chat_text(text: object) -> str:
    """A text as Slack and others take it: these three signs stand for their markup, and no others are known to them."""
    return html.escape(str(text), quote=False)


def _no_json(value: object) -> None:
    """Why a value is none of JSON: what is not there says its name."""
    raise TypeError(f"{value} is no value of JSON")


@pass_context
def _marked(context: Context, passage: Passage) -> str:
    """A passage as text, or as HTML in which the words that were found are marked."""
    name = context.name or ""
    return html_of(passage) if name.endswith(".html") else words_of(passage)


def fill(templates: Templates, name: str, message: Message) -> str:
    """What a template makes of a message; TemplateError when it fails or says nothing."""
    place = f"{templates.place}/{name}"
    try:
        said = templates.environment.get_template(name).render(_values(message, escaped=name.endswith(".html")))
        said.encode()
    except Exception as error:
        raise TemplateError(_said(error, templates.place, place), hint=HINT) from error
    if not said.strip() and not name.endswith((".html", ".subject")):  # a mail may go without HTML
        raise TemplateError(f"{place}: says nothing", hint=HINT)
    return said


def _values(message: Message, *, escaped: bool) -> dict[str, Any]:
    """What a template can name."""
    return {
        **message.payload,
        "subject": message.subject,
        "text": message.text,
        "html": Markup(message.html) if escaped else message.html,  # noqa: S704 - the shipped form, escaped as it was made
        "letter": message.letter,
    }


def _unsound(environment: ImmutableSandboxedEnvironment, sources: Mapping[str, str], place: str, name: str) -> str:
    try:
        environment.get_template(name)
        others = find_referenced_templates(environment.parse(sources[name]))
        # What another kind of file puts in would stand there unescaped.
        if name.endswith(".html") and any(not (other or "").endswith(".html") for other in others):
            return f"{place}/{name}: what HTML includes must be HTML, too: name it _part.html"
    except Exception as error:  # noqa: BLE001 - whatever is raised here, the template is what raised it
        return _said(error, place, f"{place}/{name}")
    return ""


def _said(error: Exception, folder: str, place: str) -> str:
    """What is wrong with a template, after its file and line."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or place}:{error.lineno}: {one_line(error.message or '', 300)}"
    lines = [
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(f"{folder}/")
    ]
    where = lines[-1] if lines else place
    if isinstance(error, TemplateNotFound):
        return f"{where}: there is no template {error.name!r} beside it; its name must begin with '_'"
    return f"{where}: {one_line(str(error), 300) or type(error).__name__}"
