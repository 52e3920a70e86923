"""A test message goes to one receiver."""

from contextlib import AsyncExitStack

from monitor.channels import open_channels
from monitor.edge.clock import clock
from monitor.errors import DeliveryError
from monitor.settings import Config
from monitor.think.render import test_message


async def send_test(config: Config, name: str) -> str:
    """The server's answer; DeliveryError when it did not take the message."""
    async with AsyncExitStack() as stack:
        channels = await open_channels(config, stack)
        if name not in channels:
            known = ", ".join(sorted(channels)) or "none"
            raise DeliveryError(f"no receiver is named {name!r}", hint=f"the configuration has: {known}")
        return await channels[name].send(test_message(name, clock()))
