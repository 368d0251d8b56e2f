"""What the words mean that are read on panels and pages, each in a sentence or two for a student."""

import re

from PySide6.QtCore import QObject


class Glossary(QObject):
    """Terms and their meanings; it is a QObject only for `tr`."""

    def terms(self) -> dict[str, str]:
        """What each term means, by the term as it is written in a text."""
        return {
            "rank": self.tr("A process of the run, by its number: each computes its part of every step."),
            "seam": self.tr("The place where one mode ends and the next begins, and the time that shifting took."),
            "step": self.tr(
                "Forward and backward of one batch, and one change of the weights by it. The first one is step 0: when "
                "100 steps are made, the last of them is step 99, and a pause, or a saved state, is before step 100."
            ),
            "segment": self.tr("A part of a run that was computed in one mode."),
            "warm-up": self.tr("The first steps of a mode, slower than the rest; rates leave them out."),
            "spare": self.tr(
                "A process with everything loaded that waits to become a rank; where ranks are forked, none is needed."
            ),
            "payload": self.tr("The bytes that a message is about, once; what is sent to carry it may be more."),
            "all-reduce": self.tr(
                "Ranks add up what each has, and all get the sum. Around a ring each sends 2(n-1)/n of it."
            ),
            "all-gather": self.tr("Each rank has a part, and afterwards all have the whole."),
            "reduce-scatter": self.tr("Ranks add up what each has, and each gets a part of the sum."),
            "overlap": self.tr("The share of communicating that is hidden behind computing."),
            "bubble": self.tr(
                "The share of time in which a pipeline's ranks wait while it fills and empties: (p-1)/(m+p-1)."
            ),
            "shard": self.tr("The part of something that one rank holds, where each holds another part."),
            "replica": self.tr("A whole copy of the model; each is given other samples."),
            "stage": self.tr("The layers that one rank of a pipeline has."),
            "micro-batch": self.tr("A piece of the batch: a pipeline's ranks pass one on while they take the next."),
            "batch": self.tr("The samples that one step learns from, over all ranks."),
            "gradient": self.tr("How the loss would change with each weight: the direction of a step."),
            "activation": self.tr("What a layer has computed of a batch; kept until backward has used it."),
            "forward": self.tr("Computing the answer from the samples, layer by layer."),
            "backward": self.tr("Computing the gradients from the loss, layer by layer in reverse."),
            "optimizer": self.tr("What makes a step of the weights out of gradients."),
            "transport": self.tr("What carries messages between ranks: gloo (TCP), shm (shared memory), MPI, NCCL."),
            "straggler": self.tr("A rank that is slower than its peers, so that all wait for it."),
            "data pack": self.tr("Data of others, fetched once when you ask for it, from the menu Data."),
            "throughput": self.tr("How much is computed a second."),
        }

    def linked(self, markdown: str) -> str:
        """Markdown in which the first use of each term shows its meaning under the mouse."""
        for term, meaning in sorted(self.terms().items(), key=lambda item: -len(item[0])):
            pattern = re.compile(rf"(?<![\w\[/`*-]){re.escape(term)}(?:e?s)?(?![\w\]`-])", re.IGNORECASE)
            markdown = _once(markdown, pattern, meaning)
        return markdown


LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
NO_PROSE = ("    ", "|", "#", "!")
"""How a line begins that is code, a table, a heading or a picture."""


def _once(markdown: str, pattern: re.Pattern[str], meaning: str) -> str:
    """The first match in plain text, neither in code nor in what is a link already, made a link."""
    lines = markdown.split("\n")
    for index, line in enumerate(lines):
        if line.startswith(NO_PROSE):
            continue
        match = next((found for found in pattern.finditer(line) if not _is_inside(line, found.start())), None)
        if match is not None:
            quoted = meaning.replace('"', "'")
            lines[index] = f'{line[: match.start()]}[{match[0]}](glossary:x "{quoted}"){line[match.end() :]}'
            break
    return "\n".join(lines)


def _is_inside(line: str, at: int) -> bool:
    """Within code or a link."""
    return line[:at].count("`") % 2 == 1 or any(link.start() <= at < link.end() for link in LINK.finditer(line))
