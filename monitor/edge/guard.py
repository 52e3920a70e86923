"""An address becomes a permission to go there: the public network, and what the operator lists beside it."""

import asyncio
import re
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType

from monitor.edge.bounded import BoundedProtocol
from monitor.errors import ConfigError

_DNS_THREADS = 32  # a name server that never answers holds one of them for half a minute
_DNS_KEPT_S = 60

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
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


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
        plain = found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
        return _is_public(plain) or any(
            allowance.network is not None and plain in allowance.network and allowance.port in {None, port}
            for allowance in self.allowances
        )

    def names(self, host: str, port: int) -> bool:
        """Whether the operator listed this host by its name."""
        return any(allowance.name == host and allowance.port in {None, port} for allowance in self.allowances)


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

    def __init__(self, guard: Guard) -> None:
        # Addresses of hosts that the operator listed by name; a name's other addresses stay closed.
        named: set[tuple[str, int]] = set()

        def make_socket(info: AddrInfoType) -> socket.socket:
            address, port = str(info[4][0]), int(info[4][1])
            if not (guard.permits(address, port) or (address, port) in named):
                raise RefusedAddressError(f"{address} port {port} is not on the public network")
            return socket.socket(info[0], info[1], info[2])

        resolver = _GuardedResolver(guard, named)
        super().__init__(limit=0, ttl_dns_cache=_DNS_KEPT_S, resolver=resolver, socket_factory=make_socket)
        speak: Callable[..., ResponseHandler] = BoundedProtocol
        self._factory = partial(speak, loop=self._loop)


class _GuardedResolver(AbstractResolver):
    """Names become those of their addresses that may be asked."""

    def __init__(self, guard: Guard, named: set[tuple[str, int]]) -> None:
        self._guard = guard
        self._named = named

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(_dns_threads(), look_up)
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
            for address, kind in permitted.items()
        ]

    async def close(self) -> None:
        """Nothing is held."""


@cache
def _dns_threads() -> ThreadPoolExecutor:
    # Threads of their own: names that resolve slowly must not keep files and decompression waiting.
    return ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="dns")


def guarded_session(allow_private: Iterable[str], user_agent: str) -> ClientSession:
    """A session that reaches only the public network and what is listed, keeps no cookies, and asks no proxy."""
    return ClientSession(
        connector=GuardedConnector(read_guard(allow_private)),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
        trust_env=False,
        auto_decompress=False,
    )
