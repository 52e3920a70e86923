"""The demo's archive, served and looked at, becomes the pictures of the documentation: `make screenshots`."""

import sys
import tempfile
import time
from pathlib import Path

from browser import browsing, filled, serving
from playwright.sync_api import Browser

IMAGES = Path(__file__).parent.parent / "docs" / "images"
LARGEST = 1_500_000  # bytes of them all
SIZE = {"width": 1200, "height": 760}
TALL = {"width": 1200, "height": 900}
NARROW = {"width": 360, "height": 740}
PAGES = {
    "now": "/",
    "story": "/stories/45",
    "article": "/articles/13",
    "search": "/search?q=@nato+AND+(talks+OR+переговори+OR+fleet)&order=relevance",
    "topic": "/topics/weather",
    "sources": "/sources",
    "alerts": "/alerts",
}


def main() -> int:
    """Write the pictures; 1 when they are too large for what they show."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(filled(Path(folder))) as served, browsing() as browser:
        for name, path in PAGES.items():
            take(browser, f"{served.base}{path}", name, size=TALL if name in {"topic", "story"} else SIZE)
        take(browser, f"{served.base}/", "now-dark", scheme="dark")
        take(browser, f"{served.base}/articles/46", "article-narrow", size=NARROW, scheme="dark")
    total = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    print(f"{total:,} bytes in {IMAGES}")
    return int(total > LARGEST)


def take(browser: Browser, url: str, name: str, *, size: dict[str, int] = SIZE, scheme: str = "light") -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(url)
    if name == "topic":
        page.locator("#query").fill("flood OR storm OR library")
        page.get_by_label("Points of another signal").first.fill("3")
        page.get_by_label("Another signal", exact=True).first.fill("library OR volunteers")
        page.get_by_role("button", name="Try it").click()
        page.get_by_role("heading", name="The last 30 days").wait_for(timeout=60_000)
    if name == "article":
        page.locator(".text mark.ev").nth(2).hover()
        time.sleep(0.1)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
