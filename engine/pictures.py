"""Pictures of few kinds that any workload can have drawn of its model, and what a person gives a model to answer.

    look   model -> picture                         drawn while it trains, as long as somebody looks
    try    model, what a person gave -> pictures    each replaces the one before: a text grows character by character

They travel as they are drawn: arrays as bytes, never more than the limits here say, and nothing in them can execute.
What does not fit together cannot be made: such a picture is refused where it is made, and where it is read.
"""

import math
from collections.abc import Mapping
from typing import Annotated

import msgspec

MOST_IMAGES, WIDEST, MOST_PIXELS = 256, 256, 1 << 20
MOST_CELLS = 192
"""Rows of a heat map, and columns."""
MOST_DECIMALS = 8
"""Digits behind the point: as many as single precision has."""
MOST_BARS, MOST_CURVES, MOST_POINTS, MOST_GROUPS = 64, 8, 4_096, 16
MOST_OPTIONS = 4_096
"""Of a choice: as many as the widest layer has neurons."""
MOST_GIVEN = 256
"""Points, picks or turned values that a person can give."""
LONGEST_TEXT, LONGEST_PROMPT, LONGEST_STREAM = 8_192, 2_048, 400_000

Short = Annotated[str, msgspec.Meta(max_length=200)]
Number = int | float | str
Coordinate = Annotated[float, msgspec.Meta(ge=-1_000.0, le=1_000.0)]
Class = Annotated[int, msgspec.Meta(ge=0, le=1)]


class Phrase(msgspec.Struct, frozen=True):
    """A text for people, which a window says in its own language: it is known by `template`; `values` stand in it."""

    template: Annotated[str, msgspec.Meta(max_length=500)] = ""
    values: Mapping[str, "Number | Phrase"] = {}

    def __str__(self) -> str:
        """The text in English."""
        return self.template.format(**self.values)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What else could be drawn: `title` names what the `options` are of ("Layer"), the one at `chosen` is shown."""

    title: Short
    options: Annotated[tuple[Short, ...], msgspec.Meta(min_length=1, max_length=MOST_OPTIONS)]
    chosen: int = 0


class Picture(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of all kinds. `note` says what was computed; `choices` are what else can be asked for.

    `verdict` is what it comes to, in some five words: it is seen first, however little room there is.
    """

    verdict: Phrase = Phrase()
    note: Phrase = Phrase()
    choices: Annotated[tuple[Choice, ...], msgspec.Meta(max_length=4)] = ()

    def __post_init__(self) -> None:
        """Refuse what does not fit together.

        Raises:
            ValueError: what the fields say is not of the same things, or there is too much of it.
        """
        self._check()

    def _check(self) -> None:
        """Refuse what does not fit together: each kind knows what."""


class ImageGrid(Picture, frozen=True, kw_only=True, tag="image grid"):
    """Pictures of one size: bytes from 0 (`lowest`) to 255 (`highest`), one after the other, row by row.

    `captions` are one each, or none at all; `marked` are those that something is wrong with. `is_signed`: zero lies in
    the middle, and both directions from it have a colour. So many that follow each other belong `together`, in one row.
    """

    width: int
    height: int
    pixels: bytes
    lowest: float = 0.0
    highest: float = 1.0
    is_signed: bool = False
    captions: tuple[Phrase, ...] = ()
    marked: tuple[int, ...] = ()
    together: int = 1

    def _check(self) -> None:
        _refuse(not 0 < self.together <= MOST_IMAGES, "rows")
        _refuse(not 0 < self.width <= WIDEST or not 0 < self.height <= WIDEST, "sides")
        _refuse(len(self.pixels) > MOST_PIXELS or len(self.pixels) % (self.width * self.height) > 0, "bytes")
        _refuse(len(self) > MOST_IMAGES or len(self.captions) not in (0, len(self)), "captions")
        _refuse(any(not 0 <= index < len(self) for index in self.marked), "marks")

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.pixels) // (self.width * self.height)


class HeatMap(Picture, frozen=True, kw_only=True, tag="heat map"):
    """A table of numbers as colours: float32 as bytes, row by row; NaN is a cell without one.

    `rows` and `columns` name what stands there. `has_numbers`: they are to be read, not only seen; `is_diagonal_right`:
    where row and column are the same it says that something is right, so that all else is marked. `is_signed`: both
    directions from zero have a colour. `decimals`: digits behind the point of all numbers; 0 where each has its own.
    `relation` is what a row does to a column ("hears"), in place of titles of the two.
    """

    rows: tuple[Short, ...]
    columns: tuple[Short, ...]
    values: bytes
    row_title: Phrase = Phrase()
    column_title: Phrase = Phrase()
    relation: Phrase = Phrase()
    has_numbers: bool = False
    is_diagonal_right: bool = False
    is_signed: bool = False
    decimals: int = 0

    def _check(self) -> None:
        _refuse(not 0 <= self.decimals <= MOST_DECIMALS, "digits")
        _refuse(not 0 < len(self.rows) <= MOST_CELLS or not 0 < len(self.columns) <= MOST_CELLS, "rows")
        _refuse(len(self.values) != 4 * len(self.rows) * len(self.columns), "bytes")


class Bars(Picture, frozen=True, kw_only=True, tag="bars"):
    """One bar a name, as long as its value is of `highest`; told as a share (percent) if `is_share`.

    `is_lying`: bars lie below each other, each behind its name, so that names can be long; those below zero go the
    other way. `seen`: what the model was given, where that is not what the person gave.
    """

    names: tuple[Short, ...]
    values: tuple[float, ...]
    highest: float = 1.0
    is_share: bool = True
    is_lying: bool = False
    seen: ImageGrid | None = None

    def _check(self) -> None:
        _refuse(not 0 < len(self.names) == len(self.values) <= MOST_BARS or not self.highest > 0, "bars")


class Text(Picture, frozen=True, kw_only=True, tag="text"):
    """A text: what was given, `prompt`, and what the model goes on with, or says of it.

    `weights` are of the characters of `text`, one each (float32 as bytes), or none at all: what weighs most has the
    deepest ground, of one colour above zero and of another below it.
    """

    prompt: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
    weights: bytes = b""

    def _check(self) -> None:
        _refuse(len(self.weights) not in (0, 4 * len(self.text)), "weights")


class Curve(Picture, frozen=True, kw_only=True, tag="curve"):
    """Lines over one axis: float32 `x` as bytes, and `y` of each name one after the other; NaN is a gap.

    `mark` is a place on the axis that a line across the plot marks; None: none. Up, the plot goes from zero to
    `highest`; None: as far as the lines do. `is_share`: what stands along it is told in percent.
    """

    names: tuple[Phrase, ...]
    x: bytes
    y: bytes
    x_title: Phrase = Phrase()
    y_title: Phrase = Phrase()
    mark: float | None = None
    highest: float | None = None
    is_share: bool = False

    def _check(self) -> None:
        _refuse(self.highest is not None and not 0 < self.highest < math.inf, "height")
        _refuse(not 0 < len(self.names) <= MOST_CURVES or not 0 < len(self.x) <= 4 * MOST_POINTS, "lines")
        _refuse(len(self.x) % 4 > 0 or len(self.y) != len(self.names) * len(self.x), "bytes")


class Scatter(Picture, frozen=True, kw_only=True, tag="scatter"):
    """Points: float32 `x` and `y` as bytes, the number of its group each (uint8), and its name each, or no names.

    `has_zero_line`: a line lies at y = 0, from which points are off. `field`: what lies below them, a probability at
    each place of a square grid (bytes from 0 to 255, row by row from the lowest y), of the plane -`edge` to `edge`.
    """

    x: bytes
    y: bytes
    group: bytes
    groups: tuple[Phrase, ...]
    names: tuple[Short, ...] = ()
    x_title: Phrase = Phrase()
    y_title: Phrase = Phrase()
    has_zero_line: bool = False
    field: bytes = b""
    edge: float = 1.0

    def _check(self) -> None:
        count = len(self.group)
        _refuse(count > MOST_POINTS or not 0 < len(self.groups) <= MOST_GROUPS, "points")
        _refuse(len(self.x) != 4 * count or len(self.y) != 4 * count or len(self.names) not in (0, count), "points")
        _refuse(max(self.group, default=0) >= len(self.groups), "groups")
        side = math.isqrt(len(self.field))
        _refuse(side > WIDEST or side**2 != len(self.field) or not self.edge > 0, "places of a field")


AnyPicture = ImageGrid | HeatMap | Bars | Text | Curve | Scatter


class Given(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of what a person can give a model to answer."""

    def __post_init__(self) -> None:
        """Refuse what does not fit together.

        Raises:
            ValueError: what the fields say is not of the same things, or there is too much of it.
        """
        self._check()

    def _check(self) -> None:
        """Refuse what does not fit together: each kind knows what."""


class Drawing(Given, frozen=True, kw_only=True, tag="drawing"):
    """What was drawn on a square pad: ink from 0 to 255, `side` rows of as many."""

    side: int
    ink: bytes

    def _check(self) -> None:
        _refuse(not 0 < self.side <= WIDEST or len(self.ink) != self.side**2, "ink")


class Prompt(Given, frozen=True, kw_only=True, tag="prompt"):
    """A text to go on with, by so many tokens, each drawn from the `top_k` likeliest (0: from all).

    `temperature` above 1 makes unlikely ones likelier, 0 always takes the likeliest. `seed` decides what is drawn.
    """

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_PROMPT)]
    tokens: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 200
    temperature: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.8
    top_k: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    seed: int = 0


class Line(Given, frozen=True, kw_only=True, tag="line"):
    """A word or a sentence, to be answered as a whole."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_PROMPT)]


class Plane(Given, frozen=True, kw_only=True, tag="plane"):
    """Points in the plane, each (x, y, class 0 or 1), and whether the model is to learn them, in a copy of it."""

    points: Annotated[tuple[tuple[Coordinate, Coordinate, Class], ...], msgspec.Meta(max_length=MOST_GIVEN)] = ()
    is_learned: bool = False


class Turned(Given, frozen=True, kw_only=True, tag="turned"):
    """One of the model's samples, by number, with some of its features changed: the value by the feature's number.

    Values are in deviations from the feature's mean. `feature` is the one that is being turned.
    """

    sample: Annotated[int, msgspec.Meta(ge=0)] = 0
    feature: Annotated[int, msgspec.Meta(ge=0)] = 0
    values: Annotated[dict[int, Coordinate], msgspec.Meta(max_length=MOST_GIVEN)] = {}


class Picks(Given, frozen=True, kw_only=True, tag="picks"):
    """Some of the items that the model can recommend, by number."""

    items: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0)], ...], msgspec.Meta(max_length=MOST_GIVEN)] = ()


class Stream(Given, frozen=True, kw_only=True, tag="stream"):
    """Texts that come one after the other, one a line, and the share of praise below which there is an alert."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_STREAM)]
    alarm: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.5


AnyGiven = Drawing | Prompt | Line | Plane | Turned | Picks | Stream


def _refuse(is_wrong: bool, what: str) -> None:
    if is_wrong:
        raise ValueError(f"a picture whose {what} do not fit together, or are too many")
