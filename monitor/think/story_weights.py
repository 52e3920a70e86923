"""The trees by which stories are decided, and the scores that suffice."""

from importlib.resources import files

from monitor.think.story_decision import Judgement
from monitor.think.story_trees import load

_TREES = load(files("monitor.think").joinpath("story_trees.npz").read_bytes())  # bench/stories_train.py grows them
JUDGEMENT = Judgement(
    # Chosen on events that the trees had not seen.
    _TREES["pairing"], _TREES["joining"], _TREES["merging"], join_at=0.45, merge_at=2.5, link_at=-2.0
)  # fmt: skip
