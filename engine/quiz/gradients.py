"""Questions about gradients: the sign, the value, the factor that is 0.

May import: chains, asked, numerals, questions.   Imported by: asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from engine.listing import Phase
from engine.quiz.asked import WITHIN, Asked, amount, askable, legible, length
from engine.quiz.chains import Chain, Terms, edges, readers, through_op
from engine.quiz.questions import Answer, Choice, Question, QuestionKind, Slip
from engine.why.targets import element

ROUNDING = 1e-9
"""A sum below this part of its terms may be all rounding error."""

POSITIVE = Choice("positive", "it is negative", ("+", "pos", "plus", "> 0"))
NEGATIVE = Choice("negative", "it is positive", ("-", "neg", "minus", "< 0"))
ZERO = Choice("0", "no factor is 0", ("zero", "none", "= 0"))


class Spot:
    """A gradient to ask about: what arrives at a node through one formula, or by one event."""

    def __init__(
        self, event: int, node: int, derive: Callable[[], Terms | None], through: str
    ) -> None:
        self.event, self.node, self.derive = event, node, derive
        self.through = through
        """What the gradient flows through; nothing where this is all of it."""

    @cached_property
    def terms(self) -> Terms | None:
        """The terms of each of its elements: derived when it is asked about, and once."""
        return self.derive()


def _spots(asked: Asked) -> list[Spot]:
    """Every gradient of the iteration that could be asked about, in the order of chance."""
    graph, moment, listing = asked.graph, asked.moment, asked.run.listing
    found: list[Spot] = []
    for node in graph.named.values():
        if node == graph.loss or node not in listing.gradient_steps:
            continue
        ways = readers(moment, node)
        for above in ways:
            event = edges(moment, above, node)[-1]
            through = f"through {graph[above].name}" if len(ways) > 1 else ""
            if asked.about(event):
                derive = partial(asked.through_formula, above, node)
                found.append(Spot(event, node, derive, through))
    for step in listing.steps:
        if step.phase is not Phase.BACKWARD or step.source is None or step.node is None:
            continue
        if not (asked.named_once(step.node) and asked.named_once(step.source)):
            continue
        several = len(listing.gradient_steps[step.node]) > 1
        through = f"through {element(graph, step.source)}" if several else ""
        if asked.about(step.index):
            derive = partial(_by_op, asked, step.index, step.source, step.node)
            found.append(Spot(step.index, step.node, derive, through))
    return asked.shuffled(found)


def _by_op(asked: Asked, event: int, source: int, node: int) -> Terms | None:
    """What an event contributes, unless the formula that it belongs to says so already."""
    graph = asked.graph
    formula = graph[source].formula
    above = graph.formulas[formula].node if formula is not None else source
    if above in readers(asked.moment, node) and asked.through_formula(above, node):
        return None
    return through_op(asked.moment, event)


def _chains(asked: Asked, spot: Spot) -> Iterator[Chain]:
    """Elements of a gradient, or samples' shares of them, that one can compute by hand."""
    for index in asked.elements(asked.moment.shapes[spot.node]):
        terms = spot.terms(index) if spot.terms else None
        if terms is None or not np.isfinite(terms.products).all():
            continue
        shares = asked.shuffled(list(terms.shares()))[:2]
        whole = terms.whole()
        if whole is not None:
            yield whole
        for sample, some in shares if whole is None or asked.coin() else ():
            yield terms.share(sample, some)


def _best(asked: Asked, spot: Spot) -> Chain | None:
    """The chain with the fewest digits among those that can be asked about."""
    found = [
        chain
        for chain in _chains(asked, spot)
        if askable(chain.total)
        and abs(chain.total) > ROUNDING * np.abs(chain.terms).sum()
        and legible(chain.total, chain.legible_total)
        and (asked.event is not None or not chain.trivial)
    ]
    return min(found, key=lambda c: length(c.given), default=None)


def _subject(asked: Asked, spot: Spot, chain: Chain) -> str:
    """What is asked for, in words."""
    if chain.sample is not None:
        row = asked.moment.record.samples[chain.sample]
        share = f"the share of sample {chain.sample + 1} (row {row + 1}) in {chain.name}"
        return f"{share} {spot.through}".strip()
    return f"the part of {chain.name} {spot.through}" if spot.through else chain.name


def _question(
    asked: Asked, kind: QuestionKind, spot: Spot, chain: Chain, text: str, answer: Answer
) -> Question:
    question = asked.question(
        kind,
        spot.event,
        text,
        answer,
        given=chain.given,
        hints=chain.hints,
        explanation=chain.explanation(),
    )
    return replace(question, links=chain.links)


def sign_questions(asked: Asked) -> Iterator[Question]:
    """Up or down? The sign of a gradient that is not 0."""
    for spot in _spots(asked):
        chain = _best(asked, spot)
        if chain is None:
            continue
        right, wrong = (POSITIVE, NEGATIVE) if chain.total > 0 else (NEGATIVE, POSITIVE)
        text = f"Which sign has {_subject(asked, spot, chain)}?"
        answer = asked.one_of(right, [wrong, ZERO])
        yield _question(asked, QuestionKind.SIGN, spot, chain, text, answer)


def value_questions(asked: Asked) -> Iterator[Question]:
    """How much is it? A number to compute, or to choose among what slips lead to."""
    for spot in _spots(asked):
        chain = _best(asked, spot)
        if chain is None:
            continue
        wanted = amount(chain.total, tuple(_slips(chain)))
        choice = asked.choice_of(wanted) if asked.coin() else None
        within = "" if choice else WITHIN
        text = f"What is {_subject(asked, spot, chain)}{within}?"
        yield _question(asked, QuestionKind.VALUE, spot, chain, text, choice or wanted)


def _slips(chain: Chain) -> Iterator[Slip]:
    """What comes out where a step is forgotten."""
    total = chain.total
    yield Slip(-total, "the wrong sign")
    if chain.counted > 1:
        yield Slip(total * chain.counted, "1/N is missing")
    for left_out, link in enumerate(chain.links):
        others = [np.array(o.values) for at, o in enumerate(chain.links) if at != left_out]
        if others:
            value = float(np.sum(np.prod(np.array(others), axis=0)))
            upstream = left_out == 1 and len(chain.links) == 2 and chain.slopes == 1
            word = "that is the upstream gradient alone: " if upstream else ""
            yield Slip(value, f"{word}the factor {link.symbol} is missing")
    if len(chain.terms) > 1:
        largest = float(chain.terms[np.argmax(np.abs(chain.terms))])
        yield Slip(largest, "that is one term alone: they add up")
        mean = total / len(chain.terms)
        yield Slip(mean, "that is the mean of the terms: they add up")


def zero_questions(asked: Asked) -> Iterator[Question]:
    """Why is it 0? The one factor that is."""
    for spot in _spots(asked):
        found = next(_zero_chains(asked, spot), None)
        if found is None:
            continue
        chain, at = found
        right = Choice(chain.links[at].symbol)
        wrong = [
            Choice(link.symbol, f"that one is {chain.hints[i - len(chain.links)].split(' = ')[-1]}")
            if i >= len(chain.links) - chain.slopes
            else Choice(link.symbol, "that one is given, and not 0")
            for i, link in enumerate(chain.links)
            if i != at
        ]
        subject = _subject(asked, spot, chain)
        text = f"{subject[0].upper()}{subject[1:]} is 0. Which factor is 0?"
        answer = asked.one_of(right, wrong)
        yield _question(asked, QuestionKind.ZERO, spot, chain, text, answer)


def _zero_chains(asked: Asked, spot: Spot) -> Iterator[tuple[Chain, int]]:
    """Chains of which exactly one factor is 0, in every term, and which one that is."""
    for index in asked.elements(asked.moment.shapes[spot.node]):
        terms = spot.terms(index) if spot.terms else None
        if terms is None or not (terms.products == 0).any():
            continue
        zero = [
            terms.share(sample, some)
            for sample, some in terms.shares()
            if not terms.products[some].any()
        ]
        whole = terms.whole()
        if whole is not None and not terms.products.any():
            zero.insert(0, whole)
        for chain in zero:
            nothing = [not np.any(link.values) for link in chain.links]
            clear = all(
                none or all(link.values) for none, link in zip(nothing, chain.links, strict=True)
            )
            at = nothing.index(True) if any(nothing) else 0
            hidden = at >= len(chain.links) - chain.slopes
            if sum(nothing) == 1 and clear and hidden and chain.slopes > 1:
                yield chain, at
                break
