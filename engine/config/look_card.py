"""What a menu must know of a look at a model, or of a try on it."""

import msgspec


class LookCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look at a model, or a try: of one of the kinds in `engine/pictures.py`; `help` is a sentence for a student."""

    name: str
    title: str
    kind: str
    help: str
