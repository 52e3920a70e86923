"""A block of a page becomes a verdict: prose or none, the title again, the standfirst, or no part of the article."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from monitor.think import lines
from monitor.think.blocks import Block
from monitor.think.names import ASIDE, LEAD, groups_in

_LINK = 0.7  # share of links that makes a line a link
_HEAVIEST = 1_000  # characters: one long paragraph must not outweigh all others
_ABOVE = 60  # blocks before the first paragraph among which the standfirst stands
_UNDER = 15  # blocks under the title among which it may be known by its name
_LEAST_LEAD = 35  # characters
_SENTENCE = 30


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of an article besides its text, in bare words; `seen` asks another extractor about a line."""

    titles: Collection[str]
    description: str
    authors: Collection[str]
    seen: Callable[[str], bool]


def weigh(block: Block) -> float:
    """How much running prose a block is, in characters."""
    if block.kind in ("heading", "caption") or block.is_linked(0.5):
        return 0
    words = block.text.count(" ") + 1
    size = len(block.text) * (2.5 if len(block.text) > 20 * words else 1)  # Chinese says more with a character
    if size < 50 or (size < 120 and not lines.is_sentence(block.text)):
        return 0
    return min(size, _HEAVIEST)


def verdict_on(block: Block, hints: Hints) -> str:
    """Why a block is no part of the article, by what it says itself; empty when it may be one."""
    if lines.opens_box(block.text):
        return "box"
    if block.kind == "caption":
        return "caption"
    if block.kind not in ("heading", "item") and block.is_linked(_LINK) and not _tells(block):
        return "link"
    return "aside" if block.kind != "row" and _stands_aside(block.text, hints) else ""


def _tells(block: Block) -> bool:
    """Whether a block is a sentence all of which leads elsewhere, and no headline."""
    return block.kind in ("paragraph", "loose") and len(block.text) > _SENTENCE and lines.is_stopped(block.text)


def is_aside(line: str, hints: Hints) -> bool:
    """Whether a line is no part of the article, by what it says itself."""
    return lines.opens_box(line) or _stands_aside(line, hints) or lines.plain(line) in hints.titles


def _stands_aside(text: str, hints: Hints) -> bool:
    return lines.is_label(text) or lines.is_appeal(text) or lines.is_date(text) or lines.is_byline(text, hints.authors)


def is_title(block: Block, hints: Hints) -> bool:
    """Whether a block repeats the title."""
    if block.kind == "row" or len(block.text) > 400:
        return False
    said = lines.plain(block.text)
    return any(_repeats(said, title) or _repeats(title, said) for title in hints.titles)


def _repeats(said: str, title: str) -> bool:
    """Whether a line is a title, or a title and a little more."""
    return said == title or (len(title) > 20 and title in said and len(said) < 1.6 * len(title))


def find_standfirst(above: Sequence[Block], hints: Hints) -> list[Block]:
    """What stands above the text and belongs to it.

    That is the line that says what the page's description says, lines that the site itself names a lead, or else
    what stands alone under the title.
    """
    for block in reversed(above[-_ABOVE:]):
        if block.kind == "caption" or block.is_linked(0.5) or is_title(block, hints):
            continue
        if _is_akin(lines.plain(block.text), hints.description):
            return [block]
    under = above[_headline(above, hints) + 1 :]
    named = [block for block in under[:_UNDER] if is_named_lead(block, hints)]
    if named:
        return named
    below = [block for block in under if weigh(block)]
    return below if len(below) == 1 and not below[0].mark and not verdict_on(below[0], hints) else []


def _headline(above: Sequence[Block], hints: Hints) -> int:
    """Where the headline stands: the title in a heading, else the last heading of the first rank."""
    heads = [place for place, block in enumerate(above) if block.kind == "heading"]
    titles = [place for place in heads if is_title(above[place], hints)]
    firsts = [place for place in heads if above[place].element.tag == "h1"]
    return next((places[-1] for places in (titles, firsts, heads) if places), len(above))


def is_named_lead(block: Block, hints: Hints) -> bool:
    """Whether a site calls a block a lead, by the names of its element or of the one around it."""
    if len(block.text) < _LEAST_LEAD or block.kind in ("caption", "row") or block.is_linked(0.5):
        return False
    elements = (block.element, block.element.getparent())
    named = [groups_in(f"{each.get('class', '')} {each.get('id', '')}") for each in elements if each is not None]
    return any(bits & LEAD and not bits & ASIDE for bits in named) and not verdict_on(block, hints)


def _is_akin(said: str, description: str) -> bool:
    """Whether two texts share most of their words."""
    if len(said) <= 30 or not description:
        return False
    one, other = said.split(), description.split()
    if min(len(one), len(other)) < 6 or len(one) > 2.5 * len(other):
        return said == description
    return (Counter(one) & Counter(other)).total() >= 0.7 * min(len(one), len(other))
