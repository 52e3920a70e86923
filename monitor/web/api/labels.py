"""Labels: what people say of articles, for topics to be measured by."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from monitor.edge import asked as questions
from monitor.edge import labels
from monitor.edge.labels import Label
from monitor.errors import UnknownError
from monitor.think.language import clean
from monitor.web.api.answers import Api
from monitor.web.api.asked import At, Labeller, Name, Number, Reader
from monitor.web.api.shapes import Shape
from monitor.web.problems import missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["labels"], route_class=Api)

Topic = Annotated[str, Path(min_length=1, max_length=100)]


class LabelShape(Shape):
    """Whether a person wants an article flagged by a topic."""

    article_id: int
    topic: str
    wanted: bool
    why: str
    labelled_at: datetime
    title: str = Field(description="The article's")


class LabelWish(Shape):
    """What a person says."""

    wanted: bool
    why: str = Field(default="", max_length=2000)


@router.get("/labels", summary="What people said of articles")
def list_labels(desk: At, _: Reader, topic: Name = "") -> list[LabelShape]:
    """By topic, newest first; of one topic, or of all."""
    return [LabelShape.model_validate(each) for each in labels.labels(desk.engine, topic)]


@router.put("/labels/{topic}/{article_id}", summary="Say whether a topic should flag an article")
def set_label(desk: At, _: Labeller, topic: Topic, article_id: Number, wish: LabelWish) -> LabelShape:
    """It takes the place of what was said before."""
    if topic not in {known.name for known in desk.rules.pack.topics}:
        # A label for a topic that is not in force would never be looked at.
        raise UnknownError(f"no topic is named {topic!r}", hint="GET /api/v1/topics lists them")
    if not questions.has_article(desk.engine, article_id):
        raise missing(f"no article has the number {article_id}", "GET /api/v1/search finds articles")
    made = Label(article_id, topic, wish.wanted, clean(wish.why).strip(), desk.clock())
    labels.set_label(desk.engine, made)
    return LabelShape.model_validate(made)


@router.delete("/labels/{topic}/{article_id}", status_code=204, summary="Take a label back")
def remove_label(desk: At, _: Labeller, topic: Topic, article_id: Number) -> None:
    """Nothing is said of the article and the topic any more."""
    if labels.remove_label(desk.engine, article_id, topic) is None:
        raise missing(f"article {article_id} is not labelled for {topic!r}", "GET /api/v1/labels lists them")
