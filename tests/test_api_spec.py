"""The description of the API is whole: every path is documented, every failure is a problem."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import furnish
from web import asking, opened

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def spec(tmp_path: Path) -> Iterator[dict[str, Any]]:
    furnish(tmp_path)
    with opened(tmp_path) as office:
        yield asking(office).get("/api/v1/openapi.json").json()


def test_every_path_is_documented(spec: dict[str, Any]) -> None:
    written = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
    paths = [f"`{method.upper()} {path}`" for path, known in spec["paths"].items() for method in known]
    assert [path for path in paths if path not in written] == []


def test_every_call_has_a_summary_and_tells_of_problems(spec: dict[str, Any]) -> None:
    assert spec["openapi"] == "3.1.0"
    for path, known in spec["paths"].items():
        for method in METHODS & known.keys():
            call = known[method]
            assert call["summary"], path
            assert "application/problem+json" in call["responses"]["default"]["content"], path
            assert call["security"], path
