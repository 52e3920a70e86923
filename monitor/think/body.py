"""What a page shows becomes what its article says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from lxml.html import HtmlElement

from monitor.think import lines
from monitor.think.blocks import Block, Layout
from monitor.think.marks import pardon
from monitor.think.verdict import Hints, find_standfirst, is_named_lead, is_title, verdict_on, weigh

# Tuned on half of 434 sites, and checked on the other half.
_TIGHT = 0.9  # share of the prose that the element holds which we take for the article's
_WIDE = 0.97
_UNSEEN = 0.2  # weight of a paragraph that another extractor does not keep
_FARM = 0.6  # share of links that makes a list one of links
_MAIN = 0.2  # share of the prose that makes an element one that holds the article's paragraphs
_HEAD = 12  # blocks from the first paragraph on in which the title may be repeated


_TEXT_TAGS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6"))  # hold one line of an article at most


@dataclass(frozen=True, slots=True)
class Survey:
    """A page's blocks, why each stands beside the article if it does, and how much prose it is if it does not."""

    layout: Layout
    words: Sequence[str]
    weights: Sequence[float]

    def widest(self) -> HtmlElement:
        """The smallest element that holds the article for sure."""
        return _container(self.layout, self.weights, _WIDE)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a block is the article's; if not, why."""

    block: Block
    kept: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Scene:
    """The part of a page in which the article stands."""

    layout: Layout
    root: HtmlElement
    above: Sequence[Block]  # all that stands before
    blocks: Sequence[Block]
    weights: Sequence[float]

    def parent(self, place: int) -> HtmlElement:
        return self.layout.around.get(self.blocks[place].element, self.layout.root)

    def mains(self, places: Iterable[int]) -> set[HtmlElement]:
        """The elements that hold much of the prose in these places, each at first hand."""
        held: defaultdict[HtmlElement, float] = defaultdict(float)
        for place in places:
            held[self.parent(place)] += self.weights[place]
        total = sum(held.values())
        return {element for element, weight in held.items() if weight > _MAIN * total}


Out = dict[int, str]  # places of blocks that are left out, and why


def survey(layout: Layout) -> Survey:
    """Weigh what a page shows."""
    weights = [weigh(block) for block in layout.blocks]
    pairs = list(zip(layout.blocks, weights, strict=True))
    pardoned = pardon([(block.mark, weight) for block, weight in pairs if weight])
    words = [
        pardoned.word(block.mark, sound=bool(weight) or block.kind in ("row", "quote", "heading", "item"))
        for block, weight in pairs
    ]
    return Survey(layout, words, [0.0 if word else weight for word, weight in zip(words, weights, strict=True)])


def to_body(page: Survey, hints: Hints) -> list[Decision]:
    """Decide of every block of a page, in order, whether it is the article's."""
    scene, out = _narrow(page, hints)
    chosen = set(_choose(scene, out, hints))
    reasons = {block: out.get(place, "") for place, block in enumerate(scene.blocks)}
    return [
        Decision(block, kept=block in chosen, reason="" if block in chosen else reasons.get(block, "outside"))
        for block in page.layout.blocks
    ]


def _choose(scene: _Scene, out: Out, hints: Hints) -> list[Block]:
    """The blocks that are the article; `out` is told why the others in the scene are not."""
    out |= {place: why for place in _left(scene, out) if (why := verdict_on(scene.blocks[place], hints))}
    farms = _farms(scene)
    out |= {
        place: "farm"
        for place in _left(scene, out)
        if not scene.weights[place] and not farms.isdisjoint(scene.layout.chain(scene.blocks[place].element))
    }
    out |= _boxed(scene, out)
    prose = [place for place in _left(scene, out) if scene.weights[place]]
    if not prose:
        return []
    first, last = _grown(scene, out, prose[0], prose[-1])
    out |= {place: "range" for place in _left(scene, out) if not first <= place <= last}
    head = [place for place in _left(scene, out) if place < first + _HEAD]
    out |= {place: "title" for place in head if is_title(scene.blocks[place], hints)}
    out |= _strays(scene, out, hints)
    out |= _empty_headings(scene, out, hints)
    standfirst = find_standfirst([*scene.above, *scene.blocks[:first]], hints)
    return standfirst + [scene.blocks[place] for place in _left(scene, out)]


def _left(scene: _Scene, out: Out) -> list[int]:
    return [place for place in range(len(scene.blocks)) if place not in out]


def _narrow(page: Survey, hints: Hints) -> tuple[_Scene, Out]:
    """The smallest element that holds nearly all prose, and which of its blocks stand in marked places."""
    layout = page.layout
    trusted = [
        weight * (1 if not weight or hints.seen(block.text) else _UNSEEN)
        for block, weight in zip(layout.blocks, page.weights, strict=True)
    ]
    root = _container(layout, trusted, _TIGHT)
    inside = [place for place, block in enumerate(layout.blocks) if root in (*layout.chain(block.element), layout.root)]
    scene = _Scene(
        layout,
        root,
        layout.blocks[: inside[0]] if inside else [],
        [layout.blocks[place] for place in inside],
        [page.weights[place] for place in inside],
    )
    return scene, {new: page.words[old] for new, old in enumerate(inside) if page.words[old]}


def _container(layout: Layout, weights: Sequence[float], share: float) -> HtmlElement:
    """The smallest element that holds this share of the prose."""
    held: dict[HtmlElement, float] = {}
    for block, weight in zip(layout.blocks, weights, strict=True):
        if weight:
            held[block.element] = held.get(block.element, 0) + weight
    for element in reversed(layout.around):
        if element in held:
            outer = layout.around[element]
            held[outer] = held.get(outer, 0) + held[element]
    root = layout.root
    for element, outer in layout.around.items():  # in order, so every outer element comes before what is in it
        if outer is root and element.tag not in _TEXT_TAGS and held.get(element, 0) > share * held.get(root, 0):
            root = element
    return root


def _farms(scene: _Scene) -> set[HtmlElement]:
    """The elements in which several links say most."""
    said: Counter[HtmlElement] = Counter()
    linked: Counter[HtmlElement] = Counter()
    links: Counter[HtmlElement] = Counter()
    for block in scene.blocks:
        said[block.element] += len(block.text)
        linked[block.element] += block.linked
        links[block.element] += block.linked > 0
    for element in reversed(scene.layout.around):
        if element in said:
            outer = scene.layout.around[element]
            said[outer] += said[element]
            linked[outer] += linked[element]
            links[outer] += links[element]
    farms = {element for element in said if linked[element] > _FARM * said[element] and links[element] > 1}
    return farms - {scene.root, *scene.layout.chain(scene.root)}


def _boxed(scene: _Scene, out: Out) -> Out:
    """What stands in a box goes with its heading: all up to the next heading, or to the article's own prose."""
    mains = scene.mains(place for place in _left(scene, out))
    boxed: Out = {}
    for place, why in sorted(out.items()):
        if why != "box":
            continue
        title = scene.blocks[place]
        if place in boxed and title.kind != "heading":
            continue  # what would be under it is in the box already
        for inside in range(place + 1, len(scene.blocks)):
            block = scene.blocks[inside]
            if block.kind == "heading" and (title.kind != "heading" or block.element.tag <= title.element.tag):
                break
            if scene.weights[inside] and (title.kind != "heading" or scene.parent(inside) in mains):
                break
            boxed[inside] = "boxed"
    return boxed


def _grown(scene: _Scene, out: Out, first: int, last: int) -> tuple[int, int]:
    """From the first to the last paragraph, and the short ones and lists that stand right beside them."""
    left = _left(scene, out)
    before = [place for place in left if place < first]
    return _grow(scene, before[::-1], first), _grow(scene, [place for place in left if place > last], last)


def _grow(scene: _Scene, places: Sequence[int], edge: int) -> int:
    """How far the article goes on beyond a paragraph, over headings and what stands under them."""
    homes = {scene.parent(edge)}
    seen = edge
    for place in places:
        block = scene.blocks[place]
        near = abs(place - seen) == 1
        seen = place
        if block.kind in ("item", "row") and near:
            homes.add(scene.parent(place))
        elif scene.parent(place) not in homes:
            break
        if block.kind in ("item", "row", "quote") or (block.kind == "paragraph" and lines.is_stopped(block.text)):
            edge = place
        elif block.kind not in ("heading", "paragraph"):
            break
    return edge


def _strays(scene: _Scene, out: Out, hints: Hints) -> Out:
    """Scraps, and what stands apart from most of the text, need a second opinion."""
    left = _left(scene, out)
    mains = scene.mains(left)
    span = [place for place in left if scene.weights[place] and scene.parent(place) in mains]
    strays: Out = {}
    for place in left:
        block = scene.blocks[place]
        scrap = block.kind in ("loose", "quote") and not scene.weights[place]
        apart = bool(span) and scene.parent(place) not in mains
        outside = apart and not span[0] < place < span[-1] and block.kind in ("paragraph", "heading", "quote")
        doubtful = scrap or outside or (apart and block.kind == "loose")
        lead = bool(span) and place < span[0] and is_named_lead(block, hints)
        if doubtful and not lead and not hints.seen(block.text):
            strays[place] = "stray"
    return strays


def _empty_headings(scene: _Scene, out: Out, hints: Hints) -> Out:
    """Headings over nothing."""
    left = _left(scene, out)
    empty: Out = {}
    for place, following in zip_longest(left, left[1:]):
        block = scene.blocks[place]
        if block.kind != "heading":
            continue
        if following is None:
            empty[place] = "empty"
            continue
        below = scene.blocks[following]
        over_another = below.kind == "heading" and below.element.tag <= block.element.tag
        if over_another and not hints.seen(block.text):
            empty[place] = "empty"
    return empty
