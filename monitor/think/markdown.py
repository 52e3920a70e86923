"""What was decided of a page's blocks becomes the article as Markdown, and its captions."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.think.blocks import Block
from monitor.think.body import Decision
from monitor.think.entry import absolute
from monitor.think.language import clean

_SPECIAL = re.compile(r"([\\`*_\[\]<])")
_OPENING = re.compile(r"^(\s*)([#>+-]|\d+[.)])(?=\s|$)", re.MULTILINE)
_LINKS = 200  # of one block
_CAPTIONS = 50
_CAPTION = 500  # characters
_TIGHT = frozenset(("item", "row"))  # kinds that stand line by line
_LONGEST = 400_000  # characters: links take room, too
# Classes under which sites embed what somebody posted elsewhere; its text is no part of the article's own.
_POSTED = frozenset(
    "twitter-tweet twitter-video instagram-media tiktok-embed bluesky-embed mastodon-embed reddit-embed-bq reddit-card "
    "fb-post threads-post text-post-media".split()
)
_AROUND = 4  # elements between a line of a post and what marks it


def to_markdown(decisions: Sequence[Decision], url: str) -> str:
    """The blocks that were kept, as Markdown, and the posts embedded among them as quotes.

    `url` is the page's, for links that are not absolute.
    """
    pieces: list[str] = []
    before = ""
    post: HtmlElement | None = None
    for block, around in _shown(decisions):
        if pieces:
            pieces.append(_between(block.kind, before, same_post=around is not None and around is post))
        post = around
        pieces.append(_written(block, block.kind if around is None else "quote", url))
        if block.kind == "row" and before != "row":
            pieces.append("\n|" + " --- |" * (block.text.count(" | ") + 1))
        before = block.kind
    text = clean("".join(pieces))
    return text if len(text) <= _LONGEST else ""


def _shown(decisions: Sequence[Decision]) -> Iterator[tuple[Block, HtmlElement | None]]:
    """The blocks that are written down, each with the post around it."""
    kept = [place for place, each in enumerate(decisions) if each.kept]
    begun = kept[0] if kept else len(decisions)
    last = kept[-1] if kept else 0
    for place, each in enumerate(decisions[begun:], begun):
        post = _post_around(each.block)
        if each.kept or (post is not None and place <= last + 1):
            last = max(last, place)  # a post at the end has several lines
            yield each.block, post


def _post_around(block: Block) -> HtmlElement | None:
    """The embedded post that a block is part of."""
    for element in (block.element, *islice(block.element.iterancestors(), _AROUND)):
        if not _POSTED.isdisjoint((element.get("class") or "").split()):
            return element
    return None


def _between(kind: str, before: str, *, same_post: bool) -> str:
    if same_post:
        return "\n>\n"
    return "\n" if kind == before and before in _TIGHT else "\n\n"


def captions(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """What stands under the pictures that stand in the article, or right above it."""
    kept = [place for place, each in enumerate(decisions) if each.kept]
    if not kept:
        return ()
    near = decisions[max(kept[0] - 5, 0) : kept[-1] + 1]
    said = (clean(each.block.text) for each in near if each.block.kind == "caption" and not each.kept)
    return tuple(islice(dict.fromkeys(text for text in said if 0 < len(text) <= _CAPTION), _CAPTIONS))


def _written(block: Block, kind: str, url: str) -> str:
    text = _linked(block, url) if block.linked else _escaped(block.text)
    if kind == "heading":
        return "#" * _rank(block) + " " + text.replace("\n", " ")
    if kind == "row":
        return f"| {text} |".replace("\n", " ")
    if kind == "quote":
        return "> " + text.replace("\n", "\n> ")
    if kind == "item":
        return (block.bullet or "- ") + text.replace("\n", "\n  ")
    return _OPENING.sub(r"\1\\\2", text).replace("\n", "  \n")


def _rank(block: Block) -> int:
    tag = str(block.element.tag)
    return int(tag[1]) if len(tag) == 2 and tag[1] in "123456" else 2


def _linked(block: Block, url: str) -> str:
    """The text of a block with the addresses that its links lead to."""
    pieces, at = [], 0
    for words, target in islice(_links(block, url), _LINKS):
        found = block.text.find(words, at)
        if found < 0:
            continue
        pieces += [_escaped(block.text[at:found]), f"[{_escaped(words)}]({target})"]
        at = found + len(words)
    return "".join([*pieces, _escaped(block.text[at:])])


def _links(block: Block, url: str) -> Iterator[tuple[str, str]]:
    element = block.element
    inner = [element] if element.tag == "a" else element.iter("a")
    for link in inner:
        words = " ".join("".join(link.itertext()).split())
        target = absolute(link.get("href", "").strip(), url) if link.get("href", "").strip("# ") else ""
        if words and target and urlsplit(target).scheme in {"http", "https"}:
            yield words, target.replace(" ", "%20").replace("(", "%28").replace(")", "%29")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
