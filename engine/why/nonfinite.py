"""Where nan or inf began: the first event that made one out of finite numbers.

A parameter that is not finite stays so, and so does the optimizer's state. The keyframes are
bisected for the first iteration that ends with such a state, then the iterations between two of
them: at most log2(spacing) replays of at most `spacing` iterations each. In that iteration the
non-finite numbers are followed back from event to event: what is named is the first event, of
those that the number asked about was computed from. An earlier inf that came to nothing, like an
overflow under 1 / (1 + e^a), is not blamed for what a later iteration did.
May import: listing, notation, ops, moment, reasons, targets.   Imported by: answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.listing import Phase
from engine.notation import MATH
from engine.ops import Array
from engine.run import Run
from engine.why.moment import Index, Moment, OpAt, unflat
from engine.why.reasons import Discovery, Finding, Words
from engine.why.targets import element, gradient_name


@dataclass(frozen=True)
class Origin:
    """The event that made a number non-finite, and how."""

    ordinal: int
    words: Words


def first_nonfinite(run: Run, step: int, event: int) -> Finding:
    """The origin of what is not finite after an event (from 1) of an iteration (from 0)."""
    found = _within(Moment(run, step).before(event), [event])
    if found is None:
        # It came with a parameter or the optimizer's state: from the iteration that broke them.
        broken = _first_broken(run, step)
        found = _given(run) if broken is None else _broke(Moment(run, broken))
    return _finding(run, found)


def nonfinite_leaf(moment: Moment, node: int) -> Finding:
    """Of data, a constant or a parameter that no event has computed: that it was given so."""
    return _finding(moment.run, _leaf(moment, node))


def _finding(run: Run, found: Origin) -> Finding:
    words = ("the first number that is not finite: ", *found.words)
    address = run.calendar.address(found.ordinal)
    return Finding(Discovery.NONFINITE, words, found.ordinal, address)


# --- between iterations -------------------------------------------------------------------------


def _first_broken(run: Run, step: int) -> int | None:
    """The iteration that began finite and left a state that is not, at the start of `step`.

    None where the run began with one. What an edit put right again is not looked for before it.
    """
    owner = run.owner(max(1, step * run.calendar.events))
    if _finite_at(owner, owner.first):
        return _bisected(owner, owner.first, step)
    if owner.origin is None:
        return None
    opening = owner.first - 1
    return opening if _finite_at(owner, opening) else _first_broken(owner.origin.run, opening)


def _bisected(run: Run, good: int, bad: int) -> int:
    """The last iteration that begins finite, where `good` does and `bad` does not."""
    while bad - good > 1:
        middle = (good + bad) // 2
        key, state = run.keyframes.before(middle)
        if good < key < bad:
            # As good as the middle, and nothing to replay. A state begins with the loss before it.
            middle, fine = key, bool(np.isfinite(state[1:]).all())
        else:
            fine = _finite_at(run, middle)
        good, bad = (middle, bad) if fine else (good, middle)
    return good


def _finite_at(run: Run, step: int) -> bool:
    """Whether every trained parameter and the optimizer's state are finite as `step` begins."""
    return bool(np.isfinite(run.state_before(step)[1:]).all())


def _given(run: Run) -> Origin:
    """What a run began with that is not finite."""
    moment = Moment(run, 0)
    for node in moment.record.updated:
        if _bad_leaf(moment, node):
            return _leaf(moment, node)
    return Origin(1, ("the optimizer's state, from the start",))


def _broke(moment: Moment) -> Origin:
    """What, in an iteration that began finite, left a state that is not."""
    record = moment.record
    events = [
        moment.listing.update_step[node]
        for node, after in record.updated.items()
        if not all(np.isfinite(a).all() for a in (after, *record.optimizer[node].values()))
    ]
    found = _within(moment, events)
    assert found is not None, "an iteration that began finite broke nothing"
    return found


# --- within an iteration ------------------------------------------------------------------------


def _within(moment: Moment, events: list[int]) -> Origin | None:
    """The first event in time, before or at `events`, that made a non-finite number.

    None where it came into the iteration with a parameter or the optimizer's state.
    """
    origins, given, seen, waiting = [], [], set(), list(events)
    while waiting:
        event = waiting.pop()
        if event in seen:
            continue
        seen.add(event)
        feeding = list(_feeding(moment, event))
        leaves = [node for node, source in feeding if source is None and _bad_leaf(moment, node)]
        before = [source for _, source in feeding if source is not None and _bad(moment, source)]
        step = moment.listing.step(event)
        state = step.phase is Phase.UPDATE and not step.is_clip and _bad_state(moment, step.node)
        if state or any(_brought(moment, node) for node in leaves):
            return None
        given += leaves
        waiting += before
        if not leaves and not before and _bad(moment, event):
            origins.append(event)
    if given:
        return _leaf(moment, min(given))
    return _told(moment, min(origins)) if origins else None


def _brought(moment: Moment, node: int) -> bool:
    """Whether a leaf came into this iteration from the one before."""
    return node in moment.listing.update_step and moment.edited(node) is None and moment.step > 0


def _result(moment: Moment, event: int) -> list[Array]:
    """What an event left behind."""
    record, step = moment.record, moment.listing.step(event)
    match step.phase:
        case Phase.FORWARD:
            found = [record.values[event - 1]]
        case Phase.BACKWARD:
            found = [record.gradients[event - 1]]
        case Phase.UPDATE if step.is_clip:
            found = list(record.clipped.values())
        case Phase.UPDATE:
            assert step.node is not None
            found = [record.updated[step.node], *record.optimizer[step.node].values()]
        case _:
            found = [record.leaves[n.id] for n in moment.graph.nodes if n.kind == "data"]
    return [np.asarray(a) for a in found if a is not None]


def _bad(moment: Moment, event: int) -> bool:
    return not all(np.isfinite(a).all() for a in _result(moment, event))


def _bad_leaf(moment: Moment, node: int) -> bool:
    return not np.isfinite(moment.used(node)).all()


def _bad_state(moment: Moment, node: int | None) -> bool:
    before = moment.record.optimizer_before.get(node if node is not None else -1, {})
    return not all(np.isfinite(a).all() for a in before.values())


def _feeding(moment: Moment, event: int) -> Iterator[tuple[int, int | None]]:
    """(node, the event that made it) of what an event read; no event for a leaf."""
    listing, step = moment.listing, moment.listing.step(event)
    match step.phase:
        case Phase.FORWARD:
            assert step.node is not None
            yield from ((i, listing.forward_step.get(i)) for i in moment.graph[step.node].operands)
        case Phase.BACKWARD if step.source is not None and step.operand is not None:
            assert step.node is not None
            source = moment.graph[step.source]
            yield source.id, listing.gradient_steps[source.id][-1]
            # Whether or not this derivative reads them: 1 / z is inf for the reason that w / z is.
            yield from ((i, listing.forward_step.get(i)) for i in (source.id, *source.operands))
            so_far = [s for s in listing.gradient_steps[step.node] if s < event]
            yield from ((step.node, s) for s in so_far[-1:])
        case Phase.UPDATE:
            nodes = listing.update_step if step.node is None else (step.node,)
            for node in nodes:
                clip = listing.clip_step
                clipped = clip is not None and step.node is not None
                yield node, clip if clipped else listing.gradient_steps[node][-1]
                if step.node is not None:
                    yield node, None


# --- in words -----------------------------------------------------------------------------------


def _first(array: Array) -> Index:
    return unflat(array.shape, int(np.flatnonzero(~np.isfinite(array))[0]))


def _leaf(moment: Moment, node: int) -> Origin:
    value, n = moment.used(node), moment.graph[node]
    at = _first(value)
    edited = moment.edited(node, at) is not None
    what = "an edit of the" if edited else "the initial value of" if n.trainable else "the"
    words: list[str | float] = [f"{what} {n.kind} {element(moment.graph, node, at)} is "]
    words.append(float(value[at]))
    sample = moment.sample(node, at)
    if sample is not None:
        words.append(f" (row {sample.row + 1})")
    return Origin(moment.made(node, at), tuple(words))


def _told(moment: Moment, event: int) -> Origin:
    step = moment.listing.step(event)
    match step.phase:
        case Phase.FORWARD:
            words = _forward(moment, event)
        case Phase.BACKWARD:
            words = _backward(moment, event)
        case _ if step.is_clip:
            words = ("clipping: ‖g‖ = ", moment.record.norm, ", scale = ", moment.record.scale)
        case _:
            return _update(moment, event)
    return Origin(moment.ordinal(event), words)


def _forward(moment: Moment, event: int) -> Words:
    node = moment.listing.step(event).node
    assert node is not None
    value, op = moment.used(node), moment.op(node)
    at = _first(value)
    operands = [
        (position, unflat(op.shapes[position], places[0]))
        for position, (places, _) in enumerate(op.row(at))
        if len(places) and moment.graph[op.operands[position]].literal is None
    ]
    why = _reason(op, at, float(value[at]))
    words: list[str | float] = [f"{element(moment.graph, node, at)} = ", float(value[at]), why]
    # Of a sum of many numbers none stands for the rest.
    if op.op.elementwise:
        for count, (position, index) in enumerate(islice(operands, 3)):
            name = element(moment.graph, op.operands[position], index)
            words += [", " if count else " because ", f"{name} = "]
            words.append(float(op.arrays[position][index]))
    return tuple(words)


def _reason(op: OpAt, at: Index, result: float) -> str:
    """What is wrong in a word, where it is known."""
    numbers = [float(op.numbers(e)[at]) for e in op.written] if op.op.elementwise else []
    match op.op.name, numbers:
        case "log", [a] if a < 0:
            return " (logarithm of a negative number)"
        case "log", _:
            return " (logarithm of 0)"
        case "log1p", [a] if a <= -1:
            return " (logarithm of 1 + a ≤ 0)"
        case "sqrt", [a] if a < 0:
            return " (root of a negative number)"
        case "div", [a, b] if b == 0:
            return " (0 / 0)" if a == 0 else " (division by 0)"
        case "pow", [a, b] if a == 0 and b < 0:
            return " (0 to a negative power)"
        case "pow", [a, _] if a < 0 and np.isnan(result):
            return " (negative number to a broken power)"
        case _:
            return " (not a number)" if np.isnan(result) else " (overflow)"


def _backward(moment: Moment, event: int) -> Words:
    step = moment.listing.step(event)
    assert step.node is not None and step.source is not None and step.operand is not None
    graph, op = moment.graph, moment.op(step.source)
    contribution = np.asarray(moment.record.contributions[event - 1])
    if np.isfinite(contribution).all():
        gradient = np.asarray(moment.record.gradients[event - 1])
        at = _first(gradient)
        name = gradient_name(graph, step.node, at)
        return (f"{name} = ", float(gradient[at]), " (the contributions overflow)")
    at = _first(contribution)
    places, slopes = op.column(step.operand, at)
    upstream = moment.gradient(op.node).reshape(-1)[places]
    with np.errstate(all="ignore"):
        wrong = np.flatnonzero(~np.isfinite(upstream * slopes))
    name = gradient_name(graph, step.node, at)
    words: list[str | float] = [f"{name} receives ", float(contribution[at])]
    if not len(wrong):
        return (*words, " (overflow of its sum)")
    out_index = unflat(op.shape, int(places[wrong[0]]))
    local = f"∂{element(graph, op.node, out_index)}/∂{element(graph, step.node, at)}"
    words += [" because ", f"{gradient_name(graph, op.node, out_index)} = "]
    words += [float(upstream[wrong[0]]), f" and {local} = ", float(slopes[wrong[0]])]
    if op.op.elementwise:
        names = [graph[i].name for i in (*op.operands, op.node)]
        partial = MATH.write(op.partial(step.operand), names.__getitem__)
        words.append(f" ({partial}) at ")
        value = moment.used(step.node)[at]
        words += [f"{element(graph, step.node, at)} = ", float(value)]
    return tuple(words)


def _update(moment: Moment, event: int) -> Origin:
    node = moment.listing.step(event).node
    assert node is not None
    record = moment.record
    after = [record.updated[node], *record.optimizer[node].values()]
    at = next(_first(np.asarray(a)) for a in after if not np.isfinite(a).all())
    name, result = element(moment.graph, node, at), float(record.updated[node][at])
    edited = moment.edited(node, at, updated=True)
    if edited is not None:
        return Origin(edited, (f"an edit set {name} to ", result))
    gradient = record.clipped.get(node)
    gradient = moment.gradient(node) if gradient is None else gradient
    words: list[str | float] = [
        f"the update of {name} gives ",
        result,
        " from ",
        float(moment.used(node)[at]),
        f" with {gradient_name(moment.graph, node, at)} = ",
        float(gradient[at]),
        " and lr = ",
        record.rate,
    ]
    return Origin(moment.ordinal(event), tuple(words))
