"""What acts on the replay of a recorded run: played, wound to any moment, faster or slower.

forward    what lies between is told on
back       the run is told again from its beginning, to a view of its own
"""

from typing import TYPE_CHECKING, cast

from engine.session.source import Source
from gui.bridge import Bridge
from gui.model.intents import PlayReplay, ReplaySpeed, Wind
from gui.model.replayed import Replayed
from gui.model.store import Store

if TYPE_CHECKING:
    from engine.record.replay import Replay

OF_REPLAY = (PlayReplay, Wind, ReplaySpeed)
PORTION = 256
"""Messages taken at a tick: a record of hours has tens of thousands, and the window answers in between."""


def state_of(source: Source | None) -> Replayed | None:
    """How far the replay is; None for anything that cannot be wound: a run that computes, or is trained elsewhere."""
    if source is None or not getattr(source, "can_wind", False):
        return None
    replay = cast("Replay", source)
    return Replayed(
        at_s=replay.at_s,
        end_s=replay.end_s,
        step=replay.shown_step,
        steps=replay.steps,
        speed=replay.speed,
        is_playing=replay.is_playing,
    )


def is_amid(source: Source | None) -> bool:
    """Whether the source is a replay of which there is more to come."""
    state = state_of(source)
    return state is not None and state.is_amid


def act(intent: object, source: Source | None, store: Store, bridge: Bridge) -> None:
    """Do what an intent of OF_REPLAY wants, if a replay is shown; while one is being read there is no source yet."""
    if source is None or state_of(source) is None:
        return
    replay = cast("Replay", source)
    replay.portion = PORTION
    match intent:
        case PlayReplay(is_playing=True):
            if not is_amid(source):
                _wind(replay, 0.0, store)
            replay.play()
        case PlayReplay():
            replay.pause()
        case Wind(at_s=at_s):
            _wind(replay, at_s, store)
        case ReplaySpeed(factor=factor):
            replay.keep_speed(factor)
    bridge.wake()


def _wind(replay: "Replay", at_s: float, store: Store) -> None:
    if replay.wind(at_s):
        choice = store.live.board.choice
        store.begin(store.live.run_id).board.look_like(choice)
        store.take_over(replay.spec, is_replay=True)
