"""The tables of a pack become entities: people, places, weapons, and lists of words."""

import re
from typing import Any

from monitor.model import Entity, Name
from monitor.think.entities import WORDS
from monitor.think.language import tokens
from monitor.think.pack_sheet import SLUG, Sheet, phrases, refuse_unknown, slug, table_at, text_at, texts
from monitor.think.toml_lines import Path

_QID = re.compile(r"Q[1-9]\d*", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
_PLAIN = re.compile(r"[a-zа-я]")  # letters that are a word in any text: most names need no closer look
_PREFIX = re.compile(r"[^*]*\w{3,}\*")


def read_entity(sheet: Sheet, path: Path, table: dict[str, Any]) -> Entity:
    refuse_unknown(sheet, path, table, ("id", "qid", "kind", "groups", "needs", "not", "names"))
    kind = text_at(sheet, path, table, "kind")
    if kind == WORDS:
        sheet.refuse((*path, "kind"), kind, "another kind: lists of words are headed [[words]]")
    return Entity(
        id=slug(sheet, path, table, "id"),
        kind=kind,
        names=_names(sheet, (*path, "names"), table_at(sheet, path, table, "names"), prefixes=False),
        qid=_qid(sheet, path, table),
        groups=_groups(sheet, path, table),
        needs=phrases(sheet, path, table, "needs"),
        excluded=phrases(sheet, path, table, "not"),
    )


def read_words(sheet: Sheet, path: Path, table: dict[str, Any]) -> Entity:
    """A list of words, which queries name like an entity; every key but id and groups is a language."""
    listed = {key: found for key, found in table.items() if key not in {"id", "groups"}}
    return Entity(
        id=slug(sheet, path, table, "id"),
        kind=WORDS,
        names=_names(sheet, path, listed, prefixes=True),
        groups=_groups(sheet, path, table),
    )


def _groups(sheet: Sheet, path: Path, table: dict[str, Any]) -> tuple[str, ...]:
    groups = texts(sheet, path, table, "groups")
    for group in groups:
        if not SLUG.fullmatch(group):
            sheet.refuse((*path, "groups"), group, "small letters, digits and hyphens")
    return groups


def _qid(sheet: Sheet, path: Path, table: dict[str, Any]) -> str:
    qid = text_at(sheet, path, table, "qid", required=False)
    if qid and not _QID.fullmatch(qid):
        sheet.refuse((*path, "qid"), qid, "a Wikidata id like Q212")
    return qid


def _names(sheet: Sheet, path: Path, table: dict[str, Any], *, prefixes: bool) -> tuple[Name, ...]:
    names = []
    for language, listed in table.items():
        at = (*path, language)
        if not _LANGUAGE.fullmatch(language):
            sheet.refuse(at, language, "a language code like uk")
        if not isinstance(listed, list):
            sheet.refuse(at, listed, "a list of names")
            continue
        for place, each in enumerate(listed):
            name = _name(sheet, (*at, place), each, language)
            if "*" in name.text and not (prefixes and _PREFIX.fullmatch(name.text)):
                sheet.refuse((*at, place), name.text, "a * only in [[words]], at the end, after three letters or more")
            names.append(name)
    if not names:
        sheet.refuse(path, None, "at least one name")
    return tuple(names)


def _name(sheet: Sheet, path: Path, found: object, language: str) -> Name:
    if isinstance(found, str) and _PLAIN.search(found):
        return Name(" ".join(found.split()), language)
    table = found if isinstance(found, dict) else {"text": found}
    refuse_unknown(sheet, path, table, ("text", "confidence", "exact"))
    text, confidence = table.get("text"), table.get("confidence", 1.0)
    if not isinstance(text, str) or not tokens(text):
        sheet.refuse(path, text, "a name with at least one word")
        text = ""
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        sheet.refuse((*path, "confidence"), confidence, "a number above 0, up to 1")
        confidence = 1.0
    exact = table.get("exact", False)
    if not isinstance(exact, bool):
        sheet.refuse((*path, "exact"), exact, "true or false")
    return Name(" ".join(text.split()), language, float(confidence), bool(exact))
