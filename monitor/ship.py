"""The shipped packs become the file of their spellings that ships beside them: `make spellings` runs this."""

from importlib import resources
from pathlib import Path

from monitor.edge.spellings import SHIPPED, save_memory
from monitor.think.entities import index_entities
from monitor.think.match import compile_topics
from monitor.think.spelling import Speller, remember
from monitor.think.topics import load_pack


def shipped_speller(speller: Speller) -> Speller:
    """A speller that has made, or already knew, all that the shipped packs ask for."""
    for file in sorted((resources.files("monitor") / "topics").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            pack = load_pack(file.read_text("utf-8"), file.name)
            compile_topics(pack.topics, index_entities(pack.entities, speller))
    return speller


if __name__ == "__main__":
    save_memory(Path(str(SHIPPED)), remember(shipped_speller(Speller())))
