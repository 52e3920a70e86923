"""Importing this loads all that reading a page needs, lest every worker's first page pay for it.

Only the process that workers are forked from has reason to.
"""

from datetime import UTC, datetime

from monitor.model import Page
from monitor.think.extract import extract

_PARAGRAPH = "<p>The harbour was closed on Monday, and the ferries stayed away until the storm had passed.</p>"
_PAGE = f"<html lang='en'><title>The harbour was closed</title><body><main>{_PARAGRAPH * 5}</main></body></html>"

extract(
    Page("https://example.org/harbour", "https://example.org/harbour", 200, _PAGE.encode(), "text/html"),
    published_hint=datetime(2026, 1, 1, tzinfo=UTC),
    now=datetime(2026, 1, 2, tzinfo=UTC),
)
