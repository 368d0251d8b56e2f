"""What may stand in a field, in brackets behind what it means: `(1 … 64)`, `(2 or more)`, `(wine, iris)`."""

from PySide6.QtCore import QObject

from engine.config.limits import limit_text, ranges_of
from engine.config.spec import RunSpec
from engine.config.workload_card import KnobCard


class Ranges(QObject):
    """Says what is allowed; it is a QObject only for `tr`."""

    def of_knob(self, knob: KnobCard) -> str:
        """What a knob may be, in brackets; "" where it may be anything."""
        if knob.choices:
            return f"({', '.join(map(str, knob.choices))})"
        least, most = (None if end is None else f"{end:,}" for end in (knob.minimum, knob.maximum))
        if least is not None and most is not None:
            return f"({least} … {most})"
        if least is not None:
            return self.tr("({least} or more)").format(least=least)
        return self.tr("({most} or less)").format(most=most) if most is not None else ""

    def of_field(self, name: str) -> str:
        """The range that a field's type states, in brackets, with a space before them; "" where it states none."""
        allowed = ranges_of(RunSpec).get(name)
        if allowed is None:
            return ""
        return f" ({limit_text(allowed.smallest)} … {limit_text(allowed.largest)})"
