"""What people say of a silence becomes one that can hold: of what the rules and the configuration know."""

from monitor.rules import Rules
from monitor.settings import Config

LONGEST_S = 366 * 86_400.0


def unknown_names(
    config: Config, rules: Rules, *, topic: str = "", receiver: str = "", entity: str = ""
) -> tuple[str, ...]:
    """Which of these nobody knows: a silence of them would hold nothing back, and nobody would notice."""
    topics, receivers = {one.name for one in rules.pack.topics}, {one.name for one in config.receiver}
    unknown = [name for name, known in ((topic, topics), (receiver, receivers)) if name and name not in known]
    if entity and not rules.entities.find(entity.removeprefix("@")):
        unknown.append(entity)
    return tuple(unknown)


def site_of(text: str) -> str:
    """A site as silences compare it."""
    return text.strip().lower().removeprefix("www.")
