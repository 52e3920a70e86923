"""The receivers of a Config become channels, and what is wrong with them becomes faults."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import ModuleType

from aiohttp import ClientSession
from sqlalchemy.engine import Engine

from monitor.config import read_secret
from monitor.edge.guard import guarded_session, read_guard
from monitor.edge.send.apprise import AppriseChannel, AppriseSettings
from monitor.edge.send.channel import Channel
from monitor.edge.send.email import EmailChannel, EmailSettings
from monitor.edge.send.rests import Rests
from monitor.edge.send.webhook import WebhookChannel, WebhookSettings, envelope
from monitor.errors import ConfigError, MonitorError
from monitor.settings import Config
from monitor.settings.kinds import check_web_address
from monitor.settings.telling import EmailReceiver, Receiver, WebhookReceiver


async def open_channels(config: Config, stack: AsyncExitStack, engine: Engine | None = None) -> Mapping[str, Channel]:
    """A channel for each receiver, by its name; what they hold is ended with the stack, what they remember kept.

    ConfigError lists what is wrong with receivers, and when [health] names one that is not there: nobody would hear of
    a source that dies.
    """
    if unknown := _unknown_receivers(config):
        raise ConfigError(unknown, hint="docs/configuration.md lists every key")
    session = await stack.enter_async_context(guarded_session(config.deliver.allow_private, config.fetch.agent))
    faults: list[str] = []
    channels = _channels(config, session, faults, engine)
    if faults:
        raise ConfigError("\n".join(faults), hint="docs/configuration.md lists every key")
    return channels


async def check_parts(config: Config) -> list[str]:
    """What is wrong with the parts that cannot be told from keys alone: addresses, secrets, headers, templates."""
    faults = [unknown] if (unknown := _unknown_receivers(config)) else []
    for key, entries in (("fetch", config.fetch.allow_private), ("deliver", config.deliver.allow_private)):
        try:
            read_guard(entries)
        except MonitorError as error:
            faults.append(f"{config.source}: {key}.allow_private: {error} ({error.hint})")
    if faults:
        return faults
    async with guarded_session((), config.fetch.agent) as session:
        _channels(config, session, faults)
    return faults


def _unknown_receivers(config: Config) -> str:
    known = {receiver.name for receiver in config.receiver}
    names = ", ".join(repr(name) for name in config.health.receivers if name not in known)
    return f"{config.source}: health.receivers: found {names}, expected the name of a [[receiver]]" if names else ""


def _channels(
    config: Config, session: ClientSession, faults: list[str], engine: Engine | None = None
) -> dict[str, Channel]:
    channels: dict[str, Channel] = {}
    for receiver in config.receiver:
        try:
            channels[receiver.name] = _channel(config, receiver, session, engine)
        except MonitorError as error:
            lines = str(error).splitlines()
            hint = f" ({error.hint})" if error.hint else ""
            faults += [f"{config.source}: receiver {receiver.name}: {line}{hint}" for line in lines]
    return channels


def _channel(config: Config, receiver: Receiver, session: ClientSession, engine: Engine | None) -> Channel:
    if isinstance(receiver, EmailReceiver):
        write = _forms().mail_form(config.home / receiver.templates, receiver.name) if receiver.templates else None
        return EmailChannel(_email(config, receiver), Rests(receiver.name, engine), write)
    template = config.home / receiver.template if receiver.template else None
    if isinstance(receiver, WebhookReceiver):
        body = _forms().body_form(template, receiver.content_type, receiver.name) if template else envelope
        return WebhookChannel(_webhook(config, receiver), session, body)
    guard = read_guard(config.deliver.allow_private)
    settings = AppriseSettings(_secret(config, receiver.url_secret), guard, receiver.timeout)
    return AppriseChannel(settings, _forms().text_form(template, receiver.name) if template else None)


def _forms() -> ModuleType:
    from monitor import forms  # noqa: PLC0415 - loads Jinja, which only templates need

    return forms


def open_mail(config: Config, receiver: EmailReceiver) -> EmailChannel:
    """The channel of a receiver by mail, for a look at its server."""
    return EmailChannel(_email(config, receiver))


def open_webhook(config: Config, receiver: WebhookReceiver) -> WebhookSettings:
    """Where a receiver by webhook is, and how it is asked."""
    return _webhook(config, receiver)


def _email(config: Config, receiver: EmailReceiver) -> EmailSettings:
    mail = f"mailto:{receiver.unsubscribe_mail}" if receiver.unsubscribe_mail else ""
    return EmailSettings(
        host=receiver.host,
        port=receiver.port,
        security=receiver.security,
        username=receiver.username,
        password=_secret(config, receiver.password_secret),
        sender=receiver.sender,
        to=receiver.to,
        timeout_s=receiver.timeout,
        ca_file=str(config.home / receiver.ca_file) if receiver.ca_file else "",
        unsubscribe=tuple(filter(None, (receiver.unsubscribe_url, mail))),
    )


def _webhook(config: Config, receiver: WebhookReceiver) -> WebhookSettings:
    secret_headers = {name: _secret(config, named) for name, named in receiver.secret_headers.items()}
    return WebhookSettings(
        url=receiver.url or _address(config, receiver.url_secret),
        secrets=tuple(_secret(config, name) for name in receiver.signing_secrets),
        timeout_s=receiver.timeout,
        headers={**receiver.headers, **secret_headers},
        content_type=receiver.content_type,
    )


def _secret(config: Config, name: str) -> str:
    return read_secret(config, name).get_secret_value() if name else ""


def _address(config: Config, name: str) -> str:
    """An address that is a secret; what is wrong with it is said without it."""
    try:
        return check_web_address(_secret(config, name))
    except ValueError as error:
        raise ConfigError(f"the secret {name!r} is not {error}") from None
