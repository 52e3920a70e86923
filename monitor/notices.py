"""What is noticed of sources is told to receivers, as alerts are: retried, recorded, each under an id of its own."""

from dataclasses import replace
from datetime import timedelta

from loguru import logger

from monitor.beat import BUG_DELAY_S, LEASE_S, Beat, fault
from monitor.edge import health
from monitor.edge.clock import clock
from monitor.errors import DeliveryError
from monitor.model import Alert, AlertState
from monitor.pipeline import Pipeline
from monitor.think import render_health, settle


def notice_beat(pipeline: Pipeline) -> Beat[health.Notice]:
    """The beat that tells receivers how sources do."""
    engine, owner = pipeline.store.engine, pipeline.store.owner

    async def put_off(notice: health.Notice, error: BaseException) -> None:
        owed = replace(
            notice.owed,
            due_at=clock() + timedelta(seconds=BUG_DELAY_S),
            failures=notice.owed.failures + 1,
            last_error=fault(error),
        )
        await pipeline.on_disk(health.save_notice, engine, notice, owed)

    return Beat(
        "notice",
        lambda limit: pipeline.on_disk(health.claim_notices, engine, owner, clock(), LEASE_S, limit),
        lambda notice: deliver_notice(pipeline, notice),
        put_off,
        limit=pipeline.config.deliver.concurrency,
    )


async def deliver_notice(pipeline: Pipeline, notice: health.Notice) -> Alert:
    """Tell a receiver how a source does, and record how that went."""
    owed, event = notice.owed, notice.event
    told = render_health.message(
        event.uid, owed.receiver, _finding(event), event.noticed_at, [_finding(member) for member in notice.members]
    )
    try:
        answer = await pipeline.deliverer.channel(owed.receiver).send(told)
        after = settle.delivered(owed, clock())
    except DeliveryError as error:
        answer = str(error)
        after = pipeline.deliverer.undelivered(owed, error)
    await pipeline.on_disk(health.save_notice, pipeline.store.engine, notice, after)
    level = {AlertState.SENT: "INFO", AlertState.OWED: "WARNING", AlertState.FAILED: "ERROR"}[after.state]
    bound = logger.bind(notice=event.uid, receiver=owed.receiver, result=after.state.value)
    bound.log(level, "notice {} to {}: {} ({})", event.uid, owed.receiver, after.state.value, answer)
    return after


def _finding(event: health.Event) -> render_health.Finding:
    return render_health.Finding(event.feed, event.feed_id, event.url, event.before, event.health, event.why)
