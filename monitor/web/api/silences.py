"""Silences: what shall not be told for a while."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field, field_validator, model_validator

from monitor.edge import silences
from monitor.edge.silences import Held
from monitor.errors import UnknownError
from monitor.settings.kinds import parse_duration
from monitor.silencing import LONGEST_S, site_of, unknown_names
from monitor.telling import Fate, Silence
from monitor.think.excerpt import one_line
from monitor.web.api.answers import Api
from monitor.web.api.asked import LARGEST, At, Manager, Number, Reader
from monitor.web.api.shapes import Shape
from monitor.web.problems import missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["silences"], route_class=Api)

Word = Annotated[str, Field(max_length=200)]


class SilenceShape(Shape):
    """A silence: it holds back the alerts that fit all that it names."""

    id: int
    created_at: datetime
    ends_at: datetime
    in_force: bool
    topic: str
    story_id: int
    site: str
    entity: str
    receiver: str
    why: str
    fate: Fate = Field(description="tell: what was held back is told as one digest when it ends; drop: it is not")
    holds: int = Field(description="Alerts that it holds back now")


class SilenceWish(Shape):
    """What shall not be told, and for how long; it must name something."""

    length: str | float = Field(description='How long: "90m", "2h", "3d", or seconds; up to a year')
    topic: Word = ""
    story_id: int = Field(default=0, ge=0, le=LARGEST)
    site: Word = ""
    entity: Word = ""
    receiver: Word = ""
    why: str = Field(default="", max_length=1000)
    drop: bool = Field(default=False, description="Do not tell afterwards what was held back")

    @field_validator("length")
    @classmethod
    def _read_length(cls, value: str | float) -> float:
        seconds = float(str(parse_duration(value)))
        if not 1 <= seconds <= LONGEST_S:
            raise ValueError("a duration from a second to a year")
        return seconds

    @model_validator(mode="after")
    def _name_something(self) -> Self:
        if not (self.topic or self.story_id or self.site or self.entity or self.receiver):
            raise ValueError("name a topic, story_id, site, entity or receiver")
        return self


@router.get("/silences", summary="What is held back")
def list_silences(
    desk: At,
    _: Reader,
    ended: Annotated[bool, Query(description="Also those that ended")] = False,  # noqa: FBT002
) -> list[SilenceShape]:
    """The silences in force, with how many alerts each holds back."""
    now = desk.clock()
    return [_shape(held, now) for held in silences.listed(desk.engine, now, ended=ended)]


@router.post("/silences", status_code=201, summary="Hold back alerts for a while")
def add_silence(desk: At, _: Manager, wish: SilenceWish) -> SilenceShape:
    """It holds from now on; when it ends, what it held back is told as one digest."""
    unknown = unknown_names(desk.config, desk.rules, topic=wish.topic, receiver=wish.receiver, entity=wish.entity)
    if unknown:
        raise UnknownError(f"nothing is known by the name {', '.join(map(repr, unknown))}")
    now = desk.clock()
    silence = Silence(
        0,
        now,
        now + timedelta(seconds=float(wish.length)),
        topic=wish.topic,
        story_id=wish.story_id,
        site=site_of(wish.site),
        entity=wish.entity.removeprefix("@"),
        receiver=wish.receiver,
        why=one_line(wish.why, 500),
        fate=Fate.DROP if wish.drop else Fate.TELL,
    )
    number = silences.add(desk.engine, silence)
    held = next(one for one in silences.listed(desk.engine, now) if one.silence.id == number)
    return _shape(held, now)


@router.delete("/silences/{number}", status_code=204, summary="End a silence")
def end_silence(desk: At, _: Manager, number: Number) -> None:
    """What it held back goes out now."""
    if not silences.end(desk.engine, number, desk.clock()):
        raise missing(f"no silence in force has the number {number}", "GET /api/v1/silences lists them")


def _shape(held: Held, now: datetime) -> SilenceShape:
    one = held.silence
    names = "id created_at ends_at topic story_id site entity receiver why fate"
    own = {name: getattr(one, name) for name in names.split()}
    return SilenceShape(**own, in_force=one.ends_at > now, holds=held.alerts)
