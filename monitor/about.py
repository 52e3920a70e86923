"""What a page says of its article beside the text, or what stands there in its stead: one frozen value."""

from dataclasses import dataclass

# What may stand where the article should: `ExtractError.reason` of these is kept with the article.
WALLS = frozenset("paywall consent challenge soft-404 home-page index script-only empty too-short error-page".split())


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an article beside what is matched."""

    wall: str = ""  # one of WALLS, if the page showed that instead of the article
    paid: bool = False  # the page says that it is not free to read
    live: bool = False  # a live blog: it goes on
    section: str = ""
    script: str = ""  # that most of the text is written in, as ISO 15924 has it
    right_to_left: bool = False
    languages: tuple[str, ...] = ()  # of a text in several: those of long stretches, the one of most first
    title_language: str = ""  # of a title in another script than the text
    captions: tuple[str, ...] = ()  # of the pictures in it
    markdown: str = ""  # the text with headings, lists, quotes, tables, links, embedded posts; empty when it has none


NOTHING = About()


def walled(reason: str) -> About:
    """What is known where something else stood; `reason` is that of the ExtractError."""
    return About(wall=reason if reason in WALLS else "")
