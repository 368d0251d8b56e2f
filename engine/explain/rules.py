"""The table of rules: what is said of the mode in force, in order of priority. The first rule that knows speaks.

In one file, for the order is part of what they say: first what was done on purpose, then what disturbs measuring, then
what is wrong with the crew, then what the mode is good for. Each rule is a pure function of `Facts` with a condition in
words, which the window's "Why?" shows and docs/verdicts.md lists. A rule that does not know says nothing.

    A second sentence tells what other programs take, where it is enough to matter and too little to void the figures.

    speed    = rate now / rate of the mode compared with            slower: below 0.97        faster: 1.03 and above
    Amdahl   : 1 / speed = f + (1 - f) / n,   f = (n / speed - 1) / (n - 1) of the step does not split
"""

from dataclasses import replace
from statistics import median

from engine.config import roles
from engine.config.cards import techniques
from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.explain.facts import Facts, ModeFacts, transport_of
from engine.explain.verdict import Figure, Rule, Verdict, seconds, size
from engine.metrics.segment_sums import bubble_at, bubble_theory

SLOWER, FASTER = 0.97, 1.03
SLOW_WORK = 1.4
OTHER_CORES, OVER_CORES = 0.25, 0.15
SWAMPED = 0.6
"""Of the machine's cores, what other programs take where the figures of a mode say little of it."""
CHANGED_CORES = 0.4
COMPARING = {"as-in-theory", "inexact", "sends", "plain"}
"""Rules that speak of the mode compared with: what other programs took beside it matters to them."""
CROWDED = 0.10
SENDS_MUCH, SENDS = 0.10, 0.03
EQUAL_STAGES = 0.85
BUBBLE_OFF = 0.05
SAVES_MEMORY = 0.9
SHORT_STEP_S = 5e-3


def compared(now: ModeFacts, then: ModeFacts) -> float:
    """How fast one mode is, of another."""
    return now.units_per_s / then.units_per_s


def times(speed: float) -> str:
    """A factor with two digits: coarser than the board's, so that the two never contradict each other."""
    if speed >= 0.995:
        return f"{speed:.0f}" if speed >= 9.95 else f"{speed:.1f}"
    return f"{speed:.2f}" if speed >= 0.095 else f"{speed:.2g}"


def _rates(*modes: ModeFacts) -> tuple[Figure, ...]:
    return tuple(
        figure
        for facts in modes
        for figure in (
            Figure(name=Sentence("rate, {mode}", mode=facts.name), value=facts.units_per_s, unit="/s"),
            Figure(name=Sentence("time a step, {mode}", mode=facts.name), value=facts.step_s, unit="s"),
        )
    )


def _like(facts: Facts, but: str) -> list[ModeFacts]:
    """Other modes that differ from the one in force in `but` ("threads", "precision", "options"), and in that alone."""
    return [
        other
        for other in facts.others
        if {name for name, is_same in _same(facts.now.mode, other.mode).items() if not is_same} == {but}
    ]


def _same(one: ComputeMode, other: ComputeMode) -> dict[str, bool]:
    return {
        "threads": one.threads_per_rank == other.threads_per_rank,
        "precision": one.precision == other.precision,
        "degrees": one.degrees == other.degrees,
        "options": one.options == other.options,
        "device": one.device == other.device,
    }


# On purpose ----------------------------------------------------------------------------------------------------------


def on_purpose(facts: Facts) -> Verdict | None:
    """Something is slow on purpose."""
    slow = facts.slowdown
    if slow is None or slow.phase == "raise" or (slow.factor <= 1 and not slow.delay_s):
        return None
    values = {"rank": slow.rank, "factor": f"{slow.factor:.3g}", "delay": seconds(slow.delay_s)}
    if slow.factor > 1 and slow.delay_s:
        text = Sentence("SLOWDOWN on purpose: rank {rank} × {factor}, and every message {delay} later.", **values)
    elif slow.delay_s:
        text = Sentence("SLOWDOWN on purpose: every message comes {delay} later.", **values)
    else:
        text = Sentence("SLOWDOWN on purpose: rank {rank} computes {factor} times as long; all wait for it.", **values)
    return Verdict(rule="on-purpose", text=text)


def held(facts: Facts) -> Verdict | None:
    """The run is held at a pace."""
    if facts.held_at_per_s is None:
        return None
    text = Sentence(
        "Held at {pace:g} steps a second on purpose: rates are of computing time.", pace=facts.held_at_per_s
    )
    return Verdict(rule="held", text=text)


# What is wrong -------------------------------------------------------------------------------------------------------


def _slow(facts: Facts, *, has_run_longer: bool) -> Verdict | None:
    even = all(techniques()[key].even and techniques()[key].splits != "layers" for key in facts.now.mode.keys)
    work = facts.now.work_s
    for slow in sorted(facts.slow, key=lambda found: -found.factor):
        others = [taken for rank, taken in enumerate(work) if rank != slow.rank]
        known = even and others and slow.rank < len(work) and median(others) > 0
        ratio = work[slow.rank] / median(others) if known else None
        if ratio is not None and (ratio >= SLOW_WORK) is not has_run_longer:
            continue
        if ratio is None and (not has_run_longer or _is_contended(facts.now, facts.cores)):
            continue  # a stage beside others is told by what it took at best, when it may have had a core to itself
        figures = [
            Figure(
                name=Sentence("{phase} of rank {rank}, of its peers'", phase=slow.phase, rank=slow.rank),
                value=slow.factor,
                unit="times",
            )
        ]
        if ratio is not None:
            figures.append(
                Figure(
                    name=Sentence("computing of rank {rank}, of its peers'", rank=slow.rank), value=ratio, unit="times"
                )
            )
        template = (
            "Rank {rank} is slow: its {phase} takes {factor:.1f} times as long as its peers'; all others wait for it."
            if has_run_longer
            else "Rank {rank} does not get its core: its {phase} lasts {factor:.1f} times as long as its peers'."
        )
        text = Sentence(template, rank=slow.rank, phase=slow.phase, factor=slow.factor)
        return Verdict(rule="slow-rank" if has_run_longer else "no-core", text=text, figures=tuple(figures))
    return None


def slow_rank(facts: Facts) -> Verdict | None:
    """A rank really computes longer than its peers; stages that are unequal by nature are not meant."""
    return _slow(facts, has_run_longer=True)


def no_core(facts: Facts) -> Verdict | None:
    """A rank computes no longer than its peers, but by the clock it lasts longer."""
    return _slow(facts, has_run_longer=False)


def _is_contended(mode: ModeFacts, cores: int | None) -> bool:
    """Other programs take cores that the ranks wanted."""
    if mode.other_cores is None or cores is None or mode.mode.device != "cpu":
        return False
    wanted = min(mode.mode.world_size * mode.mode.threads_per_rank, cores)
    return mode.other_cores >= OTHER_CORES and wanted + mode.other_cores > cores + OVER_CORES


def _beside(facts: Facts) -> tuple[Sentence, tuple[Figure, ...]]:
    """What other programs take, in a short sentence and its figures."""
    taken, cores = facts.now.other_cores or 0.0, facts.cores or 0
    wanted = facts.now.mode.world_size * facts.now.mode.threads_per_rank
    return Sentence("Other programs take {taken:.1f} of {cores} cores.", taken=taken, cores=cores), (
        Figure(name="cores that other programs take", value=taken, unit="cores"),
        Figure(name="cores that the ranks want", value=wanted, unit="cores"),
        Figure(name="cores of the machine", value=cores, unit="cores"),
    )


def other_programs(facts: Facts) -> Verdict | None:
    """Other programs take so much of the machine that figures say little of the mode."""
    now, cores = facts.now, facts.cores
    if not _is_contended(now, cores) or now.other_cores is None or cores is None or now.other_cores < SWAMPED * cores:
        return None
    text = Sentence(
        "Other programs take {taken:.1f} of {cores} cores; this mode wants {wanted}: its figures say little now.",
        taken=now.other_cores,
        cores=cores,
        wanted=now.mode.world_size * now.mode.threads_per_rank,
    )
    rates = _rates(now, facts.baseline) if facts.baseline is not None else _rates(now)
    return Verdict(rule="other-programs", text=text, figures=(*_beside(facts)[1], *rates))


def _was_disturbed(facts: Facts) -> bool:
    """Other programs took cores from the mode compared with, and take fewer now."""
    base, taken = facts.baseline, facts.now.other_cores
    if base is None or taken is None or base.other_cores is None or not _is_contended(base, facts.cores):
        return False
    return base.other_cores - taken >= CHANGED_CORES


def unlike_machine(facts: Facts) -> Verdict | None:
    """The mode compared with was disturbed by other programs, and this one is not."""
    base, now = facts.baseline, facts.now
    if not _was_disturbed(facts) or base is None or base.other_cores is None or now.other_cores is None:
        return None
    if facts.cores is None or base.other_cores < SWAMPED * facts.cores:
        return None
    return Verdict(
        rule="unlike-machine",
        text=Sentence(
            "While {baseline} ran, other programs took {taken:.1f} cores: run it again before you compare.",
            baseline=base.name,
            taken=base.other_cores,
        ),
        figures=(
            Figure(name=Sentence("other programs beside {mode}", mode=base.name), value=base.other_cores, unit="cores"),
            Figure(name=Sentence("other programs beside {mode}", mode=now.name), value=now.other_cores, unit="cores"),
        ),
    )


def crowded(facts: Facts) -> Verdict | None:
    """There are more ranks than cores for them."""
    if facts.now.crowd is None or facts.now.crowd[0] < CROWDED:
        return None
    share, ranks, cores = facts.now.crowd
    return Verdict(
        rule="crowded",
        text=Sentence(
            "{ranks} ranks share {cores} cores: for {share:.0%} of the time a rank is ready and has none.",
            ranks=ranks,
            cores=cores,
            share=share,
        ),
        figures=(
            Figure(name="ready, without a core", value=share, unit="share"),
            Figure(name="ranks", value=ranks),
            Figure(name="cores they may use", value=cores, unit="cores"),
        ),
    )


# Pipelines -----------------------------------------------------------------------------------------------------------


def _balance(facts: Facts) -> float | None:
    """Mean over greatest work of a stage: 1 where stages are equal."""
    work = facts.now.work_s
    return sum(work) / len(work) / max(work) if work and max(work) > 0 else None


def _bubble_figures(facts: Facts) -> tuple[Figure, ...]:
    measured, theory = facts.now.bubble or (0.0, 0.0)
    return (
        Figure(name="bubble", value=measured, unit="share"),
        Figure(name="bubble in theory, of equal stages", value=theory, unit="share", is_measured=False),
        *(
            Figure(name=Sentence("computing of rank {rank} in a step", rank=rank), value=work, unit="s")
            for rank, work in enumerate(facts.now.work_s)
        ),
    )


def unequal_stages(facts: Facts) -> Verdict | None:
    """The stages of a pipeline have unequal work, and its bubble is larger than in theory."""
    bubble, balance = facts.now.bubble, _balance(facts)
    if bubble is None or balance is None or balance >= EQUAL_STAGES or bubble[0] < bubble[1] + BUBBLE_OFF:
        return None
    total = sum(facts.now.work_s)
    text: Sentence = Sentence(
        "Bubble {measured:.0%}, theory {theory:.0%}: the stages are unequal ({shares} of the work).",
        measured=bubble[0],
        theory=bubble[1],
        shares=", ".join(f"{work / total:.0%}" for work in facts.now.work_s),
    )
    if facts.equal_layers is not None:
        hope = Sentence("With {layers} layers they are nearly equal, and the formula holds.", layers=facts.equal_layers)
        text = Sentence("{first} {then}", first=text, then=hope)
    return Verdict(rule="unequal-stages", text=text, figures=_bubble_figures(facts), example="pipeline-as-in-theory")


def short_microbatches(facts: Facts) -> Verdict | None:
    """Equal stages, and the bubble is larger than in theory by more than half as many micro-batches would cost."""
    bubble, balance, mode = facts.now.bubble, _balance(facts), facts.now.mode
    count = roles.microbatches(mode)
    if bubble is None or balance is None or balance < EQUAL_STAGES or count < 2:
        return None
    more, half = bubble[0] - bubble_theory(mode), count // 2
    saved = bubble_at(mode, half) - bubble_theory(mode)
    if more < max(BUBBLE_OFF, saved):
        return None
    return Verdict(
        rule="short-micro-batches",
        text=Sentence(
            "m={count}: micro-batches are so short ({each}) that messages take longer than the bubble saves: "
            "{measured:.0%} against {theory:.0%} in theory.",
            count=count,
            each=seconds(max(facts.now.work_s) / count),
            measured=bubble[0],
            theory=bubble[1],
        ),
        figures=(
            *_bubble_figures(facts),
            Figure(name="more than in theory", value=more, unit="share"),
            Figure(
                name=Sentence("saved in theory, of m={count}", count=half), value=saved, unit="share", is_measured=False
            ),
        ),
        example="pipeline-as-in-theory",
    )


def as_in_theory(facts: Facts) -> Verdict | None:
    """The bubble of a pipeline is that of the formula."""
    bubble, balance = facts.now.bubble, _balance(facts)
    if bubble is None or balance is None or balance < EQUAL_STAGES or abs(bubble[0] - bubble[1]) > BUBBLE_OFF:
        return None
    text: Sentence = Sentence(
        "Bubble {measured:.0%}, theory {theory:.0%}: the stages are equal, and the formula holds.",
        measured=bubble[0],
        theory=bubble[1],
    )
    if facts.baseline is not None:
        text = Sentence("{first} {then}", first=text, then=_plainly(facts.now, facts.baseline))
    return Verdict(rule="as-in-theory", text=text, figures=_bubble_figures(facts))


# What the mode is good for -------------------------------------------------------------------------------------------


def precision(facts: Facts) -> Verdict | None:
    """Another precision is slower, or faster, than fp32 in the same mode."""
    now, name = facts.now, facts.now.mode.precision
    then = next((other for other in _like(facts, "precision") if other.mode.precision == "fp32"), None)
    if then is None:
        return None
    speed = compared(now, then)
    if SLOWER < speed < FASTER:
        return None
    figures = _rates(now, then)
    if speed >= FASTER:
        text = Sentence("{name} is faster here: ×{speed} of fp32.", name=name, speed=times(speed))
    elif name in ("bf16", "fp16") and facts.number_formats is not None and name not in facts.number_formats:
        text = Sentence(
            "{name} is slower here: this CPU has no {name} units, and a step takes {factor:.1f} times as long.",
            name=name,
            factor=1 / speed,
        )
    else:
        text = Sentence(
            "{name} is slower here: a step takes {factor:.1f} times as long as in fp32.", name=name, factor=1 / speed
        )
    return Verdict(rule="precision", text=text, figures=figures)


def _whole(speed: float, ideal: float) -> float:
    """Of a step, what does not split, by Amdahl's law, where `ideal` times the threads are `speed` times as fast."""
    return min(1.0, max(0.0, (ideal / speed - 1) / (ideal - 1)))


def threads(facts: Facts) -> Verdict | None:
    """More threads than in the same mode before: by Amdahl's law, what of the step does not split."""
    now, count = facts.now, facts.now.mode.threads_per_rank
    fewer = [other for other in _like(facts, "threads") if other.mode.threads_per_rank < count]
    if not fewer or now.mode.device != "cpu":
        return None
    then = facts.baseline if facts.baseline in fewer else min(fewer, key=lambda other: other.mode.threads_per_rank)
    ideal, speed = count / then.mode.threads_per_rank, compared(now, then)
    whole = _whole(speed, ideal)
    figures = _rates(now, then)
    values = {"mode": now.name, "speed": times(speed), "then": then.name, "times": f"{ideal:g}", "whole": whole}
    if speed > SLOWER:
        figures += (Figure(name="does not split, by Amdahl's law", value=whole, unit="share", is_measured=False),)
        text = Sentence("{mode}: ×{speed} of {then}, not ×{times}: {whole:.0%} of the step does not split.", **values)
        if speed >= 0.95 * ideal:
            text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
    elif now.step_s < SHORT_STEP_S:
        text = Sentence(
            "{mode} are slower here, ×{speed} of {then}: a step of {step} is too short to share.",
            step=seconds(then.step_s),
            **values,
        )
    else:
        return None
    return Verdict(rule="threads", text=text, figures=figures)


def _uses(facts: Facts) -> Sentence | None:
    """Which part of the machine's cores the mode uses; None where it is all of them, or not known."""
    used, cores, other = facts.now.mode.world_size * facts.now.mode.threads_per_rank, facts.cores, facts.now.other_cores
    if cores is None or facts.now.mode.device != "cpu" or used >= cores:
        return None
    if other is not None and other < OTHER_CORES:
        return Sentence("It uses {used} of {cores} cores; the rest is idle.", used=used, cores=cores)
    return Sentence("It uses {used} of {cores} cores.", used=used, cores=cores)


def _while_it_ran(then: ModeFacts) -> Sentence:
    taken = then.other_cores or 0.0
    return Sentence("While {then} ran, other programs took {taken:.1f} cores.", then=then.name, taken=taken)


def _joined(first: Sentence, then: Sentence | None) -> Sentence:
    return first if then is None else Sentence("{first} {then}", first=first, then=then)


def fewer_threads(facts: Facts) -> Verdict | None:
    """Fewer threads than in the same mode before: what the others were good for."""
    now, count = facts.now, facts.now.mode.threads_per_rank
    more = [other for other in _like(facts, "threads") if other.mode.threads_per_rank > count]
    if not more or now.mode.device != "cpu":
        return None
    then = facts.baseline if facts.baseline in more else max(more, key=lambda other: other.mode.threads_per_rank)
    assert then is not None
    ideal, speed = then.mode.threads_per_rank / count, compared(now, then)
    whole, figures = _whole(1 / speed, ideal), _rates(now, then)
    values = {"mode": now.name, "speed": times(speed), "then": then.name, "ideal": times(1 / ideal), "whole": whole}
    if speed >= FASTER:
        text = Sentence("{mode}: ×{speed} of {then}: to share a step costs more here than it saves.", **values)
        if _is_contended(then, facts.cores):
            text = _joined(text, _while_it_ran(then))
        return Verdict(rule="fewer-threads", text=text, figures=figures)
    figures += (Figure(name="does not split, by Amdahl's law", value=whole, unit="share", is_measured=False),)
    text = Sentence("{mode}: ×{speed} of {then}, not ×{ideal}: {whole:.0%} of the step does not split.", **values)
    if 1 / speed >= 0.95 * ideal:
        text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
    return Verdict(rule="fewer-threads", text=_joined(text, _uses(facts)), figures=figures)


def inexact(facts: Facts) -> Verdict | None:
    """A mode whose mathematics is another one."""
    now, base = facts.now, facts.baseline
    card = next((card for card in now.mode.cards if not card.exact), None)
    if card is None or base is None or not roles.is_exact(base.mode):
        return None
    return Verdict(
        rule="inexact",
        text=Sentence(
            "{mode}: ×{speed} of {baseline}, but not the same mathematics: the loss drifts from it. {differs}",
            mode=now.name,
            speed=times(compared(now, base)),
            baseline=base.name,
            differs=Sentence(card.differs),
        ),
        figures=_rates(now, base),
        example="hogwild-drifts",
    )


def saves_memory(facts: Facts) -> Verdict | None:
    """A sharded mode holds less a rank than the same ranks unsharded, or than the mode compared with."""
    now = facts.now
    if not any(roles.shards(now.mode, card) for card in now.mode.cards) or now.held_bytes is None:
        return None
    whole = [other for other in facts.others if not any(roles.shards(other.mode, card) for card in other.mode.cards)]
    same = [other for other in whole if other.mode.world_size == now.mode.world_size]
    then = next(iter(same), facts.baseline)
    if then is None or then.held_bytes is None or now.held_bytes > SAVES_MEMORY * then.held_bytes:
        return None
    speed = compared(now, then)
    values = {"held": size(now.held_bytes), "whole": size(then.held_bytes), "speed": times(speed), "then": then.name}
    template = (
        "Sharding saves memory and costs time: {held} a rank, not {whole}; ×{speed} of {then}."
        if speed <= SLOWER
        else "Sharding saves memory, and costs no time here: {held} a rank, not {whole}; ×{speed} of {then}."
    )
    return Verdict(
        rule="saves-memory",
        text=Sentence(template, **values),
        figures=(
            Figure(name=Sentence("memory a rank, {mode}", mode=now.name), value=now.held_bytes, unit="B"),
            Figure(name=Sentence("memory a rank, {mode}", mode=then.name), value=then.held_bytes, unit="B"),
            *_rates(now, then),
        ),
        example="data-parallel-wins",
    )


def _quicker_transport(facts: Facts) -> tuple[Sentence, Figure] | None:
    """A transport that would take less than two thirds of what messages take now: seen in this run, or measured."""
    now, sending_s = facts.now, facts.now.sending_s
    if not sending_s or roles.option_with(now.mode, "transport") is None:
        return None
    found: dict[str, tuple[float, bool]] = {}
    if now.all_reduced_bytes is not None:
        found = {
            name: (link.seconds(now.all_reduced_bytes), False)
            for name, link in facts.links.items()
            if link.ranks == now.mode.world_size
        }
    found |= {
        transport_of(other.mode): (other.sending_s, True)
        for other in _like(facts, "options")
        if other.sending_s is not None
    }
    found.pop(transport_of(now.mode), None)
    if not found:
        return None
    name, (took_s, is_seen) = min(found.items(), key=lambda item: item[1][0])
    if took_s > sending_s * 2 / 3:
        return None
    template = "{transport} sent it in {time}." if is_seen else "{transport} would send it in {time}."
    return Sentence(template, transport=name, time=seconds(took_s)), Figure(
        name=Sentence("messages by {transport}", transport=name), value=took_s, unit="s", is_measured=is_seen
    )


def sends(facts: Facts) -> Verdict | None:
    """Several ranks that send messages: how fast, and what of the step the messages take."""
    now, base = facts.now, facts.baseline
    if base is None or now.sending_share is None or not now.sent_bytes or now.bubble is not None:
        return None
    speed, share = compared(now, base), now.sending_share
    if speed < FASTER and share < SENDS_MUCH:
        return None  # something else costs more, and no rule knows it
    ideal = now.mode.world_size * now.mode.threads_per_rank / max(1, base.mode.world_size * base.mode.threads_per_rank)
    values = {
        "mode": now.name,
        "speed": times(speed),
        "baseline": base.name,
        "share": share,
        "size": size(now.sent_bytes),
        "transport": transport_of(now.mode),
        "ideal": f"{ideal:g}",
    }
    if speed >= FASTER and ideal > 1 and share >= SENDS:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}, not ×{ideal}: {share:.0%} of the step sends {size} by {transport}.",
            **values,
        )
    else:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}. {share:.0%} of the step sends {size} by {transport}.", **values
        )
    figures = (
        *_rates(now, base),
        Figure(name="of the step, in messages", value=share, unit="share"),
        Figure(name="messages in a step", value=now.sending_s or 0.0, unit="s"),
        Figure(name="sent by a rank in a step", value=now.sent_bytes, unit="B"),
    )
    if share >= SENDS_MUCH and (quicker := _quicker_transport(facts)) is not None:
        text = Sentence("{first} {then}", first=text, then=quicker[0])
        figures = (*figures, quicker[1])
    return Verdict(
        rule="sends",
        text=text,
        figures=figures,
        example="data-parallel-loses" if speed >= FASTER else "data-parallel-wins",
    )


def _plainly(now: ModeFacts, base: ModeFacts) -> Sentence:
    return Sentence(
        "{mode}: ×{speed} of {baseline}.", mode=now.name, speed=times(compared(now, base)), baseline=base.name
    )


def plain(facts: Facts) -> Verdict | None:
    """The mode beside the one that others are compared with."""
    if facts.baseline is None:
        return None
    return Verdict(rule="plain", text=_plainly(facts.now, facts.baseline), figures=_rates(facts.now, facts.baseline))


def baseline(facts: Facts) -> Verdict | None:
    """The mode that others are compared with, itself."""
    if facts.baseline is not None:
        return None
    now = facts.now
    text = Sentence("{mode}: this is what the run's other modes are compared with.", mode=now.name)
    return Verdict(rule="baseline", text=_joined(text, _uses(facts)), figures=_rates(now))


RULES: tuple[Rule, ...] = (
    Rule(
        key="on-purpose",
        condition="A rank or the link was made slow on purpose (Tools), and still is.",
        judge=on_purpose,
        is_told_at_once=True,
    ),
    Rule(key="held", condition="The run is held at a pace on purpose.", judge=held, is_told_at_once=True),
    Rule(
        key="slow-rank",
        condition="A rank was found slow (1.5 times its peers, stages of a pipeline 2 times what they took at best), "
        "and where all have equal work it really computed at least 1.4 times as long as its peers; a stage is not "
        "called slow while other programs take its cores.",
        judge=slow_rank,
    ),
    Rule(
        key="other-programs",
        condition="Other programs take at least 60 % of the machine's cores, and with what the ranks want that is more "
        "than it has by at least 0.15 cores.",
        judge=other_programs,
    ),
    Rule(
        key="no-core",
        condition="A rank was found slow by the clock, though it computed no longer than its peers.",
        judge=no_core,
    ),
    Rule(
        key="crowded",
        condition="There are more ranks than cores, and for at least 10 % of the time a rank is ready and has no core.",
        judge=crowded,
    ),
    Rule(
        key="unequal-stages",
        condition="The mean work of the stages is below 85 % of the largest, and the bubble is at least 5 points more "
        "than in theory.",
        judge=unequal_stages,
    ),
    Rule(
        key="short-micro-batches",
        condition="Stages are equal (85 %), and the bubble is more than in theory by at least 5 points and by at least "
        "what half as many micro-batches would cost in theory.",
        judge=short_microbatches,
    ),
    Rule(
        key="unlike-machine",
        condition="Other programs took at least 60 % of the machine's cores from the mode compared with, and take at "
        "least 0.4 cores less now.",
        judge=unlike_machine,
    ),
    Rule(
        key="as-in-theory",
        condition="Stages are equal (85 %), and the bubble is within 5 points of theory.",
        judge=as_in_theory,
    ),
    Rule(
        key="precision",
        condition="The same mode was measured in fp32, and this one is not within 3 % of it.",
        judge=precision,
    ),
    Rule(
        key="threads",
        condition="The same mode was measured with fewer threads; where more are slower, the step is below 5 ms.",
        judge=threads,
    ),
    Rule(
        key="fewer-threads",
        condition="The same mode was measured with more threads, and not with fewer.",
        judge=fewer_threads,
    ),
    Rule(
        key="inexact",
        condition="The mathematics of the mode is another one than that of the mode compared with.",
        judge=inexact,
    ),
    Rule(
        key="saves-memory",
        condition="A sharded mode holds at most 90 % a rank of what as many ranks held unsharded, or else of what the "
        "mode compared with held.",
        judge=saves_memory,
    ),
    Rule(
        key="sends",
        condition="Ranks send messages, and the mode is faster than the one compared with, or messages take at least "
        "10 % of the step.",
        judge=sends,
    ),
    Rule(key="plain", condition="No other rule knows, and there is a mode to compare with.", judge=plain),
    Rule(
        key="baseline",
        condition="No other rule knows, and the mode is the one that others are compared with.",
        judge=baseline,
    ),
)


def judge(facts: Facts, *, is_settled: bool = True) -> Verdict | None:
    """What the first rule says that knows; before the rate has settled, only what needs no measuring."""
    found = (said(rule, facts) for rule in RULES if is_settled or rule.is_told_at_once)
    return next((verdict for verdict in found if verdict is not None), None)


def said(rule: Rule, facts: Facts) -> Verdict | None:
    """What one rule says; where other programs take cores that the mode wanted, that too, in a second sentence."""
    verdict = rule.judge(facts)
    if verdict is None or rule.is_told_at_once or rule.key == "other-programs":
        return verdict
    base = facts.baseline
    if rule.key in COMPARING and base is not None and base.other_cores is not None and _was_disturbed(facts):
        return replace(verdict, text=_joined(verdict.text, _while_it_ran(base)))
    if not _is_contended(facts.now, facts.cores):
        return verdict
    sentence, figures = _beside(facts)
    return replace(verdict, text=_joined(verdict.text, sentence), figures=(*verdict.figures, *figures))
