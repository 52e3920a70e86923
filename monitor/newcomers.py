"""A query becomes what answers it and came after a certain article: what is new to whoever saw all before."""

from itertools import islice

import numpy as np

from monitor.archive import Archive, Hit


class Newcomers(Archive):
    """The archive, asked for its newest numbers only: of all others nothing is read."""

    def after(self, query: str, seen: int, most: int) -> list[Hit]:
        """What answers a query and has a higher number, the last to come first, at most so many."""
        found = self._find(query)
        numbers = np.flatnonzero(found.may)
        hits = self._hits(found, numbers[numbers > seen][::-1], 50)
        return list(islice((hit for hit in hits if hit), most))
