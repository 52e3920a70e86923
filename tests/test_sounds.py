"""Promises of sounds: a name is known again in other languages and scripts, and nothing makes them fail."""

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st

from monitor.think.language import fold
from monitor.think.sounds import LONGEST, SHORTEST, sounds

ONE_NAME = (
    (("en", "Kharkiv"), ("uk", "Харків"), ("uk", "Харковом"), ("ru", "Харьков"), ("pl", "Charków"), ("de", "Charkiw"),
     ("es", "Járkov"), ("ar", "خاركيف")),
    (("en", "Bakhmut"), ("de", "Bachmut"), ("ru", "Бахмутом"), ("uk", "Бахмутом"), ("pl", "Bachmutem")),
    (("en", "Zelenskyy"), ("de", "Selenskyj"), ("uk", "Зеленського"), ("ru", "Зеленскому"), ("pl", "Zełenskim"),
     ("ar", "زيلينسكي"), ("tr", "Zelenski")),
    (("en", "Putin"), ("fr", "Poutine"), ("ru", "Путиным"), ("uk", "Путіна"), ("pl", "Putinem")),
    (("en", "Luhansk"), ("en", "Lugansk"), ("uk", "Луганська"), ("ru", "Луганске"), ("it", "Luhansk")),
    (("en", "Washington"), ("ru", "Вашингтоне"), ("pl", "Waszyngtonie"), ("uk", "Вашингтону"), ("tr", "Washington")),
    (("en", "Chechnya"), ("de", "Tschetschenien"), ("ru", "Чечня"), ("fr", "Tchétchénie")),
    (("en", "Johnson"), ("ru", "Джонсона"), ("uk", "Джонсон")),
    (("en", "drones"), ("ru", "дронов"), ("uk", "дрони"), ("pl", "drony"), ("es", "drones"), ("de", "Drohnen")),
)  # fmt: skip


@pytest.mark.parametrize("written", ONE_NAME, ids=lambda written: written[0][1])
def test_a_name_sounds_alike_in_other_languages(written: tuple[tuple[str, str], ...]) -> None:
    language, first = written[0]
    heard = set(sounds(fold(first), language))
    for other, word in written[1:]:
        shared = heard & set(sounds(fold(word), other))
        assert shared, (word, sounds(fold(word), other), heard)


def test_different_names_sound_different() -> None:
    names = ("kharkiv", "kherson", "mariupol", "lavrov", "stoltenberg", "zelensky", "odesa", "melitopol")
    heard = [set(sounds(name, "en")) for name in names]
    assert all(one.isdisjoint(other) for at, one in enumerate(heard) for other in heard[:at])


@examples(300)
@given(st.text(max_size=30), st.sampled_from(["en", "ru", "uk", "de", "pl", "ar", "fa", "zh", "tr", "", "xx"]))
def test_whatever_is_written_has_a_few_short_sounds_or_none(word: str, language: str) -> None:
    for sound in sounds(word, language):
        assert sound.isascii()
        assert SHORTEST <= len(sound) <= LONGEST
