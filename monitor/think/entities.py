"""Entities become a lookup by what queries call them: id, group or Wikidata id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from monitor.model import Entity, Needle
from monitor.think.book import NO_BOOK, Book, digest_of, spellings_of
from monitor.think.spelling import Speller, read_run

WORDS = "words"  # the kind of an entity that is a list of common words


@dataclass(frozen=True, slots=True, eq=False)
class Entities:
    """Entities, and the ids that each id, group or Wikidata id (all in lower case) stands for."""

    by_id: Mapping[str, Entity]
    ids: Mapping[str, tuple[str, ...]]
    speller: Speller = field(default_factory=Speller)
    book: Book = NO_BOOK  # what is known of the names of some of them already

    def find(self, ref: str) -> tuple[str, ...]:
        """The ids of the entities that `ref` stands for; none when it is unknown."""
        return self.ids.get(ref.lower(), ())

    def spell(self, id_: str) -> frozenset[Needle]:
        """The runs of words by which an entity is called."""
        if id_ in self.book.digests:
            return frozenset(map(read_run, spellings_of(self.book, id_)))
        entity = self.by_id[id_]
        return frozenset(needle for name in entity.names for needle in self.speller.name(name, entity.kind))

    def digest(self, id_: str) -> str:
        """What tells an entity from another version of itself."""
        return self.book.digests.get(id_) or digest_of(self.by_id[id_])

    def suggest(self, ref: str) -> list[str]:
        """Known names most like an unknown one, best first."""
        return get_close_matches(ref.lower(), self.ids, n=3, cutoff=0.6)


def index_entities(entities: Iterable[Entity], speller: Speller | None = None, book: Book = NO_BOOK) -> Entities:
    """Make entities known by id, group and Wikidata id; a speller and a book may know their names' forms already."""
    by_id = {entity.id: entity for entity in entities}
    ids: dict[str, set[str]] = {}
    for entity in by_id.values():
        for ref in (entity.id, entity.qid, *entity.groups):
            if ref:
                ids.setdefault(ref.lower(), set()).add(entity.id)
    return Entities(by_id, {ref: tuple(sorted(known)) for ref, known in ids.items()}, speller or Speller(), book)
