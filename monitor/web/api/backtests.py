"""Backtests: a topic, in force or drafted, put to the archive as a job that can be followed and cancelled."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator

from monitor.edge.backtests import Backtest, Plan, find_backtest, latest_backtests, remaining, samples
from monitor.rules import Rules
from monitor.trials import Comparison, Trial, against_rule, against_stored, in_force
from monitor.web.api.answers import Api
from monitor.web.api.asked import At, Labeller, Name, Number, Reader
from monitor.web.api.shapes import ArticleLine, EvidenceShape, Shape, article_line
from monitor.web.api.topics import Draft, QueryFault, find_faults, find_topic, trial_of
from monitor.web.desk import Desk
from monitor.web.jobs import Jobs
from monitor.web.problems import RefusedError, missing
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["topics"], route_class=Api)

State = Literal["waiting", "running", "done", "cancelled", "failed", "stopped"]


class BacktestWish(Shape):
    """What is put to the archive: a topic in force, or a draft; and what it is compared with."""

    topic: str = Field(default="", max_length=100)
    draft: Draft | None = None
    against: Literal["stored", "in-force"] = Field(
        default="stored",
        description="stored: the matches that are kept of the topic of its name; in-force: that topic as it is now",
    )
    since: datetime | None = Field(default=None, description="Only articles published since; default: all")
    fresh: bool = Field(default=False, description="Start over; otherwise the same question goes on where it stopped")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.topic) == (self.draft is not None):
            raise ValueError("give a topic or a draft")
        if self.since and self.since.tzinfo is None:
            raise ValueError("since must tell its zone, as in 2026-03-01T00:00:00Z")
        return self


class BacktestShape(Shape):
    """How far a backtest came, and what it counted."""

    id: int
    topic: str
    version: str = Field(description="Of the wording that is tried")
    against: str
    since: datetime | None
    state: State = Field(description="stopped: the process that worked on it ended; the same question goes on")
    error: str
    started_at: datetime
    finished_at: datetime | None
    read: int = Field(description="Articles that were put to it")
    remaining: int
    flagged: int
    added: int = Field(description="Flagged now, and not before")
    removed: int = Field(description="Flagged before, and not now")


class Sample(Shape):
    """An article on which the two do not agree."""

    article: ArticleLine
    score: float | None
    evidence: tuple[EvidenceShape, ...]


class BacktestWhole(BacktestShape):
    """A backtest with samples of how the two differ."""

    samples_added: list[Sample]
    samples_removed: list[Sample]


@router.get("/backtests", summary="Backtests, newest first")
def list_backtests(
    request: Request,
    desk: At,
    _: Reader,
    topic: Name = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[BacktestShape]:
    """Those of a topic, or of all."""
    found = latest_backtests(desk.engine, topic, limit)
    return [BacktestShape(**_figures(desk, _jobs(request), each)) for each in found]


@router.post("/backtests", status_code=202, summary="Put a topic or a draft to the archive")
def start_backtest(request: Request, response: Response, desk: At, _: Labeller, wish: BacktestWish) -> BacktestShape:
    """A job begins; its address is in `Location`. Nothing but its figures is kept."""
    comparison = _compare(desk, wish)
    trial = comparison.trial
    plan = Plan(trial.topic.name, trial.version, comparison.against, wish.since)
    jobs = _jobs(request)
    job = jobs.start(desk.engine, comparison, plan, desk.clock, fresh=wish.fresh)
    response.headers["Location"] = f"{PREFIX}/backtests/{job.number}"
    return BacktestShape(**_figures(desk, jobs, _find(desk, job.number)))


@router.get("/backtests/{number}", summary="How far a backtest came")
def show_backtest(
    request: Request,
    desk: At,
    _: Reader,
    number: Number,
    shown: Annotated[int, Query(alias="samples", ge=0, le=200, description="Of either kind")] = 20,
) -> BacktestWhole:
    """Its counts, and articles on which the two do not agree, spread evenly over all such."""
    found = _find(desk, number)
    return BacktestWhole(
        **_figures(desk, _jobs(request), found),
        samples_added=_samples(desk, found, "added", shown),
        samples_removed=_samples(desk, found, "removed", shown),
    )


@router.delete("/backtests/{number}", status_code=204, summary="Cancel a backtest")
def cancel_backtest(request: Request, desk: At, _: Labeller, number: Number) -> None:
    """What it came to is kept, and the same question goes on from there."""
    _find(desk, number)
    job = _jobs(request).find(number)
    if job is None or job.is_over:
        raise RefusedError(409, "nobody works on it here")
    job.cancelled.set()


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.office.jobs
    return jobs


def _compare(desk: Desk, wish: BacktestWish) -> Comparison:
    rules = desk.rules
    trial = _drafted(rules, wish.draft) if wish.draft else _in_force(rules, wish.topic)
    if wish.against == "stored":
        return against_stored(desk.engine, trial)
    return against_rule(trial, _in_force(rules, trial.topic.name))


def _in_force(rules: Rules, name: str) -> Trial:
    return in_force(rules, find_topic(rules, name))


def _drafted(rules: Rules, draft: Draft) -> Trial:
    faults = find_faults(rules, draft)
    if faults:
        raise RefusedError(422, "; ".join(map(_told, faults)), hint="POST /api/v1/topics/check names every fault")
    return trial_of(rules, draft)


def _told(fault: QueryFault) -> str:
    return f"{fault.where}, character {fault.position}: {fault.what}"


def _find(desk: Desk, number: int) -> Backtest:
    found = find_backtest(desk.engine, number)
    if found is None:
        raise missing(f"no backtest has the number {number}", "GET /api/v1/backtests lists them")
    return found


def _figures(desk: Desk, jobs: Jobs, found: Backtest) -> dict[str, Any]:
    job = jobs.find(found.id)
    state = job.state if job else "done" if found.finished_at else "stopped"
    return {
        "id": found.id,
        "topic": found.plan.topic,
        "version": found.plan.tried,
        "against": found.plan.against,
        "since": found.plan.since,
        "state": state,
        "error": job.error if job else "",
        "started_at": found.started_at,
        "finished_at": found.finished_at,
        "read": found.read,
        "remaining": max(job.total - found.read, 0) if job else remaining(desk.engine, found),
        "flagged": found.flagged,
        "added": found.added,
        "removed": found.removed,
    }


def _samples(desk: Desk, found: Backtest, change: str, limit: int) -> list[Sample]:
    return [
        Sample(
            article=article_line(article),
            score=each.score,
            evidence=tuple(EvidenceShape.model_validate(item) for item in each.evidence),
        )
        for each, article in samples(desk.engine, found, change, limit)
    ]
