"""Every fault of a configuration is told, all at once, with where it stands and what was expected."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import load, read_secret, shown
from monitor.errors import ConfigError
from monitor.settings.telling import EmailReceiver

EMAIL = """
[[receiver]]
name = "desk"
kind = "email"
host = "mail.example.org"
username = "monitor"
password_secret = "desk-smtp"
sender = "monitor@example.org"
to = ["desk@example.org"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def faults(path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """The faults of a configuration, a line each."""
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path, environ or {})
    return str(refused.value).splitlines()


def test_an_empty_file_is_a_sound_configuration(path: Path) -> None:
    path.write_text("")
    config = load(path, {})
    assert config.poll.interval == 900
    assert config.database_path == path.parent / "var" / "monitor.db"


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("colour = 1", "colour", "unknown key"),
        ("[fetch]\ntimout = 1", "fetch.timout", "unknown key"),
        ('[fetch]\ntimeout = "soon"', "fetch.timeout", "'soon'"),
        ("[fetch]\ntimeout = -1", "fetch.timeout", "greater than 0"),
        ('[fetch]\nmax_page = "10 parsecs"', "fetch.max_page", '"10MB"'),
        ('[read]\nworkers = "many"', "read.workers", "integer"),
        ('[[feed]]\nname = "a"\nurl = "ftp://a.example/"', "feed.0.url", "http"),
        ('[[feed]]\nname = "a"\nurl = "javascript:alert(1)"', "feed.0.url", "http"),
        ('[[feed]]\nname = "a"\nurl = "http://[::1"', "feed.0.url", "http"),
        ('[[feed]]\nname = "a"', "feed.0.url", "to be set"),
        ('[[feed]]\nname = "A B"\nurl = "https://a.example/"', "feed.0.name", "pattern"),
        ('[[receiver]]\nname = "x"\nkind = "pigeon"', "receiver.0", "'email'"),
        ('[[route]]\nreceivers = ["nobody"]', "route.0.receivers", "[[receiver]]"),
        ('[topics]\nfiles = ["gone.toml"]', "topics.files.0", "a file that is there"),
        ('[log]\nlevel = "loud"', "log.level", "'debug'"),
    ],
)
def test_a_fault_names_the_file_the_key_and_what_was_expected(path: Path, text: str, key: str, expected: str) -> None:
    (fault,) = faults(path, text)
    assert fault.startswith(f"{path}: {key}: ")
    assert expected in fault


def test_all_faults_come_at_once(path: Path) -> None:
    text = """
    colour = 1
    [fetch]
    timeout = "soon"
    [[feed]]
    name = "a"
    url = "ftp://a.example/"
    [[feed]]
    name = "a"
    url = "https://b.example/"
    [[route]]
    receivers = ["nobody"]
    """
    told = faults(path, text)
    assert len(told) == 5
    assert any("feed.name: found 'a' 2 times" in fault for fault in told)


def test_a_syntax_error_names_its_line(path: Path) -> None:
    (fault,) = faults(path, "[fetch]\ntimeout = \n")
    assert "line 2" in fault


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "gone.toml", {})
    assert "monitor config init" in refused.value.hint


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(path, {})


def test_the_environment_outranks_the_file_and_leaves_the_rest_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text('[fetch]\ncontact = "desk@example.org"\ntimeout = "5s"\n')
    monkeypatch.setenv("MONITOR_FETCH__TIMEOUT", "7s")
    config = load(path)
    assert (config.fetch.timeout, config.fetch.contact) == (7.0, "desk@example.org")


def test_a_misspelt_variable_is_a_fault(path: Path) -> None:
    (fault,) = faults(path, "", {"MONITOR_FETCH__TIMOUT": "7s"})
    assert "MONITOR_FETCH__TIMOUT" in fault


@pytest.mark.parametrize("place", ["variable", "credential", "folder"])
def test_a_secret_comes_from_the_environment_a_credential_or_a_file(path: Path, tmp_path: Path, place: str) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "desk-smtp").write_text("пароль\n", "utf-8")
    environ = {
        "variable": {"MONITOR_SECRET_DESK_SMTP": "пароль"},
        "credential": {"CREDENTIALS_DIRECTORY": str(folder)},
        "folder": {},
    }[place]
    path.write_text(('secrets_dir = "credentials"\n' if place == "folder" else "") + EMAIL)
    config = load(path, environ)
    assert read_secret(config, "desk-smtp", environ).get_secret_value() == "пароль"


def test_a_secret_that_is_nowhere_is_a_fault_that_says_where_to_put_it(path: Path) -> None:
    (fault,) = faults(path, EMAIL)
    assert "MONITOR_SECRET_DESK_SMTP" in fault


def test_a_password_in_the_file_is_refused_and_does_not_show_in_the_fault(path: Path) -> None:
    told = faults(path, EMAIL.replace('password_secret = "desk-smtp"', 'password = "hunter2"'))
    assert any("receiver.0.password" in fault for fault in told)
    assert "hunter2" not in "".join(told)


def test_a_password_in_a_feeds_address_is_refused_and_does_not_show_in_the_fault(path: Path) -> None:
    (fault,) = faults(path, '[[feed]]\nname = "a"\nurl = "https://me:hunter2@a.example/"')
    assert "hunter2" not in fault
    assert "without a user name or password" in fault


def test_a_secret_given_where_its_name_belongs_does_not_show_in_the_fault(path: Path) -> None:
    (fault,) = faults(path, EMAIL.replace('"desk-smtp"', '"hunter2!"'))
    assert "hunter2" not in fault


def test_a_secret_that_a_feed_names_and_nobody_holds_is_a_fault(path: Path) -> None:
    feed = '[[feed]]\nname = "wire"\nurl = "https://wire.example/rss"\nsecret_headers = { X-Key = "wire-key" }\n'
    (fault,) = faults(path, feed)
    assert "feed.0.secret_headers" in fault
    assert "MONITOR_SECRET_WIRE_KEY" in fault


def test_what_is_shown_of_a_configuration_holds_no_secret(path: Path) -> None:
    hook = (
        '[[receiver]]\nname = "hook"\nkind = "webhook"\nurl = "https://h.example/"\nheaders = { X-Key = "hunter2" }\n'
    )
    path.write_text(EMAIL + hook)
    config = load(path, {"MONITOR_SECRET_DESK_SMTP": "hunter3"})
    text = json.dumps(shown(config))
    assert "hunter" not in text
    assert isinstance(config.receiver[0], EmailReceiver)
    assert os.environ.get("MONITOR_SECRET_DESK_SMTP") is None


@settings(examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["fetch", "feed", "receiver", "route", "topics", "topic", "log", "junk", "database"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["name", "url", "kind", "timeout", "receivers", "x"]), inner, max_size=3
                )
            ),
            max_leaves=8,
        ),
    )
)
@pytest.mark.slow
def test_whatever_a_file_holds_the_answer_is_a_configuration_or_a_config_error(
    path: Path, data: dict[str, object]
) -> None:
    # JSON's values, but for null, are TOML's inline values.
    lines = (f"{key} = {toml(value)}" for key, value in data.items() if value is not None)
    path.write_text("\n".join(lines), "utf-8")
    with suppress(ConfigError):
        assert load(path, {}).source == path


def toml(value: object) -> str:
    """A value as TOML says it inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items() if item is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value if item is not None) + "]"
    return json.dumps(value)


@pytest.mark.parametrize(
    "url", ["http://lists.example/out", "https://a.example/\r\nBcc: x", "mailto:a@b.example", "https://ж.example/"]
)
def test_where_readers_unsubscribe_is_a_sound_https_address(url):
    from pydantic import ValidationError

    from monitor.settings.telling import EmailReceiver

    mail = {"name": "a", "kind": "email", "host": "h", "sender": "a@b.example", "to": ["a@b.example"]}
    assert EmailReceiver(**mail, unsubscribe_url="https://lists.example/out").unsubscribe_url
    with pytest.raises(ValidationError):
        EmailReceiver(**mail, unsubscribe_url=url)


@pytest.mark.parametrize(
    "changes", [{}, {"url": "https://a.example/", "url_secret": "x"}, {"content_type": "a\r\nb: c"}]
)
def test_a_webhook_has_one_address_and_a_sound_content_type(changes):
    from pydantic import ValidationError

    from monitor.settings.telling import WebhookReceiver

    with pytest.raises(ValidationError):
        WebhookReceiver(**{"name": "a", "kind": "webhook", **changes})
