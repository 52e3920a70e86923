"""Saved searches: questions under a name, which all who look at the archive share, and what is new in each."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from monitor.archive import Order, Question
from monitor.edge import saved_searches
from monitor.edge.saved_searches import NAMES, SavedSearch
from monitor.exports import counted
from monitor.web.api.answers import Api
from monitor.web.api.articles import HitShape, hit_shape
from monitor.web.api.asked import At, Labeller, Limit, Reader, size
from monitor.web.api.shapes import Shape
from monitor.web.desk import Desk
from monitor.web.problems import missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["saved searches"], route_class=Api)

Named = Annotated[str, Path(pattern=rf"^{NAMES}$", max_length=80)]
_COUNTED = 10_000  # new articles; of more it is said that there are so many


class SearchShape(Shape):
    """A search under a name."""

    name: str
    query: str
    order: str
    created_at: datetime
    asked_at: datetime | None = Field(description="When its answer was last marked as seen")
    seen: int = Field(description="Up to this article its answer was seen; those with a greater number are new")


class SearchWhole(SearchShape):
    """A search, and what answers it by now."""

    total: int = Field(description="Articles that answer")
    exact: bool = Field(description="False: `total` also counts some that may not answer")
    new: int = Field(description=f"Of these, those that came since it was seen; {_COUNTED} stand for more, too")


class SearchWish(Shape):
    """A search to be saved."""

    name: str = Field(pattern=rf"^{NAMES}$", max_length=80, examples=["grain-exports"])
    query: str = Field(max_length=4000, description="In the query language that topics use; empty: all articles.")
    order: Order = Order.NEWEST
    replace: bool = Field(default=False, description="Take the place of the search of that name")


class News(Shape):
    """What came since a search was seen, the last to come first."""

    items: list[HitShape]
    more: bool = Field(description="There are more than were asked for")
    upto: int = Field(
        description="The article up to which this is all, to be sent back when it was seen; while there is more, "
        "that up to which it was seen before"
    )


class Seen(Shape):
    """Up to which article the answer of a search was seen."""

    upto: int = Field(ge=0, le=2**62)


@router.get("/searches", summary="The saved searches")
def list_searches(desk: At, _: Reader) -> list[SearchShape]:
    """By name."""
    return [SearchShape.model_validate(each) for each in saved_searches.list_all(desk.engine)]


@router.post("/searches", status_code=201, summary="Save a search under a name")
def save_search(desk: At, _: Labeller, wish: SearchWish) -> SearchShape:
    """It is tried first: a query that cannot be obeyed is refused, and so is a name that is taken."""
    desk.archive.ask(Question(wish.query, limit=1))
    saved = saved_searches.save(
        desk.engine, wish.name, wish.query.strip(), wish.order.value, desk.clock(), replace=wish.replace
    )
    return SearchShape.model_validate(saved)


@router.get("/searches/{name}", summary="A saved search, and how much is new in it")
def show_search(desk: At, _: Reader, name: Named) -> SearchWhole:
    """It stays as new as it is: only `PUT …/seen` changes that."""
    saved = find_search(desk, name)
    answer = desk.archive.ask(Question(saved.query, limit=1))
    new = len(desk.archive.after(saved.query, saved.seen, _COUNTED)) if saved.asked_at else answer.total
    own = SearchShape.model_validate(saved).model_dump()
    return SearchWhole(**own, total=answer.total, exact=answer.exact, new=new)


@router.get("/searches/{name}/news", summary="What came since a saved search was last seen")
def list_news(desk: At, _: Reader, name: Named, limit: Limit = None) -> News:
    """Articles that are still to be read or told come when they are."""
    saved, most = find_search(desk, name), size(desk, limit)
    upto = saved_searches.complete_up_to(desk.engine)  # before asking: what comes in between is new next time
    found = desk.archive.after(saved.query, saved.seen, most + 1)
    shown = counted(desk.engine, found[:most])
    more = len(found) > most
    return News(items=[hit_shape(hit) for hit in shown], more=more, upto=saved.seen if more else upto)


@router.put("/searches/{name}/seen", summary="Mark what a saved search found as seen")
def mark_seen(desk: At, _: Labeller, name: Named, seen: Seen) -> SearchShape:
    """For all who ask it, and never back to an article before."""
    saved = find_search(desk, name)
    upto = min(seen.upto, saved_searches.complete_up_to(desk.engine))
    saved_searches.mark(desk.engine, saved.name, upto, desk.clock())
    return SearchShape.model_validate(find_search(desk, name))


@router.delete("/searches/{name}", status_code=204, summary="Keep a search no more")
def remove_search(desk: At, _: Labeller, name: Named) -> None:
    """What it found stays."""
    if not saved_searches.remove(desk.engine, name):
        raise _unknown(name)


def find_search(desk: Desk, name: str) -> SavedSearch:
    """The saved search of that name; RefusedError when there is none."""
    saved = saved_searches.find(desk.engine, name)
    if saved is None:
        raise _unknown(name)
    return saved


def _unknown(name: str) -> Exception:
    return missing(f"no search is named {name!r}", "GET /api/v1/searches lists them")
