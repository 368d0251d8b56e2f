"""What is read first: the mode in words, the rate, and where the run is. In the toolbar and in presenter layout."""

import msgspec
from PySide6.QtCore import QObject

from engine.config.cards import workloads
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from gui.model.store import Store
from gui.text import figures
from gui.text.board_text import speed_up_words
from gui.text.engine_text import engine_text
from gui.text.health_words import stuck_words


class Headline(msgspec.Struct, frozen=True):
    """`name` and `words` of the mode, which is the run's number `number` (None: it has not come to it yet).

    `trained` is what the run trains, "" while there is none; `below` stands after it, below the rate. `rate` is
    "paused" where that is why there is none; `rate_note` is said beside it, where it is not the rate of all time.
    """

    name: str
    words: str
    number: int | None
    rate: str
    below: str
    trained: str = ""
    rate_note: str = ""


class HeadlineWords(QObject):
    """Puts it into words; it is a QObject only for `tr`."""

    def of(self, store: Store) -> Headline:
        """What computes, or what will when Play is pressed, if another mode was chosen since."""
        run, ahead = store.live, store.next_play
        is_next = ahead is not None and bool(ahead.wish.mode)
        mode = parse_mode(ahead.mode if ahead is not None and is_next else run.mode or store.set_up.mode)
        is_new = not run.mode or (ahead is not None and ahead.is_new)
        called = name_of(mode, store.set_up.workload if is_new else run.workload)
        name, words = called, mode.words if is_next or not run.mode_words else run.mode_words
        if is_next:
            name = self.tr("NEXT · {mode}").format(mode=called)
        else:
            words = self.tr("SLOWDOWN · {mode}").format(mode=words) if run.slowdown else words
            words = self._stamped(store, words)
        rate = run.samples_per_s
        stuck = stuck_words(self, run) if run.is_running else ""
        beside = [stuck] if stuck else self._beside(store)
        is_paused = run.status == "paused" and bool(run.segments) and not run.is_replay
        card = None if is_new else workloads().get(run.workload)
        speed = self.tr("{rate} {unit}/s").format(rate=figures.count(rate or 0), unit=engine_text(run.unit))
        is_held = rate is not None and run.holding.held_at_per_s is not None
        return Headline(
            name=name,
            words=words,
            number=run.mode_numbers.get(called),
            rate=speed if rate is not None else self.tr("paused") if is_paused else "",
            below=" · ".join([self._made(run.step), *beside]),
            trained=engine_text(card.title) if card is not None else "",
            rate_note=self.tr("while computing") if is_held else "",
        )

    def _made(self, count: int) -> str:
        """How many steps are made: the last of them is called by the number before, for the first one is step 0."""
        return self.tr("1 step") if count == 1 else self.tr("{n} steps").format(n=f"{count:,}")

    def _stamped(self, store: Store, words: str) -> str:
        """The mode's words behind what there is of it where nothing computes: a record, or the replay of one."""
        if not store.live.is_replay:
            return words
        if store.replayed is None or store.replayed.is_amid or store.replayed.is_playing:
            return self.tr("REPLAY · {mode}").format(mode=words)
        finished = store.live.finished
        told = self.tr("RECORDED RUN · stopped before step {n} · {mode}")
        if finished is not None and finished.is_complete:
            told = self.tr("RECORDED RUN · finished, all {n} steps made · {mode}")
        return told.format(n=f"{store.live.step:,}", mode=words)

    def _beside(self, store: Store) -> list[str]:
        """How the mode in force stands to the baseline of the board, and the pace of the run, if it has one."""
        words = []
        is_next = store.next_play is not None and bool(store.next_play.wish.mode)
        compared = None if is_next else store.live.board.beside_baseline()
        if compared is not None and compared[0].speed_up is not None:
            now, baseline = compared
            told = self.tr("on average {speed_up} of {mode}")
            if now.is_early:
                told = self.tr("few steps yet: {speed_up} of {mode}")
            words.append(told.format(speed_up=speed_up_words(now), mode=baseline))
        if (pace := store.live.paces.now) is not None:
            is_slower = store.live.holding.is_held is False
            told = self.tr("at most {n} steps/s") if is_slower else self.tr("at a pace of {n} steps/s")
            words.append(told.format(n=f"{pace:g}"))
        return words
