"""config.toml, the environment and secrets become one frozen, fully checked Config."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import SettingsError

from monitor.errors import ConfigError
from monitor.settings import PREFIX, Config
from monitor.settings.telling import EmailReceiver, WebhookReceiver
from monitor.tables import read_tables
from monitor.unswept import unswept

SECRET_PREFIX = "MONITOR_SECRET_"  # noqa: S105 - the name of a variable, not a secret
# systemd names the files of a folder so: LoadCredential=secret:/etc/monitor/secrets.
FOLDER_PREFIX = "secret_"
# Variables with our prefix that are no settings.
RESERVED = {"MONITOR_CONFIG"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the configuration."""

    where: str  # file, or the variable's name
    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        found = f"found {self.found}, " if self.found else ""
        return f"{self.where}: {self.key}: {found}expected {self.expected}"


def load(path: Path, environ: Mapping[str, str] | None = None, *, secrets: bool = True) -> Config:
    """Read and check the whole configuration; ConfigError lists every fault at once.

    Without `secrets` none needs to be there: for who may not read them, and asks another process that may.
    """
    environ = os.environ if environ is None else environ
    with unswept():
        return _load(path, environ, secrets=secrets)


def _load(path: Path, environ: Mapping[str, str], *, secrets: bool) -> Config:
    data = _read_toml(path)
    faults = [*_stray_variables(environ), *_cross_faults(path, data), *_unknown_receivers(path, data)]
    config: Config | None = None
    try:
        config = Config(**{**data, "source": path})
    except ValidationError as error:
        faults = [*_model_faults(path, error), *faults]
    except SettingsError as error:
        # A list in a variable is JSON; the library names the field and nothing else.
        faults.append(Fault("environment", str(error), "", 'a JSON value for a list, such as ["a", "b"]'))
    if config is not None:
        faults += [*_unwarned(config), *_missing_files(config)]
        faults += _missing_secrets(config, environ) if secrets else []
    if faults or config is None:
        raise refusal(faults)
    return config


def refusal(faults: list[Fault]) -> ConfigError:
    """The error that lists all faults, one a line."""
    lines = list(dict.fromkeys(str(fault) for fault in faults))
    return ConfigError("\n".join(lines), hint="docs/configuration.md lists every key")


def read_secret(config: Config, name: str, environ: Mapping[str, str] | None = None) -> SecretStr:
    """A secret by its name: environment, systemd credential, or a file in secrets_dir; ConfigError when absent."""
    environ = os.environ if environ is None else environ
    variable = SECRET_PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())
    if variable in environ:
        return SecretStr(environ[variable])
    for file in _secret_files(config, environ, name):
        try:
            if file.is_file():
                return SecretStr(file.read_text("utf-8").rstrip("\r\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"secret {name!r}: cannot read {file}: {error}") from error
    raise ConfigError(
        f"secret {name!r} is not set",
        hint=f"set {variable}, or put a file named {name} into secrets_dir, or pass it as a systemd credential",
    )


def secret_values(config: Config, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every secret that the configuration names and that is there: what a log must not show."""
    found = []
    for _, name in _named_secrets(config):
        with suppress(ConfigError):
            found.append(read_secret(config, name, environ).get_secret_value() if name else "")
    headers = (value for table in (*config.receiver, *config.feed) for value in getattr(table, "headers", {}).values())
    return (*found, *headers)


def shown(config: Config) -> dict[str, Any]:
    """The configuration in force as plain data; it holds names of secrets, never secrets."""
    data = config.model_dump(mode="json", by_alias=True)
    for table in (*data["receiver"], *data["feed"]):
        # A custom header is where people put tokens all the same.
        if table.get("headers"):
            table["headers"] = dict.fromkeys(table["headers"], "***")
    return data


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return read_tables(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: there is no such file", hint="`monitor config init` writes the shipped configuration here"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error


def _model_faults(path: Path, error: ValidationError) -> Iterator[Fault]:
    """Pydantic's findings in our words; the values of anything that smells of a secret are left out."""
    for item in error.errors(include_url=False, include_context=False):
        key = ".".join(str(part) for part in item["loc"] if part not in {"email", "webhook", "apprise"})
        hidden = re.search(r"secret|password|token|headers", key, re.IGNORECASE)
        found = "" if hidden or item["type"] == "missing" else _brief(item["input"])
        expected = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            found, expected = "an unknown key", "a known one"
        elif item["type"] == "missing":
            expected = "this key to be set"
        yield Fault(str(path), key, found, expected)


def _brief(value: object) -> str:
    text = re.sub(r"://[^/@\s]*@", "://***@", repr(value))
    return text if len(text) <= 80 else text[:77] + "..."


def _cross_faults(path: Path, data: Mapping[str, Any]) -> Iterator[Fault]:
    """What no single key shows: names given twice."""
    for table, key in (("feed", "name"), ("feed", "url"), ("topic", "name"), ("receiver", "name"), ("window", "name")):
        values = Counter(str(row[key]) for row in _rows(data, table) if key in row)
        for value, times in values.items():
            if times > 1:
                yield Fault(str(path), f"{table}.{key}", f"{value!r} {times} times", f"each {key} once")


def _unknown_receivers(path: Path, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Receivers that are named and not there: nobody would be told."""
    known = {str(row.get("name")) for row in _rows(data, "receiver")}
    for key, name in _named_receivers("", data):
        if name not in known:
            yield Fault(str(path), key, repr(name), "the name of a [[receiver]]")


def _named_receivers(above: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each receiver that a route names, or one within it, or an example of it, with the key that does."""
    for table in ("route", "test") if above else ("route",):
        for index, row in enumerate(_rows(data, table)):
            key = f"{above}{table}.{index}."
            names = row.get("receivers", [])
            yield from ((f"{key}receivers", str(name)) for name in (names if isinstance(names, list) else []))
            yield from _named_receivers(key, row)


def _rows(data: Mapping[str, Any], table: str) -> list[Mapping[str, Any]]:
    rows = data.get(table, [])
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _stray_variables(environ: Mapping[str, str]) -> Iterator[Fault]:
    """Variables with our prefix that set nothing are typing errors, not to be passed over."""
    for name in environ:
        if not name.startswith(PREFIX) or name.startswith(SECRET_PREFIX) or name in RESERVED:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        field = Config.model_fields.get(section)
        kind = field.annotation if field else None
        known = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
        if field is None or (key and known and key.partition("__")[0] not in known):
            yield Fault(f"environment variable {name}", section, "", "a key of the configuration")


def _secret_files(config: Config, environ: Mapping[str, str], name: str) -> Iterator[Path]:
    if environ.get("CREDENTIALS_DIRECTORY"):
        folder = Path(environ["CREDENTIALS_DIRECTORY"])
        yield folder / name
        yield folder / (FOLDER_PREFIX + name)
    if config.secrets_dir:
        yield config.home / config.secrets_dir / name


def _missing_secrets(config: Config, environ: Mapping[str, str]) -> list[Fault]:
    return [fault for key, name in _named_secrets(config) if (fault := _try_secret(config, key, name, environ))]


def _named_secrets(config: Config) -> Iterator[tuple[str, str]]:
    """The secrets that the configuration names, each with the key that does."""
    yield "database.password_secret", config.database.password_secret
    for index, receiver in enumerate(config.receiver):
        if isinstance(receiver, EmailReceiver):
            yield f"receiver.{index}.password_secret", receiver.password_secret
            continue
        yield f"receiver.{index}.url_secret", receiver.url_secret
        if isinstance(receiver, WebhookReceiver):
            for name in (*receiver.signing_secrets, *receiver.secret_headers.values()):
                yield f"receiver.{index}.signing_secrets", name
    for index, feed in enumerate(config.feed):
        yield f"feed.{index}.password_secret", feed.password_secret
        for name in feed.secret_headers.values():
            yield f"feed.{index}.secret_headers", name


def _try_secret(config: Config, key: str, name: str, environ: Mapping[str, str]) -> Fault | None:
    if not name:
        return None
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        return Fault(str(config.source), key, "", "the name of a secret, not the secret itself")
    try:
        read_secret(config, name, environ)
    except ConfigError as error:
        return Fault(str(config.source), key, "", f"a secret that is there: {error}; {error.hint}")
    return None


def _unwarned(config: Config) -> list[Fault]:
    """Receivers that are to hear of others that fail, and are not there."""
    known, expected = {receiver.name for receiver in config.receiver}, "the name of a [[receiver]]"
    named = config.deliver.warn
    return [Fault(str(config.source), "deliver.warn", repr(name), expected) for name in named if name not in known]


def _missing_files(config: Config) -> list[Fault]:
    return [
        Fault(str(config.source), f"topics.files.{index}", repr(str(file)), "a file that is there")
        for index, file in enumerate(config.topics.files)
        if not (config.home / file).is_file()
    ]
