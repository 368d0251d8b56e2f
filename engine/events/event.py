"""What every message of a run is: a frozen struct that says when.

Its JSON form, tagged by the name of its class, is also its form in the record. Times are in seconds since the run
began (`at_s`), on one monotonic clock.
"""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    """Base of all messages but step records; `at_s` is in seconds since the run began."""

    at_s: float
