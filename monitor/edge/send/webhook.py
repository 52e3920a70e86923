"""A message becomes a signed POST (Standard Webhooks), and an HTTP server takes it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, ClientTimeout, InvalidURL
from multidict import CIMultiDict
from standardwebhooks.webhooks import Webhook
from yarl import URL

from monitor.edge.guard import RefusedAddressError
from monitor.edge.headers import retry_after
from monitor.edge.send.channel import one_line
from monitor.errors import ConfigError, DeliveryError, TemplateError
from monitor.model import Message

MAX_ANSWER = 1024  # bytes of the answer's body that are read
NOT_NOW = frozenset({408, 425, 429})
SECRET = re.compile(r"(whsec_)?([A-Za-z0-9+/]{4}){4,}([A-Za-z0-9+/]{2,3}={0,2})?")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
HINTS = {
    401: "check the receiver's headers and signing secrets",
    403: "check the receiver's headers and signing secrets",
    404: "check the receiver's url",
    410: "the other side wants no more of these: remove the receiver, or give it a new url",
    413: "the other side must accept bodies of 100 kB",
}


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How to reach one receiver by HTTP; ConfigError when a secret or a header is none."""

    url: str = field(repr=False)  # many services put their key into the path
    secrets: tuple[str, ...] = field(default=(), repr=False)  # whsec_…; two while the old one is being replaced
    timeout_s: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content_type: str = "application/json"

    def __post_init__(self) -> None:
        # The library reads past what is not base64, and so makes a key that no other library would.
        if not all(SECRET.fullmatch(secret) for secret in self.secrets):
            hint = 'it is "whsec_" and the base64 of 24 to 64 random bytes: echo "whsec_$(openssl rand -base64 24)"'
            raise ConfigError("a webhook's signing secret is not one", hint=hint)
        for name, value in self.headers.items():
            if not TOKEN.fullmatch(name) or UNFIT.search(value):
                raise ConfigError(f"{name!r} cannot be sent as a header", hint="no line breaks, no spaces in its name")


def envelope(message: Message) -> str:
    """A message as its envelope."""
    return json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class WebhookChannel:
    """Posts to one receiver over a session that others may share; `write` makes the bodies."""

    def __init__(
        self, settings: WebhookSettings, session: ClientSession, write: Callable[[Message], str] = envelope
    ) -> None:
        self.settings = settings
        self._write = write
        self.url = URL(settings.url)
        self.place = str(self.url.origin())  # what may be shown of it
        self._session = session
        self._hooks = tuple(Webhook(secret) for secret in settings.secrets)

    async def send(self, message: Message) -> str:
        """Post a message; a 2xx answer is a delivery."""
        try:
            body = self._write(message)
        except TemplateError as error:
            # The envelope would be refused for good by whoever wants a form of his own: so it waits to be mended.
            said = f"not sent, for its template fails: {error}"
            raise DeliveryError(said, permanent=False, hint=error.hint, reached=True) from error
        try:
            async with self._session.post(
                self.url,
                data=body.encode(),
                headers=self._headers(message.uid, body, datetime.now(UTC)),
                allow_redirects=False,
                timeout=ClientTimeout(total=self.settings.timeout_s),
            ) as response:
                said = f"{response.status} {one_line(response.reason or '', 60)}".rstrip()
                answer = await _beginning(response)
        except TimeoutError as error:
            raise DeliveryError(f"{self.place}: no answer in time", permanent=False, maybe_taken=True) from error
        except InvalidURL as error:
            raise DeliveryError(f"{self.place}: not a usable URL", permanent=True) from error
        except (ClientError, OSError) as error:
            # Not final: what it takes, a name in the DNS or an entry in the configuration, may come in time.
            begun = not isinstance(error, ClientConnectorError)
            said = f"{self.place}: {self._clean(error)}"
            raise DeliveryError(said, permanent=False, hint=_hint(error), maybe_taken=begun) from error
        detail = f"{said}: {answer}" if answer else said
        if not 200 <= response.status < 300:
            raise self._refusal(response, detail)
        return detail

    def _headers(self, uid: str, body: str, now: datetime) -> CIMultiDict[str]:
        headers = CIMultiDict(self.settings.headers)
        headers.update(
            {
                "Content-Type": self.settings.content_type,
                "webhook-id": uid,
                "webhook-timestamp": str(int(now.timestamp())),
            }
        )
        if self._hooks:
            headers["webhook-signature"] = " ".join(hook.sign(uid, now, body) for hook in self._hooks)
        return headers

    def _refusal(self, response: ClientResponse, detail: str) -> DeliveryError:
        status = response.status
        if 300 <= status < 400:
            # To follow would send the alert, and the headers that let it in, to an address that nobody configured.
            target = one_line(response.headers.get("Location", ""), 200) or "nowhere"
            hint = f"it points to {target}: when that is right, make it the receiver's url"
            return DeliveryError(f"{self.place} redirects: {detail}", permanent=True, hint=hint)
        later = status in NOT_NOW or not 400 <= status < 500
        return DeliveryError(
            f"{self.place} answered {detail}",
            permanent=not later,
            retry_after=retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC)) if later else None,
            hint=HINTS.get(status, ""),
        )

    def _clean(self, error: Exception) -> str:
        said = str(error).replace(self.settings.url, self.place).replace(self.url.raw_path_qs, "/")
        return one_line(said, 300) or type(error).__name__


def _hint(error: Exception) -> str:
    cause = error.os_error if isinstance(error, ClientConnectorError) else error.__cause__
    if isinstance(cause, RefusedAddressError) or isinstance(error, RefusedAddressError):
        return "to let webhooks go there, list the address under deliver.allow_private"
    return ""


async def _beginning(response: ClientResponse) -> str:
    """The first words of an answer's body; none when they do not come, for the status has said what counts."""
    try:
        body = await response.content.read(MAX_ANSWER)
    except (ClientError, OSError):
        return ""
    return one_line(body[:MAX_ANSWER].decode("utf-8", "replace"), MAX_ANSWER)
