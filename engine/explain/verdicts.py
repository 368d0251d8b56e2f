"""Gathers the facts of a run as its messages come, and asks the rules: at most once a second, and never too early.

messages ──hear──> measures, samples, slow ranks ──Facts──> rules ──> `current`, and the last one of each segment

A verdict that another rule would replace stays until that rule has won three times in a row: a line that flickers is
not read. What a mode is does not change while it runs, so each time that a line was replaced the next one must win
twice as often; not so what has come over the mode, a slow rank or other programs, and what takes its place when it has
gone. Numbers are told anew with every step taken apart, as the board's are: on screen no two differ. A shift, and
another batch size, clear it; what was done on purpose is told at once, and goes at once.
"""

from engine.config.cards import workloads
from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.events.message import Message
from engine.events.ranks import RankInfo, SlowedDown, SlowRank, StepAnatomy
from engine.events.run import Changed, RunFinished, RunStarted, SegmentStarted
from engine.explain.equal_layers import equal_layers, trained
from engine.explain.machine_watch import MachineWatch
from engine.explain.rules.facts import LEAST_ANATOMIES, Facts, Link, ModeFacts, mode_facts
from engine.explain.rules.table import RULES, at_batch, judge, said
from engine.explain.rules.verdict import Verdict
from engine.explain.settling import settling
from engine.metrics.losses import Losses
from engine.metrics.mode_measure import ModeMeasure
from engine.metrics.mode_measures import ModeMeasures
from engine.metrics.steadiness import STEPS, Steadiness
from engine.metrics.straggler import LOOKED_AT
from engine.rows import Rows, StepBatch

EVERY_S, AT_FIRST_S = 1.0, 0.25
"""How often rules are asked; and while nothing is said yet."""
WINS = 3
"""As often in a row another rule must know better, before it speaks; twice as often after each time that one did."""
BY_KEY = {rule.key: rule for rule in RULES}
AT_ONCE = {rule.key for rule in RULES if rule.is_told_at_once}
URGENT = {rule.key for rule in RULES if rule.is_urgent}


class Verdicts:
    """The verdicts of one run. `measures` is what its modes come to: the board of modes shows the same."""

    def __init__(self) -> None:
        self.measures = ModeMeasures()
        self._machine, self._losses = MachineWatch(self.measures), Losses()
        self.current: Verdict | None = None
        """On the mode in force; None while nothing can be said."""
        self._seen: Verdict | None = None
        """What it was when somebody looked last."""
        self.by_segment: dict[int, Verdict] = {}
        """The last one of each segment that rests on measurements."""
        self.links: dict[str, Link] = {}
        """By transport, where somebody has measured them on this machine."""
        self._knobs = dict[str, object]()
        self.segment = -1
        """The one in force."""
        self._ranks: tuple[RankInfo, ...] = ()
        self.step = 0
        """The next step to be made."""
        self.batch_size: int | None = None
        """The one in force; None before it was told."""
        self._steady = Steadiness()
        self._clean_from_step = 0
        self._has_new_figures = False
        """A step was taken apart since the numbers of `current` were told."""
        self._at_s = self._last_step_s = 0.0
        self._looked_s = float("-inf")
        self._rival, self._wins, self._changes = "", 0, 0
        self._slow: dict[tuple[int, str], SlowRank] = {}
        self._slowdown: SlowedDown | None = None
        self._has_ended = False
        """Nothing computes any more: what is said is of the whole of the last mode, not of its last seconds."""

    def hear(self, message: Message) -> None:
        """Take in one message about the run."""
        self._machine.hear(message)
        self._losses.hear(message)
        held_at_per_s = self.measures.holding.held_at_per_s
        self.measures.hear(message)
        if self.measures.holding.held_at_per_s != held_at_per_s:
            self._looked_s = float("-inf")
        self._at_s = max(self._at_s, getattr(message, "at_s", 0.0))
        match message:
            case StepBatch(rows=rows):
                self._add(rows)
            case StepAnatomy():
                self._has_new_figures = True
            case SegmentStarted(segment=segment, ranks=ranks):
                self._clear()
                self.segment, self._ranks = segment, ranks
                self._slow, self._slowdown = {}, None
            case SlowedDown(factor=factor, delay_s=delay_s):
                self._slowdown = message if factor > 1 or delay_s else None
                self._looked_s = float("-inf")
                self._steady.begin()
            case Changed(batch_size=batch_size):
                self.batch_size = batch_size
            case SlowRank(rank=rank, phase=phase, is_slow=is_slow):
                self._slow.pop((rank, phase), None)
                if is_slow:
                    self._slow[rank, phase] = message
            case RunFinished():
                self._end()
            case RunStarted(step=step, spec=text):
                self._has_ended = False
                self.measures.workload, self._knobs = trained(text)
                self._clear()
                if step == 0:
                    self.by_segment = {}

    def _end(self) -> None:
        """The last verdict is of all that counts of the mode, whatever others took in its last seconds."""
        now = self.measures.now
        self._has_ended = True
        if now is None or now.sums.counted < LEAST_ANATOMIES or not self._steady.has_enough:
            return
        found = judge(self._facts(now))
        if found is not None and self._slowdown is None:
            self._tell(found)

    def look(self) -> bool:
        """Ask the rules, if it is time; whether `current` is another one now. May be called often."""
        if not self._has_ended:
            self._look_again()
        is_other, self._seen = self.current is not self._seen, self.current
        return is_other

    def _look_again(self) -> None:
        now = self.measures.now
        self._look_for_changes()
        if self._at_s - self._looked_s >= (EVERY_S if self.current is not None else AT_FIRST_S):
            self._looked_s = self._at_s
            self._take(self._judged(now))
        if self._has_new_figures:
            self._retell(now)
        self._has_new_figures = False

    def _is_known(self, now: ModeMeasure) -> bool:
        is_calm = self._machine.is_known(self._at_s) and self._steady.is_settled and not self.measures.is_disturbed
        return is_calm and now.sums.counted >= self._anatomies_wanted

    @property
    def _anatomies_wanted(self) -> int:
        """Of several ranks as many as it takes to see that one is slow."""
        return LOOKED_AT if len(self._ranks) > 1 and self._steady.steps >= STEPS else LEAST_ANATOMIES

    @property
    def settling(self) -> Sentence | None:
        """What is waited for before anything is said of the mode in force; None once it is, or nothing computes."""
        if self.current is not None or self.segment < 0:
            return None
        now = self.measures.now
        taken_apart = now.sums.counted if now is not None else 0
        is_sampled = self._machine.is_known(self._at_s)
        what = settling(self._steady, taken_apart, self._anatomies_wanted, is_sampled=is_sampled)
        return at_batch(what, self.batch_size) if self._names_batch and self.batch_size is not None else what

    @property
    def _names_batch(self) -> bool:
        sizes = {row.batch_size for row in self.measures.shown}
        return len(sizes | ({self.batch_size} if self.batch_size else set())) > 1

    def _retell(self, now: ModeMeasure | None) -> None:
        """The rule that speaks says its numbers anew, if it still knows: settled or not, the board's move too."""
        current = self.current
        if current is None or current.rule in AT_ONCE or now is None or self.measures.is_disturbed:
            return
        found = said(BY_KEY[current.rule], self._facts(now))
        if found is not None and found != current:
            self.current = self.by_segment[self.segment] = found

    def _judged(self, now: ModeMeasure | None) -> Verdict | None:
        if now is not None and self._is_known(now):
            return judge(self._facts(now))
        held_at_per_s = self.measures.holding.held_at_per_s
        asked_for = Facts(now=ModeFacts(mode=ComputeMode()), slowdown=self._slowdown, held_at_per_s=held_at_per_s)
        found, told = judge(asked_for, is_settled=False), self.current
        if found is None and told is not None and told.rule not in AT_ONCE:
            return told  # too early for another one: what was measured stands
        return found

    def _take(self, found: Verdict | None) -> None:
        current = self.current
        known, wins = (found.rule if found else ""), (current.rule if current else "")
        if current is None or found is None or AT_ONCE & {known, wins}:
            if found is None and current is not None and wins not in AT_ONCE:
                self._count(known)
                if self._wins < WINS:
                    return
            self._tell(found)
        elif known == wins:
            self._tell(found)
        else:
            self._count(known)
            is_urgent = bool(URGENT & {known, wins})
            if self._wins >= WINS * (1 if is_urgent else 2**self._changes):
                self._changes += not is_urgent
                self._tell(found)

    def _count(self, rival: str) -> None:
        self._wins = self._wins + 1 if rival == self._rival else 1
        self._rival = rival

    def _tell(self, verdict: Verdict | None) -> None:
        if verdict != self.current:
            self.current = verdict
        self._rival, self._wins = "", 0
        if verdict is not None and verdict.rule not in AT_ONCE:
            self.by_segment[self.segment] = verdict

    def _clear(self) -> None:
        self.current = None
        self._looked_s = float("-inf")
        self._rival, self._wins, self._changes = "", 0, 0

    def _look_for_changes(self) -> None:
        """Where something has changed, what was said and what was steady is of other terms."""
        if self.measures.clean_from_step != self._clean_from_step:
            self._clean_from_step = self.measures.clean_from_step
            self._steady.begin()
            self._clear()

    def _add(self, rows: Rows) -> None:
        """Steps that say something of the mode in force."""
        self._look_for_changes()
        at_s = float(rows["at_s"][-1])
        self._at_s = max(self._at_s, at_s)
        self.step = int(rows["step"][-1]) + 1
        mine = rows[(rows["step"] >= self._clean_from_step) & (rows["segment"] == self.segment)]
        if len(mine) and not self.measures.is_disturbed:
            seconds = float(mine["seconds"].sum())
            if self._steady.steps:  # steps of ranks that run free overlap
                seconds = min(seconds, at_s - self._last_step_s)
            self._steady.add(float(mine["samples"].sum()), seconds, len(mine))
        self._last_step_s = at_s

    # Facts -----------------------------------------------------------------------------------------------------------

    def _facts(self, now: ModeMeasure) -> Facts:
        fair = [row for row in self.measures.shown if row.units_per_s and not row.is_slowed_down and row is not now]
        others = [mode_facts(row, row.other_cores) for row in fair if row.batch_size == now.batch_size]
        sizes = [row for row in fair if row.name == now.name and row.batch_size != now.batch_size]
        base = self.measures.baseline_of(now)
        return Facts(
            now=mode_facts(now, self._others_beside(now)),
            baseline=mode_facts(base, base.other_cores) if base is not None and base is not now else None,
            others=tuple(others),
            unit=self._unit,
            names_batch=self._names_batch,
            former=mode_facts(sizes[-1], sizes[-1].other_cores) if sizes else None,
            cores=self._machine.cores,
            slow=tuple(self._slow.values()),
            slowdown=self._slowdown,
            held_at_per_s=self.measures.holding.held_at_per_s,
            has_ended=self._has_ended,
            links=self.links,
            number_formats=next((info.number_formats for info in self._ranks), None),
            equal_layers=self._equal_layers(now),
            said=self.current.rule if self.current is not None else "",
            named=self.current.named if self.current is not None else (),
            share=self.current.share if self.current is not None else None,
            told=self.current.tells if self.current is not None else frozenset(),
            loss=self._losses.now,
            loss_after=self._losses.after,
            loss_before=self._losses.before,
        )

    @property
    def _unit(self) -> str:
        card = workloads().get(self.measures.workload)
        return card.unit if card is not None else "samples"

    def _others_beside(self, now: ModeMeasure) -> float | None:
        """What other programs take; when they have just gone, what they took of the figures that are still theirs."""
        latest, before = self._machine.others, now.other_cores
        if self._has_ended:
            return before
        return max(latest, before) if now.is_spoilt and latest is not None and before is not None else latest

    def _equal_layers(self, now: ModeMeasure) -> int | None:
        return equal_layers(now.mode, self.measures.workload, self._knobs)
