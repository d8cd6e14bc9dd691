"""One sample of a batch alone: samples and what is none of them add up to the batch's gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Debugger, SampleAlone, State, open_lesson, sample_record
from engine.explain import Level
from engine.trace import IterationRecord
from tests.engine.test_derivation import LEVELS, assert_adds_up, at_the_last_gradient, close, opened
from tests.experiments import EXPERIMENTS
from tests.strategies import TWO_LAYERS, Sketch, sketches


def records(state: State) -> list[IterationRecord]:
    return [sample_record(state, k) for k in range(len(state.record.samples))]


def assert_samples_add_up(debugger: Debugger) -> None:
    """Every contribution and every gradient below the samples is the sum of the samples' own."""
    state = debugger.state
    of_each = records(state)
    for n in debugger.graph.parameters:
        shares = debugger.derive(n.name).shares
        if shares is None:
            continue
        alone = [replace(state, record=record).gradient(n.id) for record in of_each]
        for k, gradient in enumerate(alone):
            assert gradient is not None
            assert close(gradient, shares.samples[k], [shares.samples])
            parts = replace(state, record=of_each[k]).contributions(n.id)
            assert close(sum(parts, np.zeros(gradient.shape)), gradient, list(parts))


@settings(max_examples=40)
@given(sketches(smooth=False))
def test_a_sample_alone_has_its_share_of_every_gradient(sketch: Sketch) -> None:
    debugger = opened(sketch)
    if all(np.isfinite(v).all() for v in debugger.state.record.gradients if v is not None):
        assert_samples_add_up(debugger)


@settings(max_examples=30)
@given(sketches(smooth=False), st.sampled_from(LEVELS))
def test_a_sample_s_derivation_adds_up_to_its_share(sketch: Sketch, level: Level) -> None:
    debugger = opened(sketch)
    record = debugger.state.record
    if all(np.isfinite(v).all() for v in record.gradients if v is not None):
        for k in range(len(record.samples)):
            alone = SampleAlone(debugger, sample_record(debugger.state, k))
            for n in debugger.graph.parameters:
                derivation = alone.derive(n.name, level=level)
                if derivation.ways:
                    assert_adds_up(derivation)


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_of_every_experiment_too(lesson: str) -> None:
    assert_samples_add_up(at_the_last_gradient(Debugger(open_lesson(lesson))))


def at(debugger: Debugger, sample: int) -> SampleAlone:
    return SampleAlone(debugger, sample_record(debugger.state, sample))


def test_the_lecture_s_fourth_sample_alone() -> None:
    debugger = opened(TWO_LAYERS)
    before = debugger.state.record
    alone = at(debugger, 3)
    assert alone.state.gradient(debugger.graph.named["w1"]) == -4.3125
    derivation = alone.derive("w1")
    assert derivation.gradient == derivation.ways[0].product == -4.3125
    assert alone.chain_rule("w1").paths[0].product == -4.3125
    assert alone.report().result == -4.3125
    assert alone.state.gradient(debugger.graph.named["h"]).tolist() == [0, 0, 0, -2.15625]  # pyright: ignore
    # The run and the batch are as they were.
    assert debugger.state.record is before
    assert debugger.state.gradient(debugger.graph.named["w1"]) == -7.3125
    assert alone.derive("w1", "h").gradient == debugger.derive("w1", "h").gradient


def test_an_update_is_the_batch_s() -> None:
    debugger = opened(TWO_LAYERS)
    record = sample_record(debugger.state, 0)
    debugger.goto(".20")
    assert SampleAlone(debugger, record).report().symbols == debugger.report().symbols
    parts = {p.label: p.value for p in SampleAlone(debugger, record).report().parts}
    assert parts["gradient"] == debugger.state.gradient(debugger.graph.named["w1"])


def test_what_is_no_sample_s_is_not_in_its_share() -> None:
    sketch = Sketch(
        "loss = mean((w * x - y)**2) + 0.5 * w**2", {"w": 2.0}, {"x": [1.0, 2.0], "y": [0.0, 1.0]}
    )
    debugger = opened(sketch)
    shares = [at(debugger, k).derive("w") for k in range(2)]
    assert [float(s.gradient) for s in shares if s.gradient is not None] == [2.0, 6.0]
    for share in shares:
        products = [float(way.product) for way in share.ways if way.product is not None]
        assert sum(products) == share.gradient
        assert float(share.arrivals[-1].total or 0.0) == share.gradient
