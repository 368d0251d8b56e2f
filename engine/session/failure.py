"""Why a crew failed: from the signs its ranks leave, which one was the cause and which only followed."""

from dataclasses import dataclass, field

from engine.errors import Sentence
from engine.ipc.reports import Crashed
from engine.session.rank_process import Exited, exit_words

GRACE_S = 0.4
"""How long signs are collected after the first: a rank's death reaches its peers faster than it reaches us."""

_FOLLOWERS = ("connection closed by peer", "connection reset", "broken pipe", "gloo", "nccl", "processgroup")
_NO_MEMORY = ("memoryerror", "not enough memory", "out of memory", "cannot allocate memory", "bad_alloc")


@dataclass
class Sign:
    """What is known of one rank that failed."""

    rank: int
    pid: int | None
    crashed: Crashed | None = None
    exited: Exited | None = None
    hung: str = ""
    is_on_purpose: bool = False
    """It was asked to fail."""

    def weight(self) -> int:
        """How likely it is the cause: hung, then killed, then raised on its own account, then the rest."""
        if self.hung:
            return 4
        if self.crashed is None:
            # Peers of a dead rank may abort (SIGABRT, out of gloo); they have then seen, not caused.
            status = self.exited.exit_status if self.exited else 0
            return 1 if status == -6 else 3
        follows = any(word in (self.crashed.reason + self.crashed.details).lower() for word in _FOLLOWERS)
        return 0 if follows else 2

    def sentence(self) -> Sentence:
        """What happened to this rank, in a sentence with its process number, and whether it was asked for."""
        return Sentence("ON PURPOSE: {what}", what=self._what()) if self.is_on_purpose else self._what()

    def _what(self) -> Sentence:  # noqa: PLR0911 - one each
        name = Sentence("Rank {rank} (process {pid})", rank=self.rank, pid=self.pid)
        if self.pid is None:
            name = Sentence("Rank {rank}", rank=self.rank)
        if self.hung:
            return Sentence("{name} {hung}", name=name, hung=self.hung)
        if self.crashed is not None:
            reason, step = self.crashed.reason, self.crashed.step
            if not self.crashed.details:
                return Sentence("{reason}", reason=reason)  # it refused, in a sentence of its own
            text = (reason + self.crashed.details).lower()
            if any(word in text for word in _NO_MEMORY):
                return Sentence(
                    "{name} ran out of memory: {reason} Choose a smaller batch or model, or a mode that splits it over "
                    "more ranks.",
                    name=name,
                    reason=reason.splitlines()[0],
                )
            if step >= 0:
                template = "{name} raised an error at step {step:,}: {reason}"
                return Sentence(template, name=name, step=step, reason=reason)
            return Sentence("{name} raised an error while it was set up: {reason}", name=name, reason=reason)
        assert self.exited is not None
        status = self.exited.exit_status
        if status is None and self.pid is None:  # who has a status has lived, whether or not its number was heard
            reason = self.exited.stderr.rstrip(". \n")
            return Sentence("Rank {rank} could not be started: {reason}.", rank=self.rank, reason=reason)
        if status is None:
            return Sentence("{name} ended; nobody is left to tell its exit status.", name=name)
        if not (signal := exit_words(status)[0]):
            return Sentence("{name} exited with status {status}.", name=name, status=status)
        template = "{name} was ended by {signal}."
        if signal == "SIGKILL" and not self.is_on_purpose:
            template = "{name} was ended by {signal} (from outside, or by the system for lack of memory)."
        return Sentence(template, name=name, signal=signal)


@dataclass
class Evidence:
    """The signs of one crew's failure."""

    signs: dict[int, Sign] = field(default_factory=dict)
    first_s: float = 0.0
    asked_to_fail: set[int] = field(default_factory=set)
    """Ranks that were made to fail, for the class to see."""

    def add(self, rank: int, pid: int | None, *, now_s: float, sign: Crashed | Exited | str) -> None:
        """Note a sign: a report, an exit, or the words for a hang."""
        if not self.signs:
            self.first_s = now_s
        entry = self.signs.setdefault(rank, Sign(rank, pid, is_on_purpose=rank in self.asked_to_fail))
        if isinstance(sign, Crashed):
            entry.crashed = sign
        elif isinstance(sign, Exited):
            entry.exited = sign
        else:
            entry.hung = sign

    def settled(self, now_s: float, num_ranks: int) -> bool:
        """All is known that will be: every rank has ended, a hang was found, or the grace is over."""
        ended = sum(sign.exited is not None for sign in self.signs.values())
        hung = any(sign.hung for sign in self.signs.values())
        return bool(self.signs) and (hung or ended == num_ranks or now_s - self.first_s >= GRACE_S)

    def cause(self) -> Sign:
        """The sign that explains the others; the first among equals."""
        return max(self.signs.values(), key=Sign.weight)

    def details(self) -> str:
        """Everything that was said, rank by rank, for those who want it."""
        parts = []
        for sign in self.signs.values():
            said = (sign.crashed.details if sign.crashed else "") or (sign.exited.stderr if sign.exited else "")
            parts.append(f"{sign.sentence()}\n{said}".strip())
        return "\n\n".join(parts)
