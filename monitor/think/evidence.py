"""What was found for a rule becomes its evidence: quoted from the original, in its order, so many of a kind."""

from collections.abc import Iterable, Sequence

from monitor.model import Evidence
from monitor.think.reading import Find, Place, Reading

ENOUGH = 3  # pieces of evidence with one label in one zone: more say nothing new

Found = Sequence[Find | Evidence]


def settle_evidence(found: Found, reading: Reading) -> tuple[Evidence, ...]:
    """Quote what was found, each once."""
    finds = sorted({each for each in found if isinstance(each, Find)})
    weighed = (((spot, label), weight) for spot, label, weight in finds)
    return _settle(weighed, [each for each in found if isinstance(each, Evidence)], reading)


def settle_strongest(
    found: Found, brought: Iterable[tuple[float, Iterable[Place]]], reading: Reading
) -> tuple[Evidence, ...]:
    """Quote what was found and what brought points; of what was found at one place, that which brings most."""
    best: dict[Place, float] = {}
    for points, places in sorted(brought, key=lambda each: each[0]):
        best.update(dict.fromkeys(places, points))
    apart: dict[tuple[str, int, str], Evidence] = {}
    for each in found:
        if isinstance(each, Evidence):
            field = (each.zone, each.start, each.label)
            if field not in apart or each.weight > apart[field].weight:
                apart[field] = each
        elif each.weight > best.get(each[:2], 0.0):
            best[each[:2]] = each.weight
    return _settle(sorted(best.items()), apart.values(), reading)


def _settle(finds: Iterable[tuple[Place, float]], apart: Iterable[Evidence], reading: Reading) -> tuple[Evidence, ...]:
    counts: dict[tuple[str, str], int] = {}
    settled: dict[tuple[str, str, int], Evidence] = {}
    for (spot, label), weight in finds:
        kind = (label, reading.zone_of(spot))
        count = counts.get(kind, 0)
        if count < ENOUGH:
            zone, start, end, text = reading.place(spot)
            if (label, zone, start) not in settled:
                counts[kind] = count + 1
                settled[label, zone, start] = Evidence(label, zone, start, end, text, weight)
    for each in apart:
        kind = (each.label, each.zone)
        count = counts.get(kind, 0)
        if count < ENOUGH and (*kind, each.start) not in settled:
            counts[kind] = count + 1
            settled[*kind, each.start] = each
    return tuple(settled.values())
