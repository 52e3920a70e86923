"""The web servers of deploy/ before `monitor web`: pages, log-in, events, limits, and whose address it is."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from desk import furnish, keep_matches
from newsday import child
from test_events import RAIN, events
from test_web_serve import WAIT, served
from typer.testing import CliRunner
from web import with_setting

from monitor.cli.main import app

DEPLOY = Path(__file__).parent.parent / "deploy"
HOST = "monitor.example.org"
NGINX, CADDY = (shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in ("nginx", "caddy"))
OPENSSL = shutil.which("openssl")  # makes the certificate
# Hubs have no listener of ours here: one of theirs, which says what reached it.
HUBS = """
import http.server, sys
class Hub(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        size = len(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.path} {size}".encode())
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
print(server.server_port, flush=True)
server.serve_forever()
"""
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Site:
    """The pages as the world sees them, and where they are kept."""

    port: int
    home: Path
    token: str

    def client(self, address: str = "127.0.0.1", **options: object) -> httpx.Client:
        """Somebody at an address."""
        transport = httpx.HTTPTransport(verify=False, local_address=address)
        base = f"https://{HOST}:{self.port}"
        return Named(transport=transport, base_url=base, timeout=WAIT, **options)  # type: ignore[arg-type]


class Named(httpx.Client):
    """A client for which the name of the site is this machine's, as the certificate's and the request's stays."""

    def build_request(self, method: str, url: httpx.URL | str, **options: object) -> httpx.Request:
        request = super().build_request(method, url, **options)  # type: ignore[arg-type]
        request.extensions["sni_hostname"] = HOST
        request.headers["Host"] = HOST
        request.url = request.url.copy_with(host="127.0.0.1")
        return request


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def pointed(text: str, web: str, hubs: str) -> str:
    """An example of deploy/, for where things are here."""
    assert "127.0.0.1:8787" in text
    assert "127.0.0.1:8799" in text
    return text.replace("127.0.0.1:8787", web).replace("127.0.0.1:8799", hubs)


@contextmanager
def nginx(folder: Path, port: int, web: str, hubs: str) -> Iterator[None]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    words = [*command.split(), "-subj", f"/CN={HOST}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    text = pointed((DEPLOY / "nginx.conf").read_text("utf-8"), web, hubs)
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ").replace("listen [::]:443 ", f"listen [::1]:{port} ")
    text = re.sub(r"/etc/letsencrypt/\S+fullchain.pem", str(certificate), text)
    text = re.sub(r"/etc/letsencrypt/\S+privkey.pem", str(key), text)
    temporary = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; {user} error_log {folder}/log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{text}}}\n",
        "utf-8",
    )
    words = [str(NGINX), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    assert subprocess.run([*words, "-t", "-q"], capture_output=True, text=True, check=False).stderr == ""
    with running(words, port, {}):
        yield


@contextmanager
def caddy(folder: Path, port: int, web: str, hubs: str) -> Iterator[None]:
    text = pointed((DEPLOY / "Caddyfile").read_text("utf-8"), web, hubs)
    ours = f"admin off\n\tlocal_certs\n\tskip_install_trust\n\tauto_https disable_redirects\n\thttps_port {port}\n"
    (folder / "Caddyfile").write_text(text.replace("\n{\n", f"\n{{\n\t{ours}", 1), "utf-8")
    words = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with running(words, port, {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}):
        yield


@contextmanager
def running(words: list[str], port: int, environ: dict[str, str]) -> Iterator[None]:
    """A server, when it shows a certificate at its port."""
    plain = ssl.create_default_context()
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    process = subprocess.Popen(words, env={**os.environ, **environ}, stderr=subprocess.PIPE, text=True)
    end = datetime.now(UTC) + timedelta(seconds=WAIT)
    try:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), WAIT) as one:
                    plain.wrap_socket(one, server_hostname=HOST).close()
                break
            except OSError:
                assert process.poll() is None, process.communicate()[1]
                assert datetime.now(UTC) < end
        yield
    finally:
        process.terminate()  # Caddy gives streams of events five seconds to end
        process.communicate(timeout=WAIT)


@pytest.fixture(
    params=[
        pytest.param(
            nginx, marks=pytest.mark.skipif(not NGINX or not OPENSSL, reason="nginx or openssl is not installed")
        ),
        pytest.param(caddy, marks=pytest.mark.skipif(not CADDY, reason="caddy is not installed")),
    ]
)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    furnish(tmp_path)
    with_setting(tmp_path, f'public_url = "https://{HOST}"')
    words = ["--config", str(tmp_path / "config.toml"), "token", "add", "desk", "--scope", "manage"]
    token = CliRunner().invoke(app, words).stdout.strip()
    folder, port = tmp_path / "proxy", free_port()
    folder.mkdir()
    with ExitStack() as stack:
        _, base = stack.enter_context(served(tmp_path))
        there = f"127.0.0.1:{stack.enter_context(child('-c', HUBS))}"
        stack.enter_context(request.param(folder, port, base.removeprefix("http://"), there))
        yield Site(port, tmp_path, token)


def test_a_web_server_before_the_pages_passes_on_what_it_should_and_nothing_else(site: Site) -> None:
    with site.client() as browser:
        stranger = browser.get("/", headers={"Accept": "text/html"})
        assert stranger.status_code == 401
        assert "/login" in stranger.text
        assert browser.get("/healthz").text == "ok\n"
        let_in = browser.post("/login", data={"token": site.token, "next": "/"}, headers={"Origin": f"https://{HOST}"})
        assert let_in.status_code == 303, let_in.text
        cookie = let_in.headers["set-cookie"]
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite"))
        browser.cookies.set("monitor-session", re.findall(r"monitor-session=([^;]+)", cookie)[0])
        page = browser.get("/search?q=wheat")
        assert page.status_code == 200
        assert "leaves the harbour" in page.text
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        assert "default-src" in page.headers["content-security-policy"]
        assert browser.get("/static/monitor.css").status_code == 200
        with browser.stream("GET", "/api/v1/events") as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith("retry: ")
            keep_matches(site.home, [(9, RAIN)])
            (event,) = events(lines, 1)
        assert event["data"]["article"]["title"] == "Rain at last"
        large = browser.post("/alike", content=b"x" * 5_000_000, headers={"Origin": f"https://{HOST}"})
        assert large.status_code == 413
        hub = browser.post("/websub/secret", content=b"x" * 5_000_000)
        assert (hub.status_code, hub.text) == (200, "/websub/secret 5000000")


def test_behind_a_web_server_each_client_counts_by_an_address_that_it_cannot_choose(site: Site) -> None:
    with site.client("127.0.0.3") as guesser, site.client("127.0.0.4") as other:

        def guess(by: httpx.Client, number: int) -> int:
            forged = {"X-Forwarded-For": f"192.0.2.{number}", "Authorization": f"Bearer mon_{number}"}
            return by.get("/api/v1/me", headers=forged).status_code

        assert [guess(guesser, number) for number in range(11)] == [401] * 10 + [429]
        assert guess(other, 12) == 401
        known = other.get("/api/v1/me", headers={"Authorization": f"Bearer {site.token}"})
        assert known.json()["name"] == "desk"
