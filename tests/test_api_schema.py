"""The API keeps to its own description, whatever it is asked: a real server under generated requests."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from desk import furnish, keep_matches
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from web import bearer, opened, with_setting

from monitor.edge.tokens import Scope
from monitor.model import Match
from monitor.web.app import create_app
from monitor.web.desk import Office

pytestmark = pytest.mark.slow
# The first never ends; the others would ask strange servers for feeds.
LEFT_OUT = {("get", "/api/v1/events"), ("post", "/api/v1/feeds"), ("post", "/api/v1/feeds/preview")}


@contextmanager
def listening(office: Office) -> Iterator[str]:
    """The application on a port of its own, in a thread."""
    config = uvicorn.Config(create_app(office), port=0, log_config=None, access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign]  # those of the process are not ours
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        thread.join(0.05)
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_answer_is_as_described_and_no_request_breaks_it(tmp_path: Path, mode: str) -> None:
    import schemathesis  # here alone: it takes as long as all else that a process of tests begins with

    furnish(tmp_path)
    keep_matches(tmp_path, [(9, Match("weather", "cccc", "high", 1.0, ()))])
    with_setting(tmp_path, 'rate = "100000/1s"\nlogin_rate = "100000/1s"\nexports = 32')
    answered: Counter[int] = Counter()
    with opened(tmp_path) as office, listening(office) as base:
        headers = bearer(office, Scope.MANAGE)
        schema = schemathesis.openapi.from_dict(create_app(office).openapi())
        operations = [found.ok() for found in schema.get_all_operations()]
        asked = [each for each in operations if (each.method, each.path) not in LEFT_OUT]
        assert len(asked) > 35
        for operation in asked:
            try:
                put(operation, mode, base, headers, answered)
            except Unsatisfiable:  # there is nothing wrong to be said where nothing is asked for
                assert mode == "negative"
    assert answered.keys() > ({200, 404} if mode == "positive" else {422})


def checks() -> "list[Any]":
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        ignored_auth,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    return [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
        negative_data_rejection,
        ignored_auth,
    ]


def put(operation: Any, mode: str, base: str, headers: dict[str, str], answered: Counter[int]) -> None:
    """Put generated requests to one operation."""
    from schemathesis import GenerationMode

    all_checks = checks()

    @settings(max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
    def hold(case: Any) -> None:
        answer = case.call(base_url=base, headers=headers)
        answered[answer.status_code] += 1
        case.validate_response(answer, checks=all_checks, headers=headers)

    hold()
