"""Our webhooks are verified by a library that we did not write, in another language: standardwebhooks for Node."""

import asyncio
import json
import os
import shutil
import subprocess

import pytest
from test_webhook import NEW, OLD, delivered, session
from told import ALERT

__all__ = ["session"]  # a fixture

SCRIPT = """
const {Webhook} = require("standardwebhooks");
const [headers, body, secrets] = JSON.parse(require("fs").readFileSync(0));
for (const secret of secrets) {
  for (const sent of [body, body + " "]) {
    try { console.log(new Webhook(secret).verify(sent, headers).id); }
    catch (error) { console.log(error.constructor.name); }
  }
}
"""


def places() -> str:
    """Where packages for Node lie that were installed for all."""
    if not shutil.which("npm"):
        return os.environ.get("NODE_PATH", "")
    root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
    return os.pathsep.join(filter(None, (os.environ.get("NODE_PATH"), root)))


def node(script: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "NODE_PATH": places()}
    return subprocess.run(["node", "-e", script], input=given, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.slow
async def test_the_library_for_node_accepts_both_secrets_and_no_other_bytes(session):
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node or npm is not installed")
    if await asyncio.to_thread(lambda: node('require("standardwebhooks")').returncode):
        pytest.skip("its package is not installed: npm install -g standardwebhooks")
    hook, _ = await delivered(session, secrets=(NEW, OLD))
    ((headers, body),) = hook.requests
    other = "whsec_" + "R0hJ" * 8
    given = json.dumps([{name.lower(): value for name, value in headers.items()}, body.decode(), [NEW, OLD, other]])
    said = await asyncio.to_thread(node, SCRIPT, given)
    names = said.stdout.split()
    assert (names[0], names[2]) == (ALERT.uid, ALERT.uid), said.stderr
    assert {names[1], *names[3:]} == {"WebhookVerificationError"}
    assert len(names) == 6
