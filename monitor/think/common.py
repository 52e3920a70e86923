"""The words of a page become the languages that its article may be in, by the words that every text is full of."""

from collections.abc import Collection

from monitor.think.language import tokens

_FEW = 4  # of the words below: any text of three sentences in a language has more, and so does what stands around it

# The commonest words of languages that are written in Latin letters, folded as texts are.
_COMMON = {
    language: frozenset(tokens(words))
    for language, words in {
        "en": "the of and to in is that for it on with as was by at be this are from or",
        "de": "der die und das in ist den von zu mit des auf für nicht ein eine dem sich es im",
        "fr": "de la le et les des en un une du est que pour qui dans au par sur il pas",
        "es": "de la que el en y a los del se las por un para con no una su al es",
        "pt": "de a o que e do da em um para com não uma os no se na por mais as",
        "it": "di e il la che in un per è del della non i le con si una da al sono",
        "nl": "de van het een en in is dat op te zijn voor met die niet aan er om ook als",
        "pl": "w i na z do nie się że to jest o jak po za od co przez dla są ale",
        "cs": "a v se na je že o s z do i to k ve pro za by ale si po",
        "sk": "a v sa na je že o s z do aj to k vo pre za by ale si po",
        "ro": "de și în a la cu pe din că nu o pentru este un mai care au fi să se",
        "hu": "a az és hogy nem is egy van ez meg de csak már volt mint ki még azt el kell",
        "tr": "ve bir bu için ile da de olarak olan çok daha gibi kadar en ne sonra var olduğu o ise",
        "sv": "och i att det som en på är av för med den till inte har om ett de han var",
        "da": "og i at det er en den til på som for med af de der ikke har et var om",
        "no": "og i det er på som en til av for at med de den har ikke et om var fra",
        "fi": "ja on ei että se hän oli ovat myös mutta kun joka tai jo vain kuin mukaan sen ole nyt",
        "et": "ja on ei et see ta oli ka kui mis oma aga kes või veel siis nii seda mille olid",
        "lv": "un ir ka no ar uz par to bet arī tas kas kā vai lai pie viņš bija nav pēc",
        "lt": "ir kad yra su tai į iš kaip bet apie jo už ar buvo nuo po dėl kuris taip tik",
        "hr": "i je u da na se za su od s koji to a kako bi ne iz što ali o",
        "id": "yang di dan dengan untuk dari dalam pada ini itu tidak akan ke oleh adalah juga telah ada bisa karena",
        "vi": "của và là có trong cho được với không các một này người đã những khi để về đến từ",
    }.items()
}


def plausible(words: Collection[str], stated: Collection[str]) -> frozenset[str]:
    """The languages that an article among such words may be in, and "" for the others; `stated` is said of it.

    `words` is a set. Which language of another script it is makes no difference here.
    """
    found = {language for language, common in _COMMON.items() if len(common.intersection(words)) >= _FEW}
    return frozenset(found | _OTHERS | set(stated) - {""})


_OTHERS = frozenset("ru uk be bg sr mk kk ar fa ur ps ku zh ja ko el he hi ka hy th".split())
