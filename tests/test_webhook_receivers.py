"""The whole receivers that the documentation shows take our webhooks, know repeats, and refuse what is forged."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_webhook import NEW, OLD
from test_webhook_node import node, places
from told import message

from monitor.edge.guard import guarded_session
from monitor.edge.send.webhook import WebhookChannel, WebhookSettings
from monitor.errors import DeliveryError

DOCUMENT = (Path(__file__).parents[1] / "docs" / "webhook.md").read_text("utf-8")
WHOLE = DOCUMENT.split("## A whole receiver")[1]


@contextmanager
def receiver(command: list[str], file: Path, language: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The documented program at work, and its address."""
    file.write_text(re.findall(rf"```{language}\n(.*?)```", WHOLE, re.DOTALL)[0], "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environ = {**os.environ, "HOOK_SECRET": NEW, "PORT": str(port), "NODE_PATH": places()}
    with subprocess.Popen([*command, str(file)], env=environ, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield program, f"http://127.0.0.1:{port}/"
        finally:
            program.terminate()


async def answered(channel: WebhookChannel) -> str:
    """The first answer: the program needs a moment to begin."""
    for _ in range(600):
        try:
            return await channel.send(message())
        except DeliveryError as error:
            if "answered 401" in str(error):  # a port may have these digits, too
                raise
            subprocess.run(["sleep", "0.05"], check=True)  # noqa: ASYNC221 - nothing else is at work here
    raise AssertionError("the receiver does not begin")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["python", "js"])
async def test_a_documented_receiver_tells_of_a_message_once_and_refuses_another_secret(tmp_path, language):
    if language == "js" and not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is not installed")
    if language == "js" and node('require("standardwebhooks")').returncode:
        pytest.skip("the package standardwebhooks is not installed: npm install -g standardwebhooks")
    command = [sys.executable] if language == "python" else ["node"]
    async with guarded_session(["127.0.0.1"], "monitor/1") as session:
        with receiver(command, tmp_path / f"receiver.{language}", language) as (program, url):
            assert (await answered(WebhookChannel(WebhookSettings(url, (NEW,)), session))).startswith("204")
            assert (await answered(WebhookChannel(WebhookSettings(url, (OLD, NEW)), session))).startswith("204")
            with pytest.raises(DeliveryError, match="answered 401"):
                await answered(WebhookChannel(WebhookSettings(url, (OLD,)), session))
            program.terminate()
            said, _ = program.communicate()
    assert said.splitlines() == ["alert.created Crane falls in the harbour of Arlen"]
