"""The shipped packs become the files that keep them ready: `make spellings` runs this."""

from monitor.shipped import FOLDER, Ready, save_ready
from monitor.think.lexicon import write_book
from monitor.think.spelling import Speller
from monitor.think.topics import load_pack


def ship() -> None:
    """Read each shipped pack, work out all forms of its names, and keep that beside it."""
    for file in sorted(FOLDER.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            text = file.read_text("utf-8")
            pack = load_pack(text, file.name)
            book = write_book(pack.entities, Speller())
            save_ready(file.name.removesuffix(".toml"), text, Ready(pack, book))


if __name__ == "__main__":
    ship()
