"""Tidied XML becomes the same without what costs feedparser quadratic time; what remains is bounded by its length."""

import re

from monitor.errors import ParseError

# Whom feedparser searches for an email address, from each letter on. No name or address has so long a run of letters;
# the names of elements, which may stand among them, are just shorter.
LONGEST_RUN = 110
_RUN = re.compile(rf"([A-Za-z0-9_.+-]{{{LONGEST_RUN}}})[A-Za-z0-9_.+-]+")
_PERSON = re.compile(
    r"<(?:[a-z0-9_.-]+:)?(?:author|creator|managingeditor|webmaster|publisher|contributor|name|email)(?:\s[^<>]*)?>"
)
# A base to which feedparser would add the next one, and so on, until each element costs a second; or a very long one.
_ODD_BASE = re.compile(r""" (?:xml:)?base="(?!(?:https?://|/(?!/))[^"]{0,300}")[^"]*\"""")
# Each is looked up among all before it.
_SUBJECT = re.compile(r"(</?(?:[a-z0-9_.-]+:)?)subject(?=[\s>])")
# Each unknown element looks through all of them.
_PREFIX = re.compile(r" xmlns:([^=\s]+)=")
_MOST_PREFIXES = 200
# Each line is a piece of its own, and pieces without a word are taken off one by one.
_BLANK_SECTION = re.compile(r"<!\[CDATA\[(\s*+)\]\]>")
_BLANKS = re.compile(r"\n\s{50,}+")


def lighten(text: str) -> str:
    """The same feed, at a price that grows no faster than its length."""
    if len(set(_PREFIX.findall(text))) > _MOST_PREFIXES:
        raise ParseError(f"more than {_MOST_PREFIXES} prefixes of namespaces")
    text = _ODD_BASE.sub("", text)
    text = _SUBJECT.sub(r"\1sort", text)
    text = _BLANKS.sub(_fewer, _BLANK_SECTION.sub(r"\1", text))
    return _shorten_people(text)


def _fewer(blanks: re.Match[str]) -> str:
    return "\n\n" if blanks[0].count("\n") > 1 else "\n"


def _shorten_people(text: str) -> str:
    pieces, done = [], 0
    for person in _PERSON.finditer(text):
        end = text.find("</", person.end())
        if end - person.end() > LONGEST_RUN and done <= person.end():
            pieces += [text[done : person.end()], _RUN.sub(r"\1", text[person.end() : end])]
            done = end
    return "".join([*pieces, text[done:]])
