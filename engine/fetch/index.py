"""Where an archive lies, by what a package index says of it in its JSON form (PEP 691).

    GET INDEX/PACKAGE/  Accept: application/vnd.pypi.simple.v1+json   ->   files: name, address, SHA-256

Source: D. Stufft, P. Moore, D. Ingram, "PEP 691: JSON-based Simple API for Python Package Indexes", 2022.
"""

import http.client

import msgspec

from engine.errors import RequestError, Sentence
from engine.fetch.pip_settings import PipSettings, without_password
from engine.fetch.web import Web, WebError, leading, why
from engine.packs.pack import PackCard

JSON_FORM = "application/vnd.pypi.simple.v1+json"
LISTING_BYTES = 32 * 1024 * 1024
"""The largest package there is has a listing of a few megabytes."""
MISSING = 404


class _File(msgspec.Struct):
    filename: str
    url: str
    hashes: dict[str, str] = {}


class _Listing(msgspec.Struct):
    files: list[_File]


def address_of(card: PackCard, settings: PipSettings, web: Web) -> str:
    """The address of a pack's archive, from the first index that has it with the SHA-256 that the card says.

    Raises:
        RequestError: none has; the sentence says of each index why.
    """
    if not settings.indexes:
        raise RequestError(
            "pip is configured to ask no index (no-index), so the archive {archive} cannot be found. Get the file "
            "elsewhere, then type: gearshift data get {name} --archive FILE",
            archive=card.archive,
            name=card.name,
        )
    reasons: list[str] = []
    for index in settings.indexes:
        try:
            return _address(card, index, web)
        except RequestError as error:
            reasons.append(error.sentence)
    told = reasons[0]
    for reason in reasons[1:]:
        told = Sentence("{first} {second}", first=told, second=reason)
    raise RequestError(
        "{title} could not be found. {reasons} Without a network, get the file {archive} elsewhere, then type: "
        "gearshift data get {name} --archive FILE",
        title=Sentence(card.title),
        reasons=told,
        archive=card.archive,
        name=card.name,
    )


def _address(card: PackCard, index: str, web: Web) -> str:
    page = f"{index}/{card.package}/"
    shown = without_password(index)
    try:
        with web.open(page, JSON_FORM) as answer:
            kind = answer.headers.get_content_type()
            body = answer.read(LISTING_BYTES + 1)
            is_cut = bool(answer.length)  # of what was promised, this much never came
            base = answer.geturl() or page
    except WebError as error:
        if error.status == MISSING:
            raise RequestError("{index} has no package {package}.", index=shown, package=card.package) from error
        raise
    except (OSError, http.client.HTTPException) as error:
        raise RequestError("{index} broke off: {why}.", index=shown, why=why(error)) from error
    if is_cut and len(body) <= LISTING_BYTES:
        raise RequestError("{index} broke off: {why}.", index=shown, why=Sentence("the connection was closed"))
    if kind != JSON_FORM:
        raise RequestError(
            "{index} has no JSON form (PEP 691): it answered with {kind}. Another index can be set with: pip config "
            "set global.index-url ADDRESS",
            index=shown,
            kind=kind,
        )
    if len(body) > LISTING_BYTES:
        raise RequestError("{index} answered with more than {limit:,} bytes.", index=shown, limit=LISTING_BYTES)
    try:
        listing = msgspec.json.decode(body, type=_Listing)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RequestError("{index} answered with what is no listing: {error}.", index=shown, error=error) from error
    for file in listing.files:
        if file.filename != card.archive:
            continue
        said = file.hashes.get("sha256", card.sha256)
        if said.lower() != card.sha256:
            raise RequestError(
                "{index} has another file of the name {archive}: its SHA-256 is {said}, not {wanted}.",
                index=shown,
                archive=card.archive,
                said=said[:64],
                wanted=card.sha256,
            )
        return leading(base, file.url)
    raise RequestError(
        "{index} has {package}, but no file {archive} of it.", index=shown, package=card.package, archive=card.archive
    )
