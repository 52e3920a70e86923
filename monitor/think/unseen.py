"""The style of an element tells whether a reader sees what it holds."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Of 469 pages, no text in letters of no size, or beside the page, was of the article. Text without opacity was: it is
# faded in. So was white text: the dark ground under it is said elsewhere.
_TINY = re.compile(r"[01](?:\.\d+)?px|0(?:\.0+)?(?:em|rem|pt|%)?")
_BESIDE = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|em|rem|%)")
_RGB = re.compile(r"rgba?\((\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+1(?:\.0+)?)?\)")
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_NAMES = {"white": "#ffffff", "black": "#000000", "snow": "#fffafa", "silver": "#c0c0c0", "red": "#ff0000"}
_LONGEST = 1_000  # characters of a style


def is_unseen(element: HtmlElement) -> bool:
    """Whether an element's style hides it, or puts it beside the page, or has its letters no size or no contrast."""
    style = element.get("style")
    if style is None:
        return False
    hides, tiny, own, ground = _look_of(style)
    # Letters of no size around others keep the spaces between these from being shown.
    if hides or (tiny and not any(len(child) or child.attrib for child in element)):
        return True
    if not own:
        return False
    around = element.getparent()
    if not ground and around is not None:
        ground = _look_of(around.get("style", ""))[3]
    return own == ground


@lru_cache(maxsize=4096)
def _look_of(style: str) -> tuple[bool, bool, str, str]:
    """Whether a style hides, and whether by small letters; the colours of the letters and their ground, if said."""
    if _HIDING.search(style):
        return True, False, "", ""
    pairs = (each.partition(":") for each in style[:_LONGEST].lower().split(";"))
    said = {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}
    tiny = _TINY.fullmatch(said.get("font-size", "")) is not None
    beside = _BESIDE.fullmatch(said.get("text-indent", "")) is not None or (
        said.get("position") in ("absolute", "fixed")
        and any(_BESIDE.fullmatch(said.get(side, "")) for side in ("left", "top", "right", "bottom"))
    )
    ground = said.get("background-color") or said.get("background", "")
    return beside, tiny, _colour(said.get("color", "")), _colour(ground)


def _colour(value: str) -> str:
    """A colour as six digits; empty for what is none, or lets shine through."""
    mixed = _RGB.fullmatch(value)
    if mixed:
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in mixed.groups())
    if _HEX.fullmatch(value):
        return value if len(value) == 7 else "#" + "".join(digit * 2 for digit in value[1:])
    return _NAMES.get(value, "")
