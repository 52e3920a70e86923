"""A long list of feeds is read fast, and as tomllib would read it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.tables import read_tables

LONG = "# " + "x" * 100_000 + "\n"
LINES = st.sampled_from(
    [
        'name = "wire"',
        'url = "https://wire.example/rss?a=b"',
        'tags = ["a", "b"]',
        "tags = []",
        'tags = ["a, b", "]"]',
        'title = "say \\"no\\" [[feed]]"',
        "interval = 900",
        "kind = 'agency'",
        'name = "again"  # twice',
        "",
        "# a comment with [[feed]]",
        "  [[feed]]",
        "[[feed]] # of ours",
        "[[ feed ]]",
        "[feed]",
        "[feed.headers]",
        "[[feed.headers]]",
        'headers = { X-Key = "a" }',
        "tags = [",
        '"a",',
        "]",
        "[poll]",
        'text = """',
        '"""',
        "[[topic]]",
        "name =",
        'name="tight"',
        "\tname = 'x'",
    ]
)


def either(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)


@given(st.lists(st.one_of(st.just("[[feed]]"), LINES), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_listed_is_read_as_tomllib_reads_it(lines: list[str], end: str) -> None:
    text = LONG + end.join(lines)
    expected = either(text)
    try:
        found: object = read_tables(text)
    except tomllib.TOMLDecodeError as error:
        found = str(error)
    assert found == expected


@pytest.mark.slow
def test_a_list_of_many_feeds_keeps_its_order_among_others() -> None:
    plain = "".join(f'[[feed]]\nname = "f{number}"\nurl = "https://f{number}.example/"\n\n' for number in range(3000))
    text = f'[poll]\ninterval = "5m"\n{plain}[[feed]]\nname = "odd"\n[feed.headers]\nX-A = "b"\n{plain}'
    assert read_tables(text) == tomllib.loads(text)


def test_a_fault_is_named_by_its_line_in_the_file() -> None:
    text = LONG + '[[feed]]\nname = "a"\n' * 50 + "[[feed]]\nname = oops\n"
    with pytest.raises(tomllib.TOMLDecodeError, match="line 103"):
        read_tables(text)
