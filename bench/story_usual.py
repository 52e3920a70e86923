"""Counts in how many articles of each language words stand, for archives that have few of their own yet.

usage: python bench/story_usual.py FOLDER [--write]

FOLDER holds `topic/dev.jsonl` and `extraction/pages.jsonl` (a line each with `title`, `text` and perhaps `lang`), and
`stories/dev.jsonl`, of which one Vietnamese article of each event is taken: the English ones measure stories, so
nothing is counted in them. Only how many articles have a term is written down, by twenty bits of its digest. What all
languages share (sounds, amounts, what the shipped topics know) is counted in all of them together. Languages of too few
articles have the words that spaCy lists as saying nothing (`monitor[bench]`), as common as such words are.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import spacy
from story_stream import reading_of, said_in

from monitor.think.language import detect, tokens
from monitor.think.story_sketch import PLACE_BITS, PRIOR_ARTICLES, UNTABLED_ARTICLES, Usual, UsualShares
from monitor.think.story_terms import cut, digest
from monitor.think.story_tongues import ALL
from monitor.think.story_usual import dump

TARGET = Path(__file__).parent.parent / "monitor" / "think" / "usual.npz"
ENOUGH = 40  # articles of a language
LISTED = 5000  # terms of a language
SEEN = 3  # articles that have a term; of fewer the one or other is chance
STOP_SHARE = 0.15  # of articles that have a word which says nothing: about the middle of those in the tables
STOPPED = "es it pt nl ro cs sk sl hr bg mk sr el tr hu sv da nb fi et lv lt ca sq fa he id hi".split()

Article = tuple[str, str, str]  # language, title, text


def read(folder: Path) -> Iterator[Article]:
    """Each article once."""
    seen, events = set(), set()
    for name in ("topic/dev.jsonl", "extraction/pages.jsonl", "stories/dev.jsonl"):
        for line in (folder / name).read_text("utf-8").splitlines():
            row = json.loads(line)
            title, text = row.get("title") or "", row.get("text") or ""
            if name.startswith("stories"):
                if row["lang"] == "en" or row["cluster"] in events:
                    continue
                events.add(row["cluster"])
            if text and text not in seen:
                seen.add(text)
                yield row.get("lang") or detect(f"{title}\n{text[:2000]}"), title, text


def count(articles: Iterable[Article]) -> Usual:
    """The tables of all languages."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    held: Counter[str] = Counter()
    mask = (1 << PLACE_BITS) - 1
    for language, title, text in articles:
        held[language] += 1
        said = said_in(reading_of(title, text, language))
        for terms in (said.terms, said.shared):
            found[terms.language].update(set((terms.digests & mask).tolist()))
        held[ALL] += 1
    tables = {}
    for language, counts in found.items():
        if held[language] >= ENOUGH:
            listed = [(place, (n - 1) / held[language]) for place, n in counts.most_common(LISTED) if n >= SEEN]
            tables[language] = table(listed, PRIOR_ARTICLES)
    return tables


def table(listed: Iterable[tuple[int, float]], articles: float) -> UsualShares:
    pairs = sorted(listed)
    places, shares = np.array([place for place, _ in pairs]), np.array([share for _, share in pairs])
    return UsualShares(places.astype(np.int64), shares.astype(np.float32), articles)


def stopped(language: str) -> UsualShares:
    """The words of a language that say nothing."""
    words = {cut(part) for word in spacy.blank(language).Defaults.stop_words for part in tokens(word)}
    mask = (1 << PLACE_BITS) - 1
    return table([(place, STOP_SHARE) for place in {digest(word) & mask for word in words}], UNTABLED_ARTICLES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--write", action="store_true", help="write monitor/think/usual.npz")
    given = parser.parse_args()
    counted = count(read(given.path))
    tables = {**{language: stopped(language) for language in STOPPED}, **counted}
    written = dump(tables)
    for language, one in sorted(tables.items()):
        print(language, len(one.places), "terms", "" if language in counted else "(that say nothing)")
    print(len(written), "bytes")
    if given.write:
        TARGET.write_bytes(written)


if __name__ == "__main__":
    main()
