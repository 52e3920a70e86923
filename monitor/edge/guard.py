"""An address becomes a permission to go there: the public network, and what the operator lists beside it."""

import asyncio
import re
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType

from monitor.edge.bounded import BoundedProtocol
from monitor.errors import ConfigError

_DNS_THREADS = 256  # a name server that never answers holds one of them for half a minute; none is made before need
_DNS_KEPT_S = 60
_IDLE_S = 5.0  # that a connection is kept: feeds come again in minutes, and a thousand open sockets are many
_DNS_ANSWERS = 8  # addresses of one name that are tried: a name may have thousands

# The special-purpose registries of IANA, and the metadata services that clouds keep on public addresses.
_CLOSED = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3"
)
_CLOSED_V4 = tuple(map(IPv4Network, _CLOSED.split()))
_PUBLIC_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = (IPv6Network("2001::/23"), IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")
_ENTRY = re.compile(r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<plain>[^\[\]]+?))(?::(?P<port>\d{1,5}))?")
# Names that mean this machine or the network that it stands in, whoever looks them up.
_PRIVATE_NAME = re.compile(r"(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|corp|home|home\.arpa)$")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


LookUp = Callable[..., Any]  # a name and a port → addresses, as socket.getaddrinfo has it


class RefusedAddressError(OSError):
    """A connection that would have left the public network."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A host name or a network of the operator's own; `port` None stands for every port."""

    name: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may be asked: the public network, and what these allow."""

    allowances: tuple[Allowance, ...] = ()

    def permits(self, address: str, port: int) -> bool:
        """Whether a connection to this address, in its plain form, may be made."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        plain = _plain(found)
        return _is_public(plain) or self._holds(plain, port)

    def names(self, host: str, port: int) -> bool:
        """Whether the operator listed this host by its name."""
        return any(allowance.name == host and allowance.port in {None, port} for allowance in self.allowances)

    def lists(self, host: str, port: int) -> bool:
        """Whether the operator listed this host, by its name or as an address: it is one of his own."""
        if not self.allowances:
            return False
        if host == "localhost":
            return self._holds(IPv4Address("127.0.0.1"), port)
        if ":" in host or ends_in_number(host):
            return self._holds(_plain(ip_address(host)), port)
        return self.names(host, port)

    def tells(self, host: str, port: int) -> bool:
        """Whether nothing in a host's name speaks against it: all that can be known of what a proxy will connect to."""
        if ":" in host or ends_in_number(host):
            return self.permits(host, port)
        return ("." in host and not _PRIVATE_NAME.search(host)) or self.lists(host, port)

    def _holds(self, address: IPv4Address | IPv6Address, port: int) -> bool:
        return any(
            allowance.network is not None and address in allowance.network and allowance.port in {None, port}
            for allowance in self.allowances
        )


def read_guard(entries: Iterable[str]) -> Guard:
    """Read "127.0.0.1", "10.0.0.0/8", "[::1]:8080", "localhost:8765" and the like; ConfigError for anything else."""
    return Guard(tuple(allowance for entry in entries for allowance in _read_entry(entry.strip().lower())))


def _read_entry(entry: str) -> tuple[Allowance, ...]:
    if entry.count(":") > 1 and not entry.startswith("["):
        entry = f"[{entry}]"  # an IPv6 address without a port
    found = _ENTRY.fullmatch(entry)
    host = (found["bracketed"] or found["plain"]) if found else ""
    port = int(found["port"]) if found and found["port"] else None
    if not host or port == 0 or (port or 0) > 65_535:
        raise ConfigError(f"{entry!r} is no address", hint='write it like "10.0.0.0/8" or "localhost:8080"')
    if host == "localhost":
        return tuple(Allowance(network=ip_network(loop), port=port) for loop in ("127.0.0.1", "::1"))
    try:
        return (Allowance(network=ip_network(host, strict=False), port=port),)
    except ValueError:
        if not _NAME.fullmatch(host) or ends_in_number(host):
            raise ConfigError(f"{entry!r} is no address", hint='write it like "10.0.0.0/8" or "host:8080"') from None
    return (Allowance(name=host, port=port),)


def ends_in_number(host: str) -> bool:
    """Whether a host is meant as an IPv4 address, in whatever form: decimal, octal, hexadecimal, shortened."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def is_dotted(host: str) -> bool:
    """Whether a host is an IPv4 address in the one plain form."""
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address in _NAT64:
        return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address in _6TO4:
        return _is_public(IPv4Address(int(address) >> 80 & 0xFFFF_FFFF))
    return address in _PUBLIC_V6 and not any(address in network for network in _CLOSED_V6)


class GuardedConnector(TCPConnector):
    """Connects to permitted addresses only: checked after DNS, and once more on each socket before it connects."""

    def __init__(self, guard: Guard, look_up: LookUp = socket.getaddrinfo) -> None:
        # Addresses of hosts that the operator listed by name; a name's other addresses stay closed.
        named: set[tuple[str, int]] = set()
        permits = lru_cache(10_000)(guard.permits)

        def make_socket(info: AddrInfoType) -> socket.socket:
            address, port = str(info[4][0]), int(info[4][1])
            if not (permits(address, port) or (address, port) in named):
                raise RefusedAddressError(f"{address} port {port} is not on the public network")
            return socket.socket(info[0], info[1], info[2])

        resolver = GuardedResolver(guard, named, look_up)
        super().__init__(
            limit=0,
            ttl_dns_cache=_DNS_KEPT_S,
            keepalive_timeout=_IDLE_S,
            resolver=resolver,
            socket_factory=make_socket,
        )
        speak: Callable[..., ResponseHandler] = BoundedProtocol
        self._factory = partial(speak, loop=self._loop)


class GuardedResolver(AbstractResolver):
    """Names become those of their addresses that may be asked."""

    def __init__(self, guard: Guard, named: set[tuple[str, int]], look_up: LookUp = socket.getaddrinfo) -> None:
        self._guard = guard
        self._named = named
        self._look_up = look_up
        self._asking: dict[tuple[str, int, socket.AddressFamily], asyncio.Future[Any]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.shield(self._asked(host, port, family))
        addresses = {str(answer[4][0]): answer[0] for answer in found}
        if self._guard.names(host.lower(), port):
            self._named.update((address, port) for address in addresses)
        permitted = {
            address: kind
            for address, kind in addresses.items()
            if self._guard.permits(address, port) or (address, port) in self._named
        }
        if not permitted:
            raise RefusedAddressError(f"{host} is not on the public network")
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=numeric)
            for address, kind in islice(permitted.items(), _DNS_ANSWERS)
        ]

    def _asked(self, host: str, port: int, family: socket.AddressFamily) -> asyncio.Future[Any]:
        """The look-up of a name: one at a time, since one that hangs outlives whoever asked for it."""
        key = (host, port, family)
        future = self._asking.get(key)
        if future is None:
            look_up = partial(self._look_up, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            future = asyncio.get_running_loop().run_in_executor(_dns_threads(), look_up)
            self._asking[key] = future
            future.add_done_callback(lambda done: self._done(key, done))
        return future

    def _done(self, key: tuple[str, int, socket.AddressFamily], future: asyncio.Future[Any]) -> None:
        self._asking.pop(key, None)
        if not future.cancelled():
            future.exception()  # heard, even where all who waited for it have left

    async def close(self) -> None:
        """Nothing is held."""


@cache
def _dns_threads() -> ThreadPoolExecutor:
    # Threads of their own: names that resolve slowly must not keep files and decompression waiting.
    return ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="dns")


def guarded_session(
    allow_private: Iterable[str], user_agent: str, look_up: LookUp = socket.getaddrinfo
) -> ClientSession:
    """A session that reaches only the public network and what is listed, keeps no cookies, and asks no proxy."""
    return ClientSession(
        connector=GuardedConnector(read_guard(allow_private), look_up),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
        trust_env=False,
        auto_decompress=False,
    )
