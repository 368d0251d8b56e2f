"""The formulas of the modes with today's numbers put in: those of the run that is shown, and said to be of it."""

from PySide6.QtCore import QObject

from engine.config import roles
from engine.config.mode import ComputeMode
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.metrics.segment_sums import bubble_theory, expected_bytes
from gui.model.run_view import RunView
from gui.text import figures
from gui.text.engine_text import engine_text


def bubble_formula(mode: ComputeMode) -> str:
    """The bubble of a pipeline's mode, with its stages and micro-batches; "0" where its schedule has none."""
    schedule = roles.schedule(mode)
    if not schedule.has_bubble:
        return "0"
    p, m = mode.degree(roles.stages_axis(mode)), roles.microbatches(mode)
    times = f"{schedule.stages_per_rank}·" if schedule.stages_per_rank > 1 else ""
    return f"({p}-1) / ({times}{m}+{p}-1)"


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
        for card in roles.senders(mode):
            if card.traffic:
                sent = figures.size(expected_bytes(mode, card, held))
                lines.append(
                    self.tr("Sent a step: {formula}").format(formula=engine_text(card.traffic).format(size=sent))
                )
        return lines

    def _bubble(self, run: RunView, mode: ComputeMode) -> list[str]:
        if not roles.stages_axis(mode):
            return []
        theory = self.tr("Bubble in theory: {formula} = {share}").format(
            formula=bubble_formula(mode), share=f"{bubble_theory(mode):.0%}"
        )
        name = name_of(mode, run.workload)
        sums = next((sums for row, sums in run.board.sums() if row.name == name and not row.is_slowed_down), None)
        if sums is None or sums.bubble is None:
            return [theory]
        return [theory, self.tr("Bubble as measured: {share}").format(share=f"{sums.bubble[0]:.0%}")]
