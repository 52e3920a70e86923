"""The lines of a site's pages become what the site repeats on them: boxes, appeals and notices that no rule knows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b

from monitor.customs import Line, Seen, SiteMemory
from monitor.think.lines import digest, is_sentence, plain

REPEATS = "site repeats"  # why `customs` drops a line
_SHORTEST = 12  # characters: a shorter line says nothing that must not be said twice
_TEXT = 160  # characters that are kept of a line, to be shown
_MOST = 300  # lines of one site
_RECENT = 60  # pages: for so long a line is remembered that is not seen again
_DAYS = 45
_EVERY = 4  # of the pages of a site that is known well, one in so many is learned from: to save that costs 5 ms
_TITLES = 4
# Agencies repeat a paragraph of background in some stories; what is the site's own stands on most of its pages.
_LONG = 200  # characters


def learn(memory: SiteMemory, lines: Sequence[Line], article: str, title: str, today: date) -> SiteMemory:
    """A site's memory after another of its pages, of which `article` and `title` tell whether it is one."""
    mark, head = _mark(article), _mark(plain(title))
    shown = {digest(line.text): line.text for line in lines if _counts(line)}
    if not shown or mark in memory.articles or (memory.pages >= _RECENT and int(mark, 16) % _EVERY):
        return memory
    known = {seen.digest: seen for seen in memory.lines}
    repeated = sum(len(text) for key, text in shown.items() if key in known and not is_learned(known[key], memory))
    memory = replace(memory, pages=memory.pages + 1, articles=(*memory.articles, mark)[-_RECENT:])
    if repeated > sum(map(len, shown.values())) / 2:
        return memory  # the same story under another address: its own text is no habit of the site
    for key, text in shown.items():
        seen = known.get(key) or Seen(key, text[:_TEXT], len(text), memory.pages)
        titles = seen.titles if head in seen.titles else (*seen.titles, head)[-_TITLES:]
        known[key] = replace(
            seen, times=seen.times + 1, titles=titles, last_page=memory.pages, last_day=today.toordinal()
        )
    return replace(memory, lines=tuple(_fresh(known.values(), memory, today)))


def boilerplate(memory: SiteMemory) -> frozenset[str]:
    """The digests of the lines that a site repeats."""
    return frozenset(seen.digest for seen in memory.lines if is_learned(seen, memory))


def is_learned(seen: Seen, memory: SiteMemory) -> bool:
    """Whether a line stood on enough pages, of different stories, to be the site's and none of theirs."""
    if min(seen.times, len(seen.titles)) < _least(seen):
        return False
    since = min(memory.pages - seen.first_page + 1, _RECENT)
    return min(seen.times, _RECENT) >= _share(seen) * since


def dropped_too_much(lines: Sequence[Line]) -> bool:
    """Whether what a site is thought to repeat is most of an article: then it is none."""
    dropped = sum(len(line.text) for line in lines if line.reason == REPEATS)
    return dropped > sum(len(line.text) for line in lines if line.kept)


def _counts(line: Line) -> bool:
    return (line.kept or line.reason == REPEATS) and len(line.text) >= _SHORTEST


def _least(seen: Seen) -> int:
    return 4 if seen.length >= _LONG else 2


def _share(seen: Seen) -> float:
    if seen.length >= _LONG:
        return 0.6
    return 0.4 if seen.length > 80 or is_sentence(seen.text) else 0.25


def _fresh(lines: Iterable[Seen], memory: SiteMemory, today: date) -> list[Seen]:
    """The lines that were seen of late, those first that stood on most pages."""
    edge = today.toordinal() - _DAYS
    kept = [seen for seen in lines if memory.pages - seen.last_page < _RECENT and seen.last_day >= edge]
    kept.sort(key=lambda seen: (seen.times > 1, seen.last_page), reverse=True)
    return kept[:_MOST]


def _mark(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=5).hexdigest()
