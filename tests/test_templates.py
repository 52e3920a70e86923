"""Promises of the user's own templates: safe whatever the news holds, refused by their line, the end of no alert."""

import json
import re
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook
from test_email import Sink, mail_server
from test_webhook import NEW, Hook, served
from told import ARTICLE, message, rendered
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.edge.guard import guarded_session
from monitor.edge.send.email import EmailChannel
from monitor.edge.send.mail import compose
from monitor.edge.send.webhook import WebhookChannel, WebhookSettings
from monitor.errors import ConfigError, DeliveryError, TemplateError
from monitor.forms import body_form, mail_form, text_form
from monitor.think.samples import samples

DOCS = (Path(__file__).parent.parent / "docs" / "templates.md").read_text("utf-8")
EVIL = "\"><script>alert(1)</script>\r\nBcc: all@evil.example\u202e\x00{{ id }} \\ ' \udc80"


def documented(ending: str) -> dict[str, str]:
    """The templates that the documentation shows, by their files' names."""
    shown = re.findall(r"`(?:mail/)?([a-z.]+)`[^\n]*:\n\n```jinja\n(.*?)```", DOCS, re.DOTALL)
    return {name: source for name, source in shown if name.endswith(ending)}


def body_of(folder: Path, source: str, content_type: str = "application/json"):
    (folder / "body").write_text(source, "utf-8")
    return body_form(folder / "body", content_type, "desk")


def mail_of(folder: Path, **sources: str):
    for name, source in sources.items():
        (
            folder / name.replace("__", "_").replace("_", ".", 1) if not name.startswith("_") else folder / name
        ).write_text(source, "utf-8")
    return mail_form(folder, "desk")


class Tags(HTMLParser):
    """The names of all tags, and of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [tag, *(name for name, _ in attrs)]


@pytest.mark.parametrize("name", ["slack.json", "teams.json", "mattermost.json"])
def test_the_documented_bodies_are_json_for_every_kind_of_message(tmp_path, name):
    (tmp_path / name).write_text(documented(".json")[name], "utf-8")
    write = body_form(tmp_path / name, "application/json", "desk")
    for sample in (
        *samples("desk"),
        rendered(replace(ARTICLE, title=EVIL)),
        rendered(replace(ARTICLE, title="x" * 10**6)),
    ):
        body = write(sample)
        assert json.loads(body)
        assert sample.uid in body
        assert len(body) < 20_000


def test_the_documented_mails_are_sound(tmp_path):
    for name, source in {**documented(".subject"), **documented(".html")}.items():
        (tmp_path / name).write_text(source, "utf-8")
    written = mail_form(tmp_path, "desk")(rendered(replace(ARTICLE, title=EVIL)))
    assert not written.fault
    assert written.subject.startswith("HIGH")
    assert "script" not in Tags(written.html).found
    assert "<mark" in mail_form(tmp_path, "desk")(message()).html


@given(title=st.text(max_size=60), site=st.text(max_size=20))
def test_no_title_breaks_out_of_a_string_of_json(tmp_path_factory, title, site):
    write = body_of(
        tmp_path_factory.mktemp("body"), '{"a": "<{{ subject }}>", "b": {{ subject|tojson }}, "c": "{{ subject|e }}"}'
    )
    told = rendered(replace(ARTICLE, title=title, site=site))
    body = json.loads(write(told))
    assert list(body) == ["a", "b", "c"]
    assert body["a"] == f"<{told.subject}>"
    assert body["b"] == told.subject


@given(title=st.text(max_size=60))
def test_no_title_breaks_out_of_html_or_a_header(tmp_path_factory, title):
    write = mail_of(
        tmp_path_factory.mktemp("mail"),
        alert_subject="{{ data.article.title }}\n!",
        alert_html='<p title="{{ subject }}">{{ letter.headline|marked }}</p>',
    )
    written = write(rendered(replace(ARTICLE, title=title)))
    assert not written.fault
    assert set(Tags(written.html).found) <= {"p", "title", "mark", "style"}
    mail = compose(written, "monitor@example.org", ["desk@example.org"])
    parsed = message_from_bytes(mail, policy=policy.default)
    assert parsed["Bcc"] is None
    assert parsed["Message-ID"] == f"<{written.uid}@example.org>"


def test_a_title_of_script_and_new_lines_is_told_as_text(tmp_path):
    write = mail_of(tmp_path, alert_subject="{{ data.article.title }}", alert_html="<p>{{ data.article.title }}</p>")
    written = write(rendered(replace(ARTICLE, title=EVIL)))
    assert Tags(written.html).found == ["p"]
    assert "\n" not in written.subject
    assert "\u202e" not in written.subject + written.html
    mail = compose(written, "monitor@example.org", ["desk@example.org"])
    assert b"\nBcc" not in mail


def test_a_macro_and_a_part_that_is_included_are_escaped_once(tmp_path):
    (tmp_path / "_part").write_text('"{{ subject }}"', "utf-8")
    write = body_of(
        tmp_path, '{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}["{{ twice(subject) }}", {% include "_part" %}]'
    )
    told = rendered(replace(ARTICLE, title='a "quote" \\'))
    assert json.loads(write(told)) == [told.subject * 2, told.subject]


def test_numbers_truth_and_nothing_are_written_as_json_writes_them(tmp_path):
    assert json.loads(body_of(tmp_path, "[{{ version }}, {{ true }}, {{ none }}]")(message())) == [1, True, None]


def test_xml_is_escaped_and_plain_text_is_not(tmp_path):
    told = rendered(replace(ARTICLE, title="<b>&"))
    assert "&lt;b&gt;&amp;" in body_of(tmp_path, "<a>{{ subject }}</a>", "application/xml")(told)
    assert "<b>&" in body_of(tmp_path, "{{ subject }}", "text/plain")(told)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{\n{{ nothing }}}", "body:2: 'nothing' is undefined"),
        ('{\n\n"a": {{ data.nope|tojson }}}', "body:3: 'dict object' has no attribute 'nope'"),
        ("{% for x in %}", "body:1: "),
        ('{\n{% include "other" %}}', "body:2: there is no template 'other'"),
        ('{{ "".__class__.__mro__ }}', "body:1: access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ ''.format.__globals__ }}", "unsafe"),
        ('{"a": {{ subject }}}', "is not JSON"),
        ("  ", "says nothing"),
        ("{{ 1 / 0 }}", "body:1: division by zero"),
        ('"{{ "\\ud800" }}"', "surrogates"),
        ("{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}", "recursion"),
    ],
)
def test_a_faulty_template_is_refused_with_its_file_and_line(tmp_path, source, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        body_of(tmp_path, source)


def test_every_fault_of_a_folder_is_named(tmp_path):
    with pytest.raises(ConfigError) as caught:
        mail_of(tmp_path, alert_txt="a\n{{ data.nope }}", digest_html="{{ x }}", source_subject="{{ data.why }}")
    assert "alert.txt:2: " in str(caught.value)
    assert "digest.html:1: 'x' is undefined" in str(caught.value)
    assert "source.subject" not in str(caught.value)


def test_a_file_that_nothing_would_use_is_a_fault(tmp_path):
    (tmp_path / "alrt.txt").write_text("x", "utf-8")
    with pytest.raises(ConfigError, match=r"alrt\.txt: is no template"):
        mail_form(tmp_path, "desk")


def test_html_includes_html_only(tmp_path):
    (tmp_path / "_part.txt").write_text("{{ subject }}", "utf-8")
    with pytest.raises(ConfigError, match="must be HTML"):
        mail_of(tmp_path, alert_html='{% include "_part.txt" %}')


def test_templates_that_cannot_be_read_are_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        mail_form(tmp_path / "none", "desk")
    (tmp_path / "body").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        body_form(tmp_path / "body", "application/json", "desk")


def test_what_no_template_replaces_keeps_its_shipped_form(tmp_path):
    write = mail_of(tmp_path, alert_subject="{{ id }}")
    assert write(message()) == replace(message(), subject=message().uid)
    digest = next(sample for sample in samples("desk") if sample.payload["type"] == "digest.created")
    assert write(digest) == digest


def test_an_empty_html_makes_mails_of_plain_text(tmp_path):
    written = mail_of(tmp_path, alert_html="")(message())
    mail = message_from_bytes(compose(written, "a@example.org", ["b@example.org"]), policy=policy.default)
    assert mail.get_content_type() == "text/plain"
    assert "harbour of Arlen" in mail.get_content()


ONLY_SAMPLES = "{{ 1 // (0 if data.article is defined and data.article.site == 'News Example' else 1) }}"


async def test_a_mail_whose_template_fails_goes_out_in_the_shipped_form_and_says_so(tmp_path):
    write = mail_of(tmp_path, alert_txt=ONLY_SAMPLES, alert_subject="mine")
    sink = Sink()
    async with mail_server(sink) as settings:
        answer = await EmailChannel(settings, write=write).send(message())
    (mail,) = sink.parsed
    assert "[The harbour]" in mail["Subject"]
    assert "in the shipped form" in answer
    assert "alert.txt:1: " in answer


def test_a_text_whose_template_fails_goes_out_in_the_shipped_form(tmp_path):
    (tmp_path / "chat.txt").write_text(ONLY_SAMPLES, "utf-8")
    written = text_form(tmp_path / "chat.txt", "desk")(message())
    assert written.text == message().text
    assert "chat.txt:1" in written.fault


async def test_a_body_whose_template_fails_waits_to_be_mended_and_nothing_is_posted(tmp_path):
    hook, write = Hook(), body_of(tmp_path, ONLY_SAMPLES)
    async with served(hook) as url, guarded_session(["127.0.0.1"], "monitor/1") as session:
        with pytest.raises(DeliveryError, match=r"body:1: .*division|body:1: .*modulo") as caught:
            await WebhookChannel(WebhookSettings(url), session, write).send(message())
    assert not caught.value.permanent
    assert caught.value.reached
    assert not hook.requests


async def test_a_body_of_ones_own_is_signed_as_it_goes_out_under_the_same_ids(tmp_path):
    hook, write = Hook(), body_of(tmp_path, "{{ subject }} 🏗", "text/plain; charset=utf-8")
    settings = {"secrets": (NEW,), "content_type": "text/plain; charset=utf-8"}
    async with served(hook) as url, guarded_session(["127.0.0.1"], "monitor/1") as session:
        await WebhookChannel(WebhookSettings(url, **settings), session, write).send(message())
    ((headers, body),) = hook.requests
    assert body.decode().endswith("🏗")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["webhook-id"] == message().uid
    signed = Webhook(NEW).sign(headers["webhook-id"], stamp(headers), body.decode())
    assert headers["webhook-signature"] == signed


def stamp(headers):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)


def test_writing_no_json_at_run_time_is_said_with_the_place(tmp_path):
    write = body_of(
        tmp_path, "{% if data.article is defined and data.article.site == 'News Example' %}x{% else %}1{% endif %}"
    )
    with pytest.raises(TemplateError, match="is not JSON"):
        write(message())


CONFIG = """
[database]
path = "monitor.db"
[[topic]]
name = "wheat"
query = "wheat"
[[receiver]]
name = "chat"
kind = "webhook"
url_secret = "chat-url"
template = "chat.json"
[[receiver]]
name = "desk"
kind = "email"
host = "smtp.example.org"
sender = "m@example.org"
to = ["d@example.org"]
templates = "mail"
[[route]]
receivers = ["chat", "desk"]
"""


@pytest.mark.slow
def test_check_names_the_faults_of_all_templates_and_shows_no_secret(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "alert.txt").write_text("{{ nope }}", "utf-8")
    (tmp_path / "chat.json").write_text("{\n{{ id }}", "utf-8")
    monkeypatch.setenv("MONITOR_SECRET_CHAT_URL", "https://hooks.example/SECRETKEY")

    def run(*words):
        return CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])

    checked = run("check")
    assert checked.exit_code == 1
    assert "mail/alert.txt:1: 'nope' is undefined" in checked.output
    assert "chat.json: what it writes is not JSON" in checked.output
    assert "receiver chat" in checked.output
    (tmp_path / "mail" / "alert.txt").write_text("{{ id }}", "utf-8")
    (tmp_path / "chat.json").write_text('{"text": "{{ subject }}"}', "utf-8")
    assert run("check").exit_code == 0
    assert "SECRETKEY" not in run("config", "show").output
    monkeypatch.setenv("MONITOR_SECRET_CHAT_URL", "ftp://SECRETKEY")
    refused = run("check")
    assert refused.exit_code == 1
    assert "SECRETKEY" not in refused.output
