"""A message and its addresses become the bytes of one mail."""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from monitor.errors import ConfigError
from monitor.model import Message

ADDRESS = re.compile(r"([^\s<>()\[\]\\,;:@\"]{1,64})@([^\s<>()\[\]\\,;:@\"]{1,255})")
UNFIT = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")  # would end a header, or turn into something else on the way
CHUNK = 42  # bytes of UTF-8 in one encoded word: with its marks it stays below the 75 characters that are allowed
PLAIN = 60  # characters of a header that may stand as they are

# Bodies of seven bits pass through every server, whatever it offers.
BODY = SMTP.clone(cte_type="7bit")


def address(text: str) -> str:
    """A mail address as servers take it: the domain in ASCII, the name before it as it is; ConfigError for others."""
    found = ADDRESS.fullmatch(text)
    if not found or not text.isprintable():
        raise ConfigError(f"{text!r} is not a mail address", hint="write it as name@example.org")
    try:
        domain = found[2] if found[2].isascii() else found[2].encode("idna").decode()
    except UnicodeError as error:
        raise ConfigError(f"{text!r} has no usable domain: {error}") from error
    return f"{found[1]}@{domain}"


def compose(message: Message, sender: str, to: Sequence[str], unsubscribe: Sequence[str] = ()) -> bytes:
    """The mail, the same for every attempt: a head that we write ourselves, a body of text and HTML."""
    body = EmailMessage(policy=BODY)
    body.set_content(message.text)
    if message.html.strip():  # a template of the user's may want none
        body.add_alternative(message.html, subtype="html")
        body.set_boundary(f"=_{message.uid}")
    # The library's own headers are not used: it encodes References and List-Id when they are long, so that no mail
    # program knows them, and loses spaces between encoded words of a subject.
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(message, sender, to, unsubscribe))
    return head.encode() + body.as_bytes()


def _headers(message: Message, sender: str, to: Sequence[str], unsubscribe: Sequence[str]) -> Iterator[tuple[str, str]]:
    domain = sender.rpartition("@")[2]
    yield "Subject", _encoded(message.subject)
    yield "From", sender
    yield "To", ",\r\n ".join(to)
    yield "Date", format_datetime(message.created_at or datetime.now(UTC))
    yield "Message-ID", f"<{message.uid}@{domain}>"
    if message.thread and message.thread != message.uid:  # no mail answers itself
        yield "In-Reply-To", f"<{message.thread}@{domain}>"
        yield "References", f"<{message.thread}@{domain}>"
    yield "Auto-Submitted", "auto-generated"
    name, title = _topic(message)
    yield "List-Id", f"{_encoded(title[:60])} <{re.sub('[^a-z0-9]+', '-', name.lower())}.monitor.{domain}>"
    yield "X-Monitor-Topic", _encoded(name)
    if unsubscribe:
        yield "List-Unsubscribe", ",\r\n ".join(f"<{url}>" for url in unsubscribe)
    if any(url.startswith("https://") for url in unsubscribe):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"  # RFC 8058


def _topic(message: Message) -> tuple[str, str]:
    """The topic's name and title; a message about none is a test."""
    data = message.payload.get("data")
    topic = data.get("topic") if isinstance(data, dict) else None
    if not isinstance(topic, dict):
        return "test", "monitor test"
    return str(topic.get("name")), str(topic.get("title"))


def _encoded(text: str) -> str:
    """A header's text in ASCII: as it is when short and plain, else in encoded words of one line each."""
    text = UNFIT.sub(" ", text).strip()
    # A stranger's "=?utf-8?…?=" would be decoded, so it is encoded too.
    if text.isascii() and len(text) <= PLAIN and "=?" not in text:
        return text
    return "\r\n ".join(f"=?utf-8?B?{b64encode(chunk.encode()).decode()}?=" for chunk in _chunks(text))


def _chunks(text: str) -> Iterator[str]:
    chunk, size = "", 0
    for char in text:
        width = len(char.encode())
        if size + width > CHUNK:
            yield chunk
            chunk, size = "", 0
        chunk, size = chunk + char, size + width
    yield chunk
