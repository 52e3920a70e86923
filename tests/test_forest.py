"""The forest that judges lines: small, walked rightly, and heeded only where the rules are not sure."""

import numpy as np

from monitor.think.forest import Forest, ask, load
from tests.pages import ENGLISH, article, html, page, ps, read


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


def test_the_shipped_forest_is_small_and_whole() -> None:
    from importlib.resources import files

    data = files("monitor.think").joinpath("forest.npz").read_bytes()
    assert len(data) < 200_000
    forest = load(data)
    assert forest.feature.shape == forest.left.shape == forest.right.shape == forest.value.shape
    assert forest.left.max() < forest.feature.shape[1]


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
