"""What can be set of how long things are kept."""

from monitor.settings.kinds import Duration, Section, Size

ALL = "*"


class RetentionConfig(Section):
    """Limits of age and size; what has none is kept for ever."""

    every: Duration = 3600.0
    pages_age: Duration | None = None
    pages_size: Size | None = None
    texts_age: Duration | None = None
    texts_size: Size | None = None
    matches_age: Duration | None = None
    matches_size: Size | None = None
    attempts_age: Duration | None = None
    attempts_size: Size | None = None
    topics: tuple[str, ...] = (ALL,)  # whose matches, and the articles of these, are kept whatever the limits
