"""Chance becomes a well-formed feed, ordinary but for some of the odd things that feeds in the wild hold."""

from html import escape
from random import Random

NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wire": "https://wire.example/terms",
    "a10": "http://www.w3.org/2005/Atom",
}
XHTML = "http://www.w3.org/1999/xhtml"
WORDS = "harbour talks bridge storm Ärger été мир переговоры 新闻 النشر naïve “quoted” it's 5 – Łódź".split()
ODD = [
    "Ã©tÃ©",
    "&#150;",
    "&#8217;",
    "&amp;amp;",
    "&amp;eacute;",
    "&lt;b&gt;",
    "]]&gt;",
    "&#x1F600;",
    "&#13;",
    "\u00a0",
    "a\nb",
]
TITLES = ("title", "title", "title", "dc:title", "atom:title", "media:title", "itunes:title")
DATES = (
    "Fri, 01 May 2026 10:00:00 +0200",
    "2026-05-01T10:00:00Z",
    "2026-05-01",
    "yesterday",
    "",
    " Fri, 1 May 2026 9:00 GMT\n",
)
PEOPLE = (
    "Ada Lovelace",
    "ada@example.org (Ada Lovelace)",
    "Ada &lt;ada@example.org&gt;",
    "ada@example.org",
    "",
    "By Ada @ desk",
)
LINKS = (
    *(
        "https://example.org/{n}",
        "https://example.org/{n}?a=1&amp;b=2",
        "/{n}",
        "{n}",
        "",
        " https://example.org/{n}\n",
    ),
    *("https://example.org/{n}#x", "http://example.org/a b/{n}", "https://example.org/?a&amp;lt;b;{n}"),
    "https:///example.org/{n}",
)

PERMANENT = ("", ' isPermaLink="false"', ' isPermaLink="true"')


def make_feed(chance: Random, items: int = 3, oddity: float = 0.3) -> str:
    """A feed in any dialect; `oddity` is how often something is not as it mostly is."""
    return {"atom": _atom, "rdf": _rdf}.get(chance.choice(["rss", "rss", "atom", "rdf"]), _rss)(chance, items, oddity)


def _rss(chance: Random, items: int, oddity: float) -> str:
    spaces = _namespaces(chance, oddity)
    version = chance.choice(["2.0", "2.0", "0.91", "0.92", ""])
    parts = _about(chance, oddity) + [_item(chance, number, oddity, "item") for number in range(items)]
    if _odd(chance, oddity):
        chance.shuffle(parts)
    lang = _maybe(chance, oddity / 2, ' xml:lang="fr_CA"')
    start = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="{version}"{spaces}{lang}>'
    return f"{start}<channel>{_join(chance, parts, oddity)}</channel></rss>"


def _rdf(chance: Random, items: int, oddity: float) -> str:
    spaces = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    about = _join(
        chance, [*_about(chance, oddity), '<items><rdf:Seq><rdf:li rdf:resource="x"/></rdf:Seq></items>'], oddity
    )
    told = "".join(
        _item(chance, number, oddity, f'item rdf:about="https://example.org/{number}"') for number in range(items)
    )
    image = _maybe(chance, oddity, "<image rdf:about='x'><title>Logo</title><url>x</url><link>y</link></image>")
    return (
        f'<rdf:RDF{spaces}{_namespaces(chance, oddity)}><channel rdf:about="x">{about}</channel>{image}{told}</rdf:RDF>'
    )


def _atom(chance: Random, items: int, oddity: float) -> str:
    base = _maybe(chance, oddity, ' xml:base="https://base.example/dir/"')
    lang = _maybe(chance, 0.5, ' xml:lang="de-AT"')
    about = [
        f"<title{_type(chance, oddity)}>{_text(chance, oddity)}</title>",
        *([f"<id>{_link(chance, 0, oddity)}</id>"] if not _odd(chance, oddity) else []),
        '<link rel="self" href="https://example.org/feed"/>',
        *(['<link href="https://example.org/"/>'] if not _odd(chance, oddity) else []),
        f"<updated>{chance.choice(DATES)}</updated><author><name>Desk</name></author>",
    ]
    told = [_entry(chance, number, oddity) for number in range(items)]
    parts = [*about, *told]
    if _odd(chance, oddity):
        chance.shuffle(parts)
    spaces = _namespaces(chance, oddity)
    start = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"{spaces}{base}{lang}>'
    return f"{start}{_join(chance, parts, oddity)}</feed>"


def _about(chance: Random, oddity: float) -> list[str]:
    """What a channel says of itself."""
    parts = [f"<title>{_text(chance, oddity)}</title>", f"<link>{_link(chance, 0, oddity)}</link>"]
    odd = [
        "<image><url>https://example.org/x.png</url><title>Logo</title><link>https://logo.example/</link></image>",
        "<textInput><title>Search</title><description>x</description><name>q</name><link>https://search.example/</link></textInput>",
        '<atom:link rel="self" href="https://example.org/feed"/>',
        '<atom:link rel="hub" href="https://hub.example/"/>',
        '<atom:link href="https://alternate.example/"/>',
        "<language>en-us</language>",
        "<dc:language>pt_BR</dc:language>",
        "<description>News &amp; more</description>",
        "<copyright>x</copyright><generator>y</generator><lastBuildDate>Fri, 01 May 2026 10:00:00 GMT</lastBuildDate>",
        "<ttl>60</ttl><skipHours><hour>3</hour></skipHours><sy:updatePeriod>hourly</sy:updatePeriod>",
        "<itunes:owner><itunes:name>z</itunes:name></itunes:owner><itunes:image href='x'/>",
        "<managingEditor>ed@example.org (Ed)</managingEditor><webMaster>w@example.org</webMaster>",
        "<category domain='x'>y</category><cloud domain='x'/>",
        "<title></title>",
        "<title>Another</title>",
        "<guid>channel</guid>",
        "<wire:desk>x</wire:desk><!-- a --><custom a='b'>c</custom>",
    ]
    return parts + chance.sample(odd, chance.randint(0, 6))


def _item(chance: Random, number: int, oddity: float, tag: str) -> str:
    parts = [
        f"<{(name := chance.choice(TITLES) if _odd(chance, oddity) else 'title')}>{_text(chance, oddity)}</{name}>",
        f"<link>{_link(chance, number, oddity)}</link>",
        f"<description>{_prose(chance, oddity)}</description>",
    ]
    usual = [
        f"<guid{chance.choice(PERMANENT)}>{_link(chance, number, oddity)}</guid>",
        f'<guid isPermaLink="false">post-{number}</guid>',
        f"<pubDate>{chance.choice(DATES)}</pubDate>",
        f"<dc:date>{chance.choice(DATES)}</dc:date>",
        f"<author>{chance.choice(PEOPLE)}</author>",
        f"<dc:creator><![CDATA[{_words(chance)}]]></dc:creator>",
        f"<content:encoded>{_prose(chance, oddity)}</content:encoded>",
        "<category><![CDATA[News]]></category><enclosure url='https://a.example/a.mp3' length='1' type='audio/mpeg'/>",
        "<media:group><media:content url='x'><media:title>No title</media:title></media:content></media:group>",
        "<media:thumbnail url='https://example.org/x.jpg'/><slash:comments>3</slash:comments><comments>x</comments>",
    ]
    odd = [
        f"<atom:link rel='alternate' href='{_link(chance, number, oddity)}'/>",
        f"<atom:link rel='related' href='https://example.org/r{number}'/><atom:updated>{chance.choice(DATES)}</atom:updated>",
        f"<a10:updated>{chance.choice(DATES)}</a10:updated><dcterms:modified>{chance.choice(DATES)}</dcterms:modified>",
        f"<dcterms:created>{chance.choice(DATES)}</dcterms:created><dcterms:issued>{chance.choice(DATES)}</dcterms:issued>",
        f"<feedburner:origLink>{_link(chance, number, oddity)}</feedburner:origLink>",
        f"<source url='https://source.example/'>{_words(chance)}</source>",
        f"<title>{_text(chance, oddity)}</title>",
        f"<description>{_prose(chance, oddity)}</description>",
        f"<dc:description>{_prose(chance, oddity)}</dc:description><dc:language>ru</dc:language>",
        f"<content:encoded>{_prose(chance, oddity)}</content:encoded>",
        f"<wire:slug>{_words(chance)}</wire:slug><wire:group><wire:part>x</wire:part></wire:group>",
        "<fulltext>custom</fulltext><date>2026-01-01</date><views>7</views>",
        "<itunes:author>Nobody</itunes:author><itunes:summary>x</itunes:summary><thr:total>5</thr:total>",
        "<author><name>Grace</name></author><rights>x</rights><language>it</language>",
        "<atom:author><atom:name>Alan</atom:name><atom:email>a@example.org</atom:email></atom:author>",
        "<image><url>x</url><title>Picture</title></image>",
        "<link/><title/><author/>",
        "<description><p>not escaped</p></description>",
        "<PubDate>2026-05-03</PubDate><Custom:x xmlns:Custom='urn:x'>y</Custom:x>",
        f"<title xml:lang='es' type='html'>{_text(chance, oddity)}</title>",
    ]
    parts += chance.sample(usual, chance.randint(2, len(usual)))
    parts += chance.sample(odd, chance.randint(1, 4)) if _odd(chance, oddity) else []
    chance.shuffle(parts)
    return f"<{tag}>{_join(chance, parts, oddity)}</{tag.partition(' ')[0]}>"


def _entry(chance: Random, number: int, oddity: float) -> str:
    parts = [
        f"<title{_type(chance, oddity)}>{_text(chance, oddity)}</title>",
        f'<link href="{_link(chance, number, oddity)}"/>',
        f"<id>{chance.choice(['urn:x:', 'tag:example.org,2026:', 'https://example.org/', ''])}{number}</id>",
        f"<updated>{chance.choice(DATES)}</updated>",
    ]
    person = ["<name>Ada</name>", "<email>ada@example.org</email>", "<uri>https://example.org/ada</uri>"]
    chance.shuffle(person)
    shapes = ("<p>One &amp; <b>two</b></p><br/> three", "plain\n\nwords &lt;b&gt;", "<div>a</div><div>b</div>", "")
    markup = chance.choice(shapes) + _text(chance, oddity)
    around = chance.choice(
        ["{0}", "<div>{0}</div>", "<div>{0}</div> x", " <div class='a' lang='en'>\n{0} </div>\n", "<p>{0}</p><p/>"]
    )
    around = around.format(markup).replace("<div", f'<div xmlns="{XHTML}"').replace("<p>", f'<p xmlns="{XHTML}">')
    usual = [
        f"<published>{chance.choice(DATES)}</published>",
        f"<author>{''.join(person[: chance.randint(1, 3)] if _odd(chance, oddity) else person)}</author>",
        "<author><name>Alan</name></author><category term='x'/>",
        f"<summary{_type(chance, oddity)}>{_prose(chance, oddity)}</summary>",
        f"<content{_type(chance, oddity)}>{_prose(chance, oddity)}</content>",
        "<link rel='enclosure' href='https://example.org/x.mp3' type='audio/mpeg'/>",
    ]
    odd = [
        f'<content type="xhtml"><div xmlns="{XHTML}"><p class="a">{markup}<a href="x">y</a></p></div></content>',
        f'<content type="xhtml">{around}</content>',
        "<content type='application/xml'><x/></content><content src='https://example.org/x' type='video/mp4'/>",
        f"<link rel='alternate' hreflang='en' type='text/plain' href='/plain/{number}'/>",
        f"<link rel='alternate' type='application/xhtml+xml' href='https://x.example/{number}'/>",
        "<source><id>x</id><title>Elsewhere</title><updated>2020-01-01</updated><link href='https://e.example/'/></source>",
        "<contributor><name>Eve</name></contributor><rights type='html'>x</rights>",
        f"<summary>{_prose(chance, oddity)}</summary>",
        f"<title>{_text(chance, oddity)}</title>",
        f"<title type='text' xml:lang=''>{_text(chance, oddity)}</title>",
        "<feedburner:origLink>https://example.org/original</feedburner:origLink><thr:total>1</thr:total>",
        "<media:group><media:title>No</media:title><media:description>No</media:description></media:group>",
        f"<content xml:base='https://other.example/' type='html'>{_prose(chance, oddity)}</content>",
        "<author><uri>https://example.org/</uri></author><dc:creator>Zoe</dc:creator>",
    ]
    parts += chance.sample(usual, chance.randint(2, len(usual)))
    parts += chance.sample(odd, chance.randint(1, 4)) if _odd(chance, oddity) else []
    chance.shuffle(parts)
    lang = _maybe(chance, oddity / 2, ' xml:lang="nl"')
    return f"<entry{lang}>{_join(chance, parts, oddity)}</entry>"


def _namespaces(chance: Random, oddity: float) -> str:
    odd = {"wire": "http://www.w3.org/2005/Atom", "dc": "https://wrong.example/", "slash": ""}
    said = {
        prefix: odd[prefix] if prefix in odd and _odd(chance, oddity / 20) else uri
        for prefix, uri in NAMESPACES.items()
    }
    return "".join(f' xmlns:{prefix}="{uri or NAMESPACES[prefix]}"' for prefix, uri in said.items())


def _type(chance: Random, oddity: float) -> str:
    return chance.choice(["", ' type="text"', ' type="html"', ' type="TEXT/HTML"' if _odd(chance, oddity) else ""])


def _words(chance: Random) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 6)))


def _text(chance: Random, oddity: float) -> str:
    said = escape(_words(chance)) + (chance.choice(ODD) if _odd(chance, oddity) else "")
    return chance.choice(
        [
            said,
            said,
            f"<![CDATA[{_words(chance)} & <i>more</i>]]>",
            f"\n {said}\t",
            "" if _odd(chance, oddity) else said,
        ]
    )


def _prose(chance: Random, oddity: float) -> str:
    markup = f"<p>{_words(chance)}</p>\n<p><a href='https://example.org/'>{_words(chance)}</a><br>{_words(chance)}</p>"
    return chance.choice(
        [f"<![CDATA[{markup}]]>", escape(markup), _text(chance, oddity), f"{_words(chance)}<!-- x --><![CDATA[ & ]]>"]
    )


def _link(chance: Random, number: int, oddity: float) -> str:
    return chance.choice(LINKS if _odd(chance, oddity) else LINKS[:2]).format(n=number)


def _join(chance: Random, parts: list[str], oddity: float) -> str:
    between = ["\n", "", "  ", "<!-- x -->", "<?pi x?>", "stray"] if _odd(chance, oddity) else ["\n"]
    return "".join(part + chance.choice(between) for part in parts)


def _odd(chance: Random, oddity: float) -> bool:
    return chance.random() < oddity


def _maybe(chance: Random, share: float, text: str) -> str:
    return text if chance.random() < share else ""
