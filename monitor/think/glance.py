"""A page that no reader survived becomes its paragraphs, by a parser that is quick and simple."""

from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.charset import to_text
from monitor.think.language import clean, detect
from monitor.think.lines import is_appeal, is_label, is_sentence
from monitor.think.plain import one_line, shorten

_LONGEST = 2_000_000  # characters of markup
_MOST = 2_000  # paragraphs
_TEXT = 200_000  # characters
_LEAST = 60


def glance(page: Page, title_hint: str = "", language_hint: str = "") -> Extracted:
    """The paragraphs of a page that are sentences; ExtractError when it has none."""
    tree = LexborHTMLParser(to_text(page.body[: 2 * _LONGEST], page.content_type)[:_LONGEST].replace("\0", ""))
    tree.strip_tags(["script", "style", "noscript", "template", "nav", "footer", "aside", "form"])
    found = (" ".join(clean(node.text()).split()) for node in tree.css("p")[:_MOST])
    prose = (line for line in found if len(line) >= _LEAST and is_sentence(line))
    said = dict.fromkeys(line for line in prose if not is_appeal(line) and not is_label(line))
    text = shorten("\n\n".join(said), _TEXT)
    if not text:
        raise ExtractError("nothing like an article is on the page", reason="too-short")
    head = tree.css_first("h1") or tree.css_first("title")
    return Extracted(
        title=title_hint or one_line(head.text() if head else "", 500),
        text=text,
        site=urlsplit(page.final_url).hostname or "",
        language=detect(text, language_hint),
    )
