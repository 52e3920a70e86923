"""The trees and weights by which stories are decided, and the scores that suffice."""

from importlib.resources import files

import numpy as np

from monitor.think.story_abroad import Balance
from monitor.think.story_decision import Judgement
from monitor.think.story_trees import load

_TREES = load(files("monitor.think").joinpath("story_trees.npz").read_bytes())  # bench/stories_train.py grows them
# In the order of story_abroad.ABROAD; bench/story_tongues.py fits them.
_ABROAD = Balance(-6.58, np.array([31.89, 1.62, 2.32, 3.64, 0.05, 1.32, 0.09, -0.25, 0.50, -3.78, 1.04]))
JUDGEMENT = Judgement(
    # Chosen on events that the trees had not seen.
    _TREES["pairing"], _TREES["joining"], _TREES["merging"], join_at=0.45, merge_at=1.6, link_at=-2.0,
    abroad=_ABROAD, abroad_at=2.0,
)  # fmt: skip
