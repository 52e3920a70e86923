"""A message goes out by one way of telling; its server's answer comes back in short."""

from typing import Protocol

from monitor.model import Message


class Channel(Protocol):
    """A way to reach one receiver."""

    async def send(self, message: Message) -> str:
        """Deliver a message and return the server's answer in short; DeliveryError when it was not taken."""
        ...


def one_line(text: str, limit: int = 200) -> str:
    """A stranger's words, fit for a log line, a record or a header: printable, on one line, not longer than `limit`."""
    printable = "".join(char if char.isprintable() else " " for char in text[: limit * 4])
    return " ".join(printable.split())[:limit].rstrip()


def in_form(answer: str, message: Message) -> str:
    """The answer for the record, which says so when a message went in the shipped form against the user's wish."""
    return f"{answer} (in the shipped form, for its template fails: {message.fault})" if message.fault else answer
