"""English words that bend in their own way: a verb or noun finds its other forms."""

# A line: the base, then its past, its participle if another, and further forms.
_VERBS = """
arise arose arisen
be is are was were been being
beat beaten
become became
begin began begun
bend bent
bind bound
bite bit bitten
blow blew blown
break broke broken
bring brought
build built
burn burnt
burst
buy bought
catch caught
choose chose chosen
come came
cost
cut
deal dealt
dig dug
draw drew drawn
drive drove driven
drop
eat ate eaten
fall fell fallen
feed fed
feel felt
fight fought
find found
flee fled
fly flew flown
forbid forbade forbidden
freeze froze frozen
get got gotten
give gave given
go goes went gone
grow grew grown
hang hung
have has had
hear heard
hide hid hidden
hit
hold held
hurt
keep kept
know knew known
lay laid
lead led
leave left
lend lent
let
lie lay lain lying
lose lost
make made
mean meant
meet met
overthrow overthrew overthrown
overrun overran
pay paid
put
quit
read
ride rode ridden
rise rose risen
run ran
say said
see saw seen
seek sought
sell sold
send sent
set
shake shook shaken
shoot shot
show shown
shut
sink sank sunk
sit sat
sleep slept
slide slid
speak spoke spoken
spend spent
split
spread
stand stood
steal stole stolen
stick stuck
strike struck stricken
swear swore sworn
sweep swept
swing swung
take took taken
teach taught
tear tore torn
tell told
think thought
throw threw thrown
undergo underwent undergone
understand understood
upset
wear wore worn
win won
withdraw withdrew withdrawn
withhold withheld
withstand withstood
write wrote written
broadcast
forecast
"""
_NOUNS = """
man men
woman women
child children
person people
foot feet
tooth teeth
mouse mice
crisis crises
basis bases
analysis analyses
thesis theses
axis axes
criterion criteria
phenomenon phenomena
life lives
knife knives
wife wives
half halves
leaf leaves
loaf loaves
wolf wolves
thief thieves
shelf shelves
serviceman servicemen
servicewoman servicewomen
spokesman spokesmen
spokeswoman spokeswomen
policeman policemen
rifleman riflemen
gunman gunmen
airman airmen
militiaman militiamen
crewman crewmen
frontman frontmen
businessman businessmen
congressman congressmen
Englishman Englishmen
"""
# Verbs of two syllables and more whose last consonant doubles all the same.
DOUBLING = frozenset(
    (
        "admit commit permit submit transmit omit emit equip control patrol compel expel repel rebel deter "
        "defer refer prefer transfer infer confer occur recur incur regret forget abet rebut abut unplug "
        "embed outrun program travel cancel label signal fuel level model counsel dispel propel excel "
    ).split()
)
# Words with a stressed last syllable or a doubled look that the rule of one syllable would miss or wrong.
WHOLE = frozenset(
    "news arms goods headquarters series species aircraft sheep deer personnel military police offspring".split()
)
VERBS = {line.split()[0]: tuple(line.split()) for line in _VERBS.strip().splitlines()}
NOUNS = {line.split()[0]: tuple(line.split()) for line in _NOUNS.strip().lower().splitlines()}
BASES = {form: forms[0] for table in (NOUNS, VERBS) for forms in table.values() for form in forms[1:]}
