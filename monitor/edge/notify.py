"""Words for systemd: ready, alive, stopping."""

import os
import socket


def notify(**state: str) -> bool:
    """Tell the service manager, e.g. `notify(READY="1", STATUS="polling")`; False when none listens.

    Source: sd_notify(3), the NOTIFY_SOCKET protocol.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # a name in the abstract namespace
    lines = "\n".join(f"{name}={value}".replace("\n", " ") for name, value in state.items())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            speaker.sendto(lines.encode(), address)
    except OSError:
        return False
    return True
