"""An article that was told becomes the verdict on it: which stories it might have joined, and what spoke for each."""

from datetime import timedelta

from sqlalchemy.engine import Engine

from monitor.edge.sketches import read_news
from monitor.model import Article
from monitor.stories import Verdict
from monitor.think.story_decision import judge, verdict
from monitor.think.story_sketch import Rarity
from monitor.think.story_usual import usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Window, member_of

_SHOWN = 5  # candidates


def find_verdict(engine: Engine, article: Article, window_s: float) -> Verdict | None:
    """The verdict on an article, weighed again among those that were told before it and are in the window still.

    None when its sketch is gone, after a long time, or when it was not told yet. Its candidates bear the numbers of
    today.
    """
    news = read_news(engine, 0, 0)
    own = next((told for told in news.told if told.article_id == article.id), None)
    if own is None or article.story_id is None:
        return None
    window = Window(Rarity(usual()))
    for told in news.told:
        if told.number < own.number:
            window.add(member_of(told))
    window.forget_before((own.told_at - timedelta(seconds=window_s)).timestamp())
    judged = judge(own.sketch, window, JUDGEMENT)
    found = verdict(article.id, article.story_id, judged, JUDGEMENT)
    best = found.candidates[0] if found.candidates else None
    if article.copy_of is not None:
        why = f"its text is that of article {article.copy_of}: a copy joins its original"
    elif best and best.score >= found.threshold and best.story_id == article.story_id:
        why = f"story {best.story_id} has the best score, and it is enough"
    elif best and best.score >= found.threshold:
        why = "it was moved since, by a merge or a split: `monitor stories show` has the log"
    elif article.story_id == article.id:
        why = "no story reached the threshold: it opened one"
    else:
        why = "a copy or an equal headline led it there, or a merge or a split since"
    return Verdict(article.id, article.story_id, found.threshold, found.candidates[:_SHOWN], article.copy_of, why)
