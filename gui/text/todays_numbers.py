"""The formulas of the modes with today's numbers put in: those of the run that is shown, and said to be of it."""

from fractions import Fraction

from PySide6.QtCore import QObject

from engine.config import roles
from engine.config.mode import ComputeMode
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.metrics.segment_sums import bubble_theory, expected_bytes, whole_bytes
from gui.model.model_size import model_of
from gui.model.run_view import RunView
from gui.text import figures
from gui.text.engine_text import engine_text

LARGEST_DENOMINATOR = 1_000_000
"""Of a factor: as many ranks as there may be, times the steps after which weights are averaged."""


def bubble_formula(mode: ComputeMode) -> str:
    """The bubble of a pipeline's mode, with its stages and micro-batches; "0" where its schedule has none."""
    schedule = roles.schedule(mode)
    if not schedule.has_bubble:
        return "0"
    p, m = mode.degree(roles.stages_axis(mode)), roles.microbatches(mode)
    times = f"{schedule.stages_per_rank}·" if schedule.stages_per_rank > 1 else ""
    return f"({p}-1) / ({times}{m}+{p}-1)"


def sent_formulas(run: RunView, mode: ComputeMode) -> list[str]:
    """What a rank sends by the formula of each technique in force, over its transport, with today's numbers put in.

    Of weights that are not trained nothing is sent, except where ranks keep a part of them and gather the others'.
    """
    ranks = run.anatomy.ranks if run.anatomy is not None else ()
    held = max((rank.held.parameter_bytes for rank in ranks if rank.held), default=0)
    count, found = model_of(run), []
    for card in roles.senders(mode):
        words = engine_text(roles.traffic(mode, card))
        if card.sends:
            is_frozen = count is not None and "weights" not in card.shards
            mine = held * count.trained / count.weights if count is not None and is_frozen else held
            sent, whole = expected_bytes(mode, card, mine), whole_bytes(mode, card, mine)
            factor = Fraction(sent / whole).limit_denominator(LARGEST_DENOMINATOR) if whole else 0
            words = words.format(size=f"{factor} × {figures.size(whole)} = {figures.size(sent)}")
        if words:
            found.append(words)
    return found


class TodaysNumbers(QObject):
    """Puts them into words; it is a QObject only for `tr`."""

    def of(self, run: RunView) -> list[str]:
        """A line a figure, of the mode in force; none where there is no run."""
        if not run.segments:
            return []
        mode = parse_mode(run.segments[-1].mode)
        return [*self._batch(run, mode), *self._sent(run, mode), *self._bubble(run, mode)]

    def _batch(self, run: RunView, mode: ComputeMode) -> list[str]:
        replicas = mode.degree(roles.replicas_axis(mode))
        if run.batch_size is None or replicas < 2:
            return []
        return [
            self.tr("Samples a rank: B / n = {batch} / {ranks} = {share}").format(
                batch=f"{run.batch_size:,}", ranks=replicas, share=f"{run.batch_size / replicas:,.6g}"
            )
        ]

    def _sent(self, run: RunView, mode: ComputeMode) -> list[str]:
        anatomy = run.anatomy
        held = max((rank.held.parameter_bytes for rank in anatomy.ranks if rank.held), default=0) if anatomy else 0
        if not held:
            return []
        lines = [self.tr("Weights that a rank holds: {size}").format(size=figures.size(held))]
        formulas = sent_formulas(run, mode)
        return [*lines, *(self.tr("Sent a step: {formula}").format(formula=words) for words in formulas)]

    def _bubble(self, run: RunView, mode: ComputeMode) -> list[str]:
        if not roles.stages_axis(mode):
            return []
        theory = self.tr("Bubble in theory: {formula} = {share}").format(
            formula=bubble_formula(mode), share=f"{bubble_theory(mode):.0%}"
        )
        name = name_of(mode, run.workload)
        visited = [(row, sums) for row, sums in run.board.sums() if row.name == name and not row.is_slowed_down]
        newest = max(visited, key=lambda one: (one[0].is_now, one[0].last_visit), default=None)
        sums = newest[1] if newest is not None else None
        if sums is None or sums.bubble is None:
            return [theory]
        return [theory, self.tr("Bubble as measured: {share}").format(share=f"{sums.bubble[0]:.0%}")]
