"""A page → its text, title and day, as other extractors find them."""

from collections.abc import Callable
from datetime import date

import newspaper
import readability as readability_lxml
from lxml.etree import LxmlError
from lxml.html import fromstring
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

NOTHING = ("", "", "")


def readability(body: bytes, _: str) -> tuple[str, str, str]:
    try:
        document = readability_lxml.Document(body.decode("utf-8", "replace"))
        return "\n".join(fromstring(document.summary(html_partial=True)).itertext()), document.title(), ""
    except (LxmlError, readability_lxml.readability.Unparseable, ValueError):
        return NOTHING


def newspaper4k(body: bytes, url: str) -> tuple[str, str, str]:
    article = newspaper.Article(url, fetch_images=False)
    try:
        article.download(input_html=body.decode("utf-8", "replace"))
        article.parse()
    except (newspaper.ArticleException, LxmlError, ValueError, TypeError, AttributeError):
        return NOTHING
    day = article.publish_date
    return article.text, article.title or "", f"{day:%Y-%m-%d}" if isinstance(day, date) else ""


def resiliparse(body: bytes, _: str) -> tuple[str, str, str]:
    tree = HTMLTree.parse(body.decode("utf-8", "replace"))
    return extract_plain_text(tree, main_content=True, comments=False), tree.title or "", ""


PEERS: dict[str, Callable[[bytes, str], tuple[str, str, str]]] = {
    "readability-lxml": readability,
    "newspaper4k": newspaper4k,
    "resiliparse": resiliparse,
}
