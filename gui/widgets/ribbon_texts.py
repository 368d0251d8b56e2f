"""Where the texts of the ribbon's stretches and marks stand, so that none covers another."""

from collections.abc import Callable

from gui.text.ribbon import Stretch

PADDING = 5
FAR, BACK = 120, "◂"
"""How far from its mark a text may stand that another's has pushed away, in pixels, and what points back to it."""


def text_for(
    one: Stretch,
    left: float,
    advance: Callable[[str], int],
    begin_of: Callable[[float], float],
    room: tuple[float, float],
    taken: list[tuple[float, float]],
    lefts: list[float],
    hides: Callable[[float, float], bool],
) -> tuple[str, float, float]:
    """What is written of a stretch at `left`, from where to where, in pixels; "" where there is no room for it.

    A text of a width begins where `begin_of` says; that of a mark may also stand before it, or after what covers it.
    `taken` are places of other texts, `lefts` of stretches and marks; what `hides` says yes to, from and to, is none.
    """
    places = []
    for text in (one.text, *one.shorts):
        width = advance(text) + 2 * PADDING
        begin = begin_of(width)
        places.append((text, begin, begin + width))
        if one.is_mark and not any(left - 2 - width < other < left for other in lefts):
            places.append((text, left - 2 - width, left - 2))
    if one.before:
        places.append((one.before, left - 2 - advance(one.before) - 2 * PADDING, left - 2))
    covered = max((end for first, end in taken if first <= left + 2 < end), default=room[1])
    if one.is_mark and covered - left < FAR:
        for form in one.shorts or (one.text,):
            text = f"{BACK} {form}"
            places.append((text, covered, covered + advance(text) + 2 * PADDING))
    for text, begin, end in places:
        is_free = not any(begin < last and first < end for first, last in taken)
        if room[0] <= begin and end <= room[1] and is_free and not hides(begin, end):
            return text, begin, end
    return "", left, left
