"""What is said of packs that are not here: which they are, and how each is got."""

from collections.abc import Iterable, Sequence

from engine.errors import Sentence


def absence(title: str, name: str) -> Sentence:
    """A sentence on one pack that is not here."""
    return Sentence(
        "This needs the data pack {title}, which is not here. Get it from the menu Data, or type: "
        "gearshift data get {name}",
        title=Sentence(title),
        name=name,
    )


def absences(of_each: Sequence[Sentence]) -> Sentence:
    """One sentence instead of several that `absence` made: it names them all, with what to type for each."""
    if len(of_each) == 1:
        return of_each[0]
    titles, names = ([reason.values[value] for reason in of_each] for value in ("title", "name"))
    return Sentence(
        "This needs the data packs {titles}, which are not here. Get them from the menu Data, or type: {commands}",
        titles=listed(titles),
        commands=typed(map(str, names)),
    )


def typed(names: Iterable[str]) -> str:
    """The commands that get packs of these names, as they are typed in one line."""
    return " && ".join(f"gearshift data get {name}" for name in names)


def listed(parts: Sequence[object]) -> Sentence:
    """Things one after the other, the last with an "and"; at least one."""
    found = Sentence("{part}", part=parts[0])
    for part in parts[1:-1]:
        found = Sentence("{first}, {then}", first=found, then=part)
    return Sentence("{first} and {then}", first=found, then=parts[-1]) if len(parts) > 1 else found
