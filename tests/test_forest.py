"""The forests that judge lines: small, walked rightly, and heeded only where the rules are not sure."""

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.think.around import surround
from monitor.think.article import look
from monitor.think.blocks import to_layout
from monitor.think.figures import Figures
from monitor.think.forest import Forest, alone, among, ask, load
from monitor.think.markup import strip, to_tree
from monitor.think.metadata import read_metadata
from tests.conftest import NOW
from tests.pages import ENGLISH, URL, article, html, page, ps, read


def test_rows_walk_down_every_tree_to_a_leaf() -> None:
    left, right = np.array([[1, 1, 2], [0, 0, 0]]), np.array([[2, 1, 2], [0, 0, 0]])
    forest = Forest(
        feature=np.array([[1, 0, 0], [0, 0, 0]]),
        threshold=np.array([[0.5, 0, 0], [0, 0, 0]], dtype=np.float32),
        left=left,
        right=right,
        value=np.array([[0, -2, 3], [1, 0, 0]], dtype=np.float32),
        base=0.0,
        depth=1,
    )
    low, high = ask(forest, np.array([[9, 0.4], [9, 0.6]], dtype=np.float32))
    assert round(float(np.log(low / (1 - low))), 5) == -1
    assert round(float(np.log(high / (1 - high))), 5) == 4


@pytest.mark.parametrize("name", ["forest.npz", "forest-among.npz"])
def test_the_shipped_forests_are_small_and_whole(name: str) -> None:
    data = files("monitor.think").joinpath(name).read_bytes()
    assert len(data) < 100_000
    forest = load(data)
    assert forest.feature.shape == forest.left.shape == forest.right.shape == forest.value.shape
    assert forest.left.max() < forest.feature.shape[1]


def figures_of(*texts: str) -> Figures:
    tree = to_tree(page(html(ps(*texts))).body.decode())
    assert tree is not None
    metadata = read_metadata(tree, URL, NOW)
    strip(tree)
    return look(to_layout(tree), metadata, "", "").figures


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_whatever_blocks_are_thought_of_each_has_a_row_that_begins_with_it(likely: list[float]) -> None:
    figures = figures_of(*(f"Line {at} of the page." for at in range(30)))
    rows = surround(figures, np.arange(len(likely)), np.array(likely))
    assert np.isfinite(rows).all()
    assert rows[:, 0].tolist() == pytest.approx(likely)
    assert rows.shape[1] + trained_on(alone()) >= trained_on(among())


def test_a_block_among_likely_ones_is_told_from_the_same_among_unlikely_ones() -> None:
    figures, places = figures_of(*(f"Line {at} of the page." for at in range(9))), np.arange(9)
    likely, unlikely = (surround(figures, places, np.where(places == 4, 0.5, value))[4] for value in (0.95, 0.02))
    assert likely[0] == unlikely[0]
    assert (likely[1:9] > unlikely[1:9]).all()  # those before and after, one by one and together


def trained_on(forest: Forest) -> int:
    """So many figures of a block it asks for at most."""
    return int(forest.feature.max()) + 1


def test_a_lead_that_the_site_names_so_is_kept_though_much_stands_between() -> None:
    lead = "Ships may land on the island again, yet the wall remains a ruin."
    body = (
        f"<header><h1>{ENGLISH.title}</h1><h2 class='article-subtitle'>{lead}</h2></header>"
        f"<ul><li>Listen</li><li>Print</li></ul><div>{ps(*ENGLISH.paragraphs)}</div>"
    )
    assert read(page(html(body))).text == f"{lead}\n\n{ENGLISH.text}"


def test_what_a_line_says_of_itself_outweighs_where_it_stands() -> None:
    for line in ("By Ada Pereira", "Sign up for our newsletter", "Read also: Ten walks along the coast"):
        assert line not in read(article(f"<p>{line}</p>")).text
