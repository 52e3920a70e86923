"""Two wordings of an article become: whether it says something else, word by word what, and what became of matches."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from monitor.edits import Change, MatchChange
from monitor.model import Article, Match
from monitor.think.language import tokens
from monitor.think.lines import is_appeal, is_date, is_label, is_sentence, opens_box, plain

# Between two readings of an article that is edited again and again: a share of its age, so that a page which lives
# for a day is read about twenty times in it, and an entry that only seems to change costs five requests a day.
AGE_CHANGED, LEAST_CHANGED_S = 0.25, 600.0
AGE_SAME, LEAST_SAME_S = 1.0, 3600.0
LONGEST_S = 43_200.0

MOVED = 0.25  # of a score: less is a word more or less of many
LONG = 1_000  # characters: a shorter text that becomes shorter still was edited
TEASER = 0.5  # of what a text was: a shorter one may be what is left of it for those who do not pay
NOTICE = 300  # characters: so brief a text in the place of a long one is a wall that we did not know
_RUN = 4  # words

_TITLE_PARTS = re.compile(r"\s+[|–—·•-]\s+")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{1,40}[)\]]")
_CLOCK_FIRST = re.compile(r"^\d{1,2}[:.]\d{2}\s+(?=\S)")
_ALIKE = str.maketrans(dict(zip("‘’‛`´“”„‟«»‐‑‒–—−", '\'\'\'\'\'""""""------', strict=True)))
_BOXED = 150  # characters of a headline in a list of other stories
# What counters count, in thirteen languages, with what stands for thousands.
_COUNTED = frozenset(
    "view views viewed comment comments share shares like likes read reads reader readers reply replies visit "
    "visits reaction reactions times k m mln no aufrufe kommentar kommentare mal geteilt gelesen antworten tsd "
    "vues vue commentaire commentaires partages partage lectures fois lu visitas vistas comentario comentarios "
    "compartido veces lecturas leído mil visualizzazioni letture commenti condivisioni volte visualizações "
    "comentários partilhas compartilhamentos leituras vezes weergaven reacties keer gelezen gedeeld wyświetleń "
    "wyświetlenia odsłon komentarzy komentarze komentarz udostępnień tys zobrazení komentářů komentáře přečteno "
    "sdílení tis переглядів перегляди перегляд коментарів коментарі коментар прочитали прочитано поширень тис "
    "просмотров просмотры просмотра просмотр комментариев комментарии комментарий комментария тыс مشاهدة مشاهدات "
    "تعليق تعليقات قراءة مشاركة ألف görüntüleme görüntülenme okunma yorum paylaşım kez bin".split()
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text that an edit left, took out or put in."""

    kind: Literal["same", "removed", "added"]
    text: str


def is_changed(before: Article, after: Article) -> bool:
    """Whether an article says something else than before; what counts, dates or points to other stories aside."""
    return _headline(before.title) != _headline(after.title) or _said(before.text) != _said(after.text)


def is_teaser(before: str, after: str) -> bool:
    """Whether a long text that is less than half of what it was is but a piece of it, or a notice in its place."""
    if len(before) < LONG or len(after) >= TEASER * len(before):
        return False
    had = _runs(before)
    runs = _runs(after)
    return len(after) < NOTICE or sum(run in had for run in runs) >= len(runs) / 2


def rest_s(age_s: float, *, changed: bool) -> float:
    """For how long an article is not read again after a reading for an edit that did, or did not, change it."""
    if changed:
        return min(max(AGE_CHANGED * age_s, LEAST_CHANGED_S), LONGEST_S)
    return min(max(AGE_SAME * age_s, LEAST_SAME_S), LONGEST_S)


def match_changes(
    before: Iterable[Match], after: Iterable[Match], topics: Collection[str], revision: int, now: datetime
) -> tuple[MatchChange, ...]:
    """What an edit did to an article's matches; those of topics that are in force no more are left alone."""
    had = {match.topic: match for match in before if match.topic in topics}
    has = {match.topic: match for match in after}
    gained = [MatchChange(name, Change.GAINED, revision, has[name].score, None, now) for name in has.keys() - had]
    lost = [MatchChange(name, Change.LOST, revision, None, had[name].score, now) for name in had.keys() - has]
    moved = [
        MatchChange(name, Change.MOVED, revision, has[name].score, had[name].score, now)
        for name in had.keys() & has
        if _has_moved(had[name], has[name])
    ]
    return tuple(sorted((*gained, *lost, *moved), key=lambda change: change.topic))


def _has_moved(before: Match, after: Match) -> bool:
    margin = MOVED * max(abs(before.score), abs(after.score))
    return before.version == after.version and abs(after.score - before.score) > margin


# What is said


def _said(text: str) -> str:
    return " ".join(_settle(line) for line in _lines_said(text))


def _lines_said(text: str) -> Iterator[str]:
    """The lines that tell the story: no counters, dates or appeals of their own, no lists of other stories."""
    boxed = False
    for line in filter(None, map(str.strip, text.split("\n"))):
        if opens_box(line):
            boxed = True
        elif boxed and len(line) < _BOXED and not is_sentence(line):
            continue
        else:
            boxed = False
            if not (is_label(line) or is_appeal(line) or _counts(line)):
                yield line


def _headline(title: str) -> str:
    bare = _BRACKETS.sub(lambda match: "" if _counts(match[0]) else match[0], _CLOCK_FIRST.sub("", title))
    parts = [part for part in _TITLE_PARTS.split(bare) if part.strip() and not _counts(part)]
    return _settle(" ".join(parts) or title)


def _counts(line: str) -> bool:
    """Whether a line says nothing but a number of something, or a time."""
    if len(line) > 100 or not any(letter.isdigit() for letter in line):
        return False
    return is_date(line) or all(word in _COUNTED for word in plain(line).split())


def _settle(line: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", line).translate(_ALIKE).split())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    length = min(_RUN, len(words)) or 1
    return {words[at : at + length] for at in range(len(words) - length + 1)}


# Word by word

# Scripts written without spaces: each character is a word.
_ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3"
_WORD = re.compile(rf"([{_ALONE}]|[^\W{_ALONE}]+|[^\w\s])(\s*)")
# Bounds of the time that a diff takes: texts of a million characters that share no line take about two seconds.
_SMALL = 10_000  # pairs of words of a gap that are compared one with another
_PAIRS = 1_000_000  # in all
_DEEPEST = 8
_ISLAND = 3  # words: fewer between two changes are left there by chance


def diff(before: str, after: str) -> tuple[Segment, ...]:
    """What an edit left, took out and put in, word by word; spaces say nothing, and are the later text's."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    same = _same([word for word, _ in old], [word for word, _ in new])
    segments: list[Segment] = []
    at_old = at_new = 0
    for start_old, start_new, length in [*_without_islands(same, len(old), len(new)), (len(old), len(new), 0)]:
        _add(segments, "removed", old[at_old:start_old])
        _add(segments, "added", new[at_new:start_new])
        _add(segments, "same", new[start_new : start_new + length])
        at_old, at_new = start_old + length, start_new + length
    return tuple(segments)


_Run = tuple[int, int, int]  # where it begins in the old text, and in the new one; its length


def _add(segments: list[Segment], kind: Literal["same", "removed", "added"], words: Sequence[tuple[str, str]]) -> None:
    if words:
        segments.append(Segment(kind, "".join(word + space for word, space in words)))


def _without_islands(runs: Sequence[_Run], old: int, new: int) -> Iterator[_Run]:
    """The runs without those that are but a word or two between larger changes: what stands there was written anew."""
    end_old = end_new = 0
    for index, (at_old, at_new, length) in enumerate(runs):
        next_old, next_new, _ = runs[index + 1] if index + 1 < len(runs) else (old, new, 0)
        before = at_old - end_old + at_new - end_new
        after = next_old - at_old + next_new - at_new - 2 * length
        if length >= _ISLAND or min(before, after) <= 2 * length:
            yield at_old, at_new, length
            end_old, end_new = at_old + length, at_new + length


def _same(old: Sequence[str], new: Sequence[str]) -> list[_Run]:
    """The runs of words that both texts have, in order; each gap is parted by the words that stand in it once."""
    found: list[_Run] = []
    gaps = [(0, len(old), 0, len(new), 0)]
    pairs = _PAIRS
    while gaps:
        low_old, high_old, low_new, high_new, depth = gaps.pop()
        head = _equal(old, new, low_old, low_new, min(high_old - low_old, high_new - low_new), 1)
        found.append((low_old, low_new, head))
        low_old, low_new = low_old + head, low_new + head
        tail = _equal(old, new, high_old - 1, high_new - 1, min(high_old - low_old, high_new - low_new), -1)
        high_old, high_new = high_old - tail, high_new - tail
        found.append((high_old, high_new, tail))
        cost = (high_old - low_old) * (high_new - low_new)
        if cost and cost <= min(_SMALL, pairs):
            pairs -= cost
            found += _compared(old[low_old:high_old], new[low_new:high_new], low_old, low_new)
        elif cost and depth < _DEEPEST:
            anchors = _anchors(old, new, range(low_old, high_old), range(low_new, high_new))
            for at_old, at_new in anchors:
                gaps.append((low_old, at_old, low_new, at_new, depth + 1))
                low_old, low_new = at_old, at_new
            if anchors:
                gaps.append((low_old, high_old, low_new, high_new, depth + 1))
    return _joined(sorted(run for run in found if run[2]))


def _equal(old: Sequence[str], new: Sequence[str], at_old: int, at_new: int, most: int, step: int) -> int:
    """How many words are equal from these places on, in one direction."""
    count = 0
    while count < most and old[at_old + step * count] == new[at_new + step * count]:
        count += 1
    return count


def _compared(old: Sequence[str], new: Sequence[str], low_old: int, low_new: int) -> Iterator[_Run]:
    for run in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        yield low_old + run.a, low_new + run.b, run.size


def _anchors(old: Sequence[str], new: Sequence[str], in_old: range, in_new: range) -> list[tuple[int, int]]:
    """Places of words that stand once in both stretches, as many as come in the same order."""
    once_old, once_new = Counter(old[at] for at in in_old), Counter(new[at] for at in in_new)
    places = {new[at]: at for at in in_new if once_new[new[at]] == 1}
    shared = [(at, places[old[at]]) for at in in_old if once_old[old[at]] == 1 and old[at] in places]
    # The longest rising row among their places in the new text.
    ends: list[int] = []
    rows: list[int] = []
    links: list[int] = []
    for index, (_, place) in enumerate(shared):
        slot = bisect_left(ends, place)
        links.append(rows[slot - 1] if slot else -1)
        ends[slot : slot + 1] = [place]
        rows[slot : slot + 1] = [index]
    chosen: list[tuple[int, int]] = []
    index = rows[-1] if rows else -1
    while index >= 0:
        chosen.append(shared[index])
        index = links[index]
    return chosen[::-1]


def _joined(runs: Iterable[_Run]) -> list[_Run]:
    """Runs that follow one another as one."""
    joined: list[_Run] = []
    for at_old, at_new, length in runs:
        if joined and (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]) == (at_old, at_new):
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + length)
        else:
            joined.append((at_old, at_new, length))
    return joined
