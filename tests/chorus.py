"""One made-up event in the words of several outlets: what tests of voices, headlines and news stand on."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.model import Article

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SITES = (
    "https://www.bbc.co.uk/news/1",
    "https://www.bbc.com/news/2",
    "https://www.reuters.com/world/3",
    "https://arlen-times.example.com/4",
    "https://harbour.example.org/5",
    "https://tsn.ua/6",
    "https://www.unian.ua/7",
    "https://t.me/s/arlen/8",
    "http://127.0.0.1:8080/9",
    "",
)


def article(number: int, title: str = "A bridge falls", text: str = "", **told: object) -> Article:
    given: dict[str, object] = {"language": "en", "published_at": START + timedelta(minutes=10 * number)}
    given |= {"seen_at": START + timedelta(minutes=10 * number + 3), "url": f"https://paper{number}.example/a"}
    return Article(id=number, key=str(number), title=title, text=text, **(given | told))  # type: ignore[arg-type]


@st.composite
def choruses(draw: st.DrawFn) -> list[Article]:
    """The articles of a story: some copies of others, some of agencies, some at the same time."""
    count = draw(st.integers(1, 12))
    title = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
    return [
        article(
            number,
            draw(title),
            draw(st.text("Abc deé. “”\n12«» Жщ", max_size=300)),
            url=draw(st.sampled_from(SITES)),
            site=draw(st.sampled_from(["", "The Arlen Times", "Harbour"])),
            language=draw(st.sampled_from(["en", "uk", "ar", ""])),
            copy_of=draw(st.none() | st.integers(1, count + 2)),
            agencies=draw(st.sampled_from([(), (), ("reuters",), ("afp", "dpa")])),
            published_at=draw(st.none() | st.integers(0, 90).map(lambda hour: START + timedelta(hours=hour))),
        )
        for number in range(1, count + 1)
    ]
