"""Questions and their answers: right by independent means, picked by a seed, judged fairly."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    HINT_COST,
    Address,
    AddressError,
    Amount,
    Debugger,
    Experiment,
    Marked,
    OneOf,
    Outcome,
    Question,
    QuestionKind,
    Quiz,
    ReplyError,
    Run,
    judge,
    open_lesson,
    parse_experiment,
    parse_target,
    questions,
    quiz_fields,
    quiz_sheet,
)
from engine.quiz.chains import edges, readers, through_formula, through_op
from engine.quiz.numerals import read_number, written
from engine.why.moment import Moment
from tests.engine.numpy_language import evaluated
from tests.engine.test_network_ops import NETWORKS
from tests.experiments import EXPERIMENTS
from tests.strategies import TWO_LAYERS, Sketch, sketches

LESSONS = EXPERIMENTS
GOLDEN = Path(__file__).parents[1] / "tui" / "goldens" / "quiz-two-layer.md"
EXACT = ("training.learning_rate=0.0625", "training.epochs=3")


@cache
def asked_of(lesson: str, seed: int = 7) -> tuple[Run, tuple[Question, ...]]:
    run = Run(open_lesson(lesson))
    return run, questions(run, 1, seed, 16)


def every(kind: QuestionKind, asked: Sequence[Question]) -> list[Question]:
    return [question for question in asked if question.kind is kind]


def ordinal(run: Run, question: Question) -> int:
    return run.calendar.ordinal(question.address)


def right_value(question: Question) -> float:
    """The right number, also where it is one to choose."""
    match question.answer:
        case Amount(value):
            return value
        case OneOf(choices, right):
            return read_number(choices[right].text)
        case _:
            raise AssertionError(question)


# --- which questions -----------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_enough_to_ask_of_more_than_half_of_the_kinds(lesson: str) -> None:
    _, asked = asked_of(lesson)
    assert len(asked) == 16
    assert len({(question.text, question.given) for question in asked}) == 16
    assert len({question.kind for question in asked}) >= 5


def test_all_kinds_are_asked_somewhere() -> None:
    found = {question.kind for lesson in LESSONS for question in asked_of(lesson)[1]}
    assert found == set(QuestionKind) - {QuestionKind.LESSON}


@pytest.mark.parametrize("lesson", ["two-layer", "spiral", "lstm-cell"])
def test_the_same_seed_asks_the_same_questions_however_one_has_come(lesson: str) -> None:
    _, asked = asked_of(lesson)
    run = Run(open_lesson(lesson))
    run.advance(7)
    assert questions(run, 1, 7, 16) == asked
    assert questions(run, 1, 7, 5) == asked[:5]


def test_other_seeds_and_other_events_ask_other_questions() -> None:
    run, asked = asked_of("two-layer")
    assert len({questions(run, 1, seed, 10) for seed in range(8)}) == 8
    texts = [question.text for question in asked]
    assert [question.text for question in questions(run, 24, 7, 16)] != texts


def test_the_first_question_is_about_the_event_itself() -> None:
    run = Run(open_lesson("two-layer"))
    asked_about = [e for e in range(1, run.calendar.events + 1) if _first_at(run, e) == e]
    # Nothing is asked about loading a batch, the seed ∂loss/∂loss = 1, and a mean's equal shares.
    assert set(range(1, run.calendar.events + 1)) - set(asked_about) <= {1, 9, 10, 20, 21, 22}


def _first_at(run: Run, event: int) -> int:
    (first,) = questions(run, event, 3, 1)
    return first.address.event


def test_a_small_iteration_is_followed_by_the_next_ones() -> None:
    run = Run(open_lesson("chain-rule"))
    asked = questions(run, 1, 0, 30)
    assert len(asked) == 30
    assert {question.address.epoch for question in asked} > {1, 2}


def test_a_run_with_little_to_ask_has_fewer_questions_and_one_of_nothing_none() -> None:
    few = Sketch("loss = w * w", {"w": 3.0}, training={"epochs": 1}).opened()
    assert 0 < len(questions(Run(few), 1, 0, 50)) < 50
    nothing = Sketch("loss = w * 0", {"w": 0.0}, training={"epochs": 1}).opened()
    assert not any(
        question.kind in (QuestionKind.SIGN, QuestionKind.VALUE)
        for question in questions(Run(nothing), 1, 0, 50)
    )


def test_an_event_that_is_not_there_is_an_address_error() -> None:
    with pytest.raises(AddressError):
        questions(Run(open_lesson("two-layer")), 10**9, 0)


def test_nothing_that_is_not_finite_is_asked_for_or_shown() -> None:
    run = Run(open_lesson("exploding-loss"))
    last = run.calendar.total
    run.advance(run.calendar.steps)
    for question in questions(run, last, 1, 20):
        text = json.dumps(quiz_fields(run.experiment, [question], 1))
        assert "nan" not in text and '"inf' not in text and " inf" not in text


# --- the answers, by other means -----------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_gradients_are_what_the_run_recorded(lesson: str) -> None:
    run, asked = asked_of(lesson)
    about = [q for q in asked if q.kind in (QuestionKind.VALUE, QuestionKind.SIGN)]
    assert about
    for question in about:
        gradient_agrees(run, question)


def gradient_agrees(run: Run, question: Question) -> None:
    """Whether the answer is the recorded gradient, where the question is about all of it."""
    total = product_sum(question)
    if question.kind is QuestionKind.SIGN:
        assert isinstance(question.answer, OneOf)
        sign = {1.0: "positive", -1.0: "negative"}[math.copysign(1.0, total)]
        assert question.answer.choices[question.answer.right].text == sign
    else:
        assert right_value(question) == pytest.approx(total, rel=1e-4)
    name = question.explanation[0].split(" = ")[0]
    if "the share of" in question.text or "the part of" in question.text:
        return
    state = run.state(ordinal(run, question))
    node, index = find_gradient(run, name)
    assert float(np.asarray(state.gradient(node))[index]) == pytest.approx(total, rel=1e-9)


def find_gradient(run: Run, name: str) -> tuple[int, tuple[int, ...]]:
    """The node and the element of ``∂loss/∂W[0, 1]``, inner ops too."""
    below = name.split("/∂", 1)[1]
    for node in run.graph.nodes:
        called = node.name if node.name.isidentifier() else f"({node.name})"
        if below == called:
            return node.id, ()
        if below.startswith(f"{called}["):
            return node.id, tuple(map(int, below.removeprefix(f"{called}[")[:-1].split(",")))
    raise AssertionError(name)


def product_sum(question: Question) -> float:
    """The factors multiplied, and the terms added up."""
    return float(np.prod(np.array([link.values for link in question.links]), axis=0).sum())


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_terms_of_a_gradient_add_up_to_what_its_events_contributed(lesson: str) -> None:
    run, _ = asked_of(lesson)
    moment, listing = Moment(run, 0), run.listing
    checked = 0
    for node, events in listing.gradient_steps.items():
        some = list(np.ndindex(np.shape(moment.gradient(node))))[::7][:3]
        ways = [((event,), through_op(moment, event)) for event in events]
        if node in run.graph.named.values() and node != run.graph.loss:
            ways += [
                (edges(moment, above, node), through_formula(moment, above, node))
                for above in readers(moment, node)
            ]
        for carried, terms in ways:
            contributions = [np.asarray(moment.record.contributions[e - 1]) for e in carried]
            for index in some:
                if terms is None or (found := terms(index)) is None:
                    continue
                total = sum(float(contribution[index]) for contribution in contributions)
                size = float(np.abs(found.products).sum())
                assert found.products.sum() == pytest.approx(total, rel=1e-9, abs=1e-12 * size)
                shares = dict(found.shares())
                assert sum(map(len, shares.values())) <= len(found.samples)
                for sample, at in shares.items():
                    assert {found.samples[i] for i in at} == {sample}
                    assert found.share(sample, at).total == pytest.approx(found.products[at].sum())
                checked += 1
    assert checked >= 3


@settings(max_examples=25)
@given(sketches(), st.integers(0, 99))
def test_gradients_in_random_programs_are_what_central_differences_measure(
    sketch: Sketch, seed: int
) -> None:
    run = Run(sketch.opened())
    for question in questions(run, 1, seed, 8):
        if question.kind not in (QuestionKind.VALUE, QuestionKind.SIGN):
            continue
        gradient_agrees(run, question)
        if "share of" in question.text or "part of" in question.text:
            continue
        node, index = find_gradient(run, question.explanation[0].split(" = ")[0])
        name = run.graph[node].name
        if name in sketch.parameters and question.address.epoch == 1:
            slope = central_difference(sketch, run, question.address, name, index)
            assert product_sum(question) == pytest.approx(slope, rel=1e-4, abs=1e-6)


def central_difference(
    sketch: Sketch, run: Run, address: Address, name: str, index: tuple[int, ...]
) -> float:
    record = run.state(run.calendar.ordinal(address)).record
    leaves = {run.graph[i].name: np.array(value) for i, value in record.leaves.items()}
    ends: list[float] = []
    for step in (1e-5, -1e-5):
        nudged = {**leaves, name: leaves[name].copy()}
        nudged[name][index] += step
        ends.append(float(evaluated(sketch.formulas.splitlines(), nudged)["loss"]))
    return (ends[0] - ends[1]) / 2e-5


def test_a_sample_s_share_is_the_gradient_of_that_sample_alone() -> None:
    run, _ = asked_of("two-layer")
    seen = 0
    for seed in range(12):
        for question in every(QuestionKind.VALUE, questions(run, 1, seed, 16)):
            parameter = question.explanation[0].split(",")[0].split("/∂")[1]
            if "the share of sample" not in question.text or question.address.epoch > 1:
                continue
            if parameter not in TWO_LAYERS.parameters:
                continue
            sample = int(question.text.split("sample ")[1].split(" ")[0]) - 1
            x, y = run.experiment.data["x"][sample], run.experiment.data["y"][sample]
            one = Sketch(
                f"{TWO_LAYERS.formulas.replace('mean', 'sum')} / 4",
                {k: float(v) for k, v in run.experiment.leaves.items()},
                {"x": [float(x)], "y": [float(y)]},
            ).opened()
            debugger = Debugger(one)
            debugger.goto(debugger.calendar.events)
            found = debugger.state.node(parameter).gradient
            assert product_sum(question) == pytest.approx(float(np.asarray(found)))
            seen += 1
    assert seen >= 5


@pytest.mark.parametrize("lesson", LESSONS)
def test_forward_values_are_what_the_event_computes(lesson: str) -> None:
    run, asked = asked_of(lesson)
    for question in every(QuestionKind.FORWARD, asked):
        state = run.state(ordinal(run, question))
        name = question.text.split(" = ")[0]
        node, index = find_gradient(run, f"∂l/∂{name}")
        assert state.step.node == node
        value = float(np.asarray(state.value(node))[index])
        assert right_value(question) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_factor_that_is_0_is_the_only_one(lesson: str) -> None:
    _, asked = asked_of(lesson)
    for question in every(QuestionKind.ZERO, asked):
        assert isinstance(question.answer, OneOf)
        chosen = question.answer.choices[question.answer.right].text
        zero = [link.symbol for link in question.links if not any(link.values)]
        assert zero == [chosen]
        assert all(all(link.values) for link in question.links if link.symbol != chosen)
        assert product_sum(question) == 0


def test_the_dead_relu_is_found() -> None:
    run = Run(open_lesson("dead-relu"))
    asked = [q for seed in range(5) for q in every(QuestionKind.ZERO, questions(run, 1, seed, 16))]
    assert any("h2" in judge_right(question) for question in asked)


def judge_right(question: Question) -> str:
    return judge(question, right_reply(question)).wanted


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_parameter_that_moves_most_is_that_of_the_recorded_update(lesson: str) -> None:
    run, asked = asked_of(lesson)
    for question in every(QuestionKind.MOVES, asked):
        assert isinstance(question.answer, OneOf)
        record = run.state(ordinal(run, question)).record
        moved = {
            run.graph[n].name: float(np.abs(after - record.leaves[n]).max())
            for n, after in record.updated.items()
        }
        best = question.answer.choices[question.answer.right].text
        assert moved[best] == max(moved.values())
        assert sorted(moved.values())[-2] < 0.97 * moved[best]


FULL_BATCH = [
    name for name in LESSONS if open_lesson(name).training.batches.per_epoch == 1
]  # fmt: skip


@pytest.mark.parametrize("lesson", FULL_BATCH)
def test_what_the_loss_does_next_is_what_the_next_iteration_computes(lesson: str) -> None:
    run = Run(open_lesson(lesson))
    (question, *_) = [*every(QuestionKind.LOSS, questions(run, 1, 1, 40)), None]
    if question is None:
        pytest.skip("the first steps of this lesson do not change the loss visibly")
    step = run.calendar.step(ordinal(run, question))
    run.advance(step + 2)
    before, after = run.record(step).loss, run.record(step + 1).loss
    said = judge_right(question)
    assert ("goes up" in said) == (after > before)
    amount = read_number(said.split("about ")[1])
    assert amount == pytest.approx(abs(after - before), rel=0.06)


def test_a_loss_that_stays_is_said_to_stay() -> None:
    still = Sketch("loss = w * w", {"w": 3.0}, training={"learning_rate": 0.0}).opened()
    (question,) = every(QuestionKind.LOSS, questions(Run(still), 1, 0, 20))
    assert "stays" in judge_right(question)


@settings(max_examples=15)
@given(sketches(smooth=False), st.integers(0, 99))
def test_what_a_parameter_affects_is_what_a_change_of_it_can_reach(
    sketch: Sketch, seed: int
) -> None:
    run = Run(sketch.opened())
    for question in every(QuestionKind.AFFECTS, questions(run, 1, seed, 8)):
        assert isinstance(question.answer, Marked)
        parameter = question.text.split("does ")[1].split(" affect")[0]
        reached = reachable(run, parameter)
        assert question.answer.right == {n for n in question.answer.candidates if n in reached}
        assert 0 < len(question.answer.right) < len(question.answer.candidates)


def reachable(run: Run, name: str) -> set[str]:
    """By following edges from the parameter, one at a time."""
    graph = run.graph
    reached, frontier = set[int](), [graph.named[name]]
    while frontier:
        node = frontier.pop()
        for reader in (n.id for n in graph.nodes if node in n.operands):
            if reader not in reached:
                reached.add(reader)
                frontier.append(reader)
    return {graph[node].name for node in reached}


@settings(max_examples=15)
@given(sketches(), st.integers(0, 99))
def test_contributions_are_counted_as_the_trace_has_them(sketch: Sketch, seed: int) -> None:
    run = Run(sketch.opened())
    for question in every(QuestionKind.FAN_OUT, questions(run, 1, seed, 8)):
        node, _ = find_gradient(run, question.text.split("to ")[1][:-1])
        state = run.state(ordinal(run, question))
        assert right_value(question) == len(state.contributions(node)) == state.node(node).expected


# --- what is shown -------------------------------------------------------------------------------


def numbers_shown(question: Question) -> dict[str, str]:
    return dict(text.split(" = ", 1) for text in question.given if " = " in text)


@pytest.mark.parametrize("lesson", LESSONS)
def test_hints_and_what_is_given_multiply_to_the_answer(lesson: str) -> None:
    _, asked = asked_of(lesson)
    for question in asked:
        if not question.links:
            continue
        told = {**numbers_shown(question), **dict(h.split(" = ", 1) for h in question.hints)}
        product: Any = 1.0
        for link in question.links:
            text = told.get(link.symbol)
            if text is None:  # given one by one, as the elements of a matrix product are
                values = np.array([float(written(v).replace("−", "-")) for v in link.values])
            else:
                last = text.split(" = ")[-1].strip("[]").split(", ")
                values = np.array([read_number(v) for v in last])
            product = product * values
        terms = len(question.links[0].values)
        total = float(np.sum(np.broadcast_to(product, (terms,))))
        assert total == pytest.approx(product_sum(question), rel=0.01, abs=1e-12)


@pytest.mark.parametrize("lesson", LESSONS)
def test_questions_say_what_they_ask_for_and_have_hints_and_a_derivation(lesson: str) -> None:
    run, asked = asked_of(lesson)
    for question in asked:
        assert question.hints and question.explanation
        for line in (question.text, *question.given, *question.hints, *question.explanation):
            assert line.isprintable() and not line.endswith(" ")
            assert "nan" not in line.split() and "inf" not in line
        run.calendar.ordinal(question.address)


@pytest.mark.parametrize("lesson", LESSONS)
def test_distractors_are_never_the_answer_nor_each_other(lesson: str) -> None:
    _, asked = asked_of(lesson)
    for question in asked:
        match question.answer:
            case OneOf(choices, right):
                texts = [choice.text for choice in choices]
                assert len(set(texts)) == len(texts) >= 2
                if question.kind in (QuestionKind.VALUE, QuestionKind.FORWARD):
                    numbers = [read_number(text) for text in texts]
                    value = numbers.pop(right)
                    assert all(abs(n - value) > 0.02 * abs(value) for n in numbers)
            case Amount(value, tolerance, slips):
                assert all(abs(slip.value - value) > tolerance for slip in slips)
                assert tolerance == pytest.approx(0.01 * abs(value)) or tolerance == 0


@settings(max_examples=10)
@given(st.sampled_from(sorted(NETWORKS)), st.integers(0, 9))
def test_networks_of_every_layer_can_be_asked_about(name: str, seed: int) -> None:
    experiment = NETWORKS[name].opened()
    run = Run(experiment)
    for question in questions(run, 1, seed, 10):
        assert judge(question, right_reply(question)).outcome is Outcome.RIGHT
        if question.kind in (QuestionKind.VALUE, QuestionKind.SIGN):
            gradient_agrees(run, question)


def test_a_fork_is_asked_about_as_it_is() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e2.i1.12")
    debugger.set("w1", 2.0)
    run = debugger.run
    for question in questions(run, debugger.at, 5, 24):
        assert judge(question, right_reply(question)).outcome is Outcome.RIGHT
        if question.kind in (QuestionKind.VALUE, QuestionKind.SIGN):
            gradient_agrees(run, question)


# --- judging -------------------------------------------------------------------------------------


def right_reply(question: Question) -> str:
    match question.answer:
        case Amount(value):
            return written(value)
        case OneOf(_, right):
            return question.answer.labels[right]
        case Marked(_, right):
            return ", ".join(sorted(right))


@pytest.mark.parametrize("lesson", LESSONS)
def test_right_replies_are_right_and_wrong_ones_wrong(lesson: str) -> None:
    _, asked = asked_of(lesson)
    for question in asked:
        verdict = judge(question, right_reply(question))
        assert (verdict.outcome, verdict.score, verdict.word) == (Outcome.RIGHT, 1.0, "")
        assert judge(question, verdict.wanted).outcome is Outcome.RIGHT
        match question.answer:
            case Amount(value, tolerance, slips):
                if tolerance:
                    assert judge(question, repr(value * 1.0099)).outcome is Outcome.RIGHT
                    assert judge(question, repr(value * 1.0101)).outcome is Outcome.WRONG
                for slip in slips:
                    verdict = judge(question, repr(slip.value))
                    assert verdict.outcome is Outcome.WRONG
                    assert verdict.word == slip.word
            case OneOf(choices, right):
                for at, label in enumerate(question.answer.labels):
                    verdict = judge(question, label)
                    assert (verdict.outcome is Outcome.RIGHT) == (at == right)
                    assert judge(question, choices[at].text) == verdict
                    assert verdict.word == ("" if at == right else choices[at].word)
            case Marked(candidates, right):
                verdict = judge(question, ", ".join(candidates))
                assert verdict.outcome is Outcome.PARTLY
                precision = len(right) / len(candidates)
                assert verdict.score == pytest.approx(2 * precision / (precision + 1))
                assert judge(question, "none").score == 0
                some = sorted(set(candidates) - right)
                assert judge(question, " ".join(some)).outcome is Outcome.WRONG


def number_question(value: float, kind: Amount | None = None) -> Question:
    wanted = kind or Amount(value, 0.01 * abs(value))
    return Question(QuestionKind.VALUE, Address(1, 1, 1), "?", (), wanted, ("h1", "h2"), ("e",))


@pytest.mark.parametrize(
    "reply",
    ["-0.75", "−0.75", " - 0.75 ", "-3/4", "−3 / 4", "-7.5e-1", "−7.5E−1", "-.75", "= -0.75",
     "-7.5 · 10^-1", "-7.5*10**-1", "≈ −0.75", "3/-4", "-0.750000000000000000000001"],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(reply: str) -> None:
    assert judge(number_question(-0.75), reply).outcome is Outcome.RIGHT


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("", "is not a number"), ("w1", "is not a number"), ("nan", "is not a number"),
        ("inf", "is not a number"), ("1e999", "too large"), ("3/0", "divides by 0"),
        ("1/2/3", "is not a number"), ("0,75", "is not a number"), ("1_000", "is not a number"),
        ("٣", "is not a number"), ("0x10", "is not a number"), ("9" * 200, "is not a number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_the_way_out(reply: str, words: str) -> None:
    with pytest.raises(ReplyError) as caught:
        judge(number_question(-0.75), reply)
    assert words in caught.value.what
    assert caught.value.hint


def test_a_decimal_comma_is_shown_with_a_point() -> None:
    with pytest.raises(ReplyError, match=r"write it with a point: 0\.75"):
        judge(number_question(0.75), "0,75")


@given(st.text(max_size=30))
def test_any_text_is_judged_or_refused(reply: str) -> None:
    for question in asked_of("two-layer")[1]:
        with suppress(ReplyError):
            assert 0 <= judge(question, reply).score <= 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_written_numbers_are_read_back_to_five_digits(value: float) -> None:
    shown = float(f"{value:.5g}")
    if math.isfinite(shown):
        assert read_number(written(value)) == shown


def test_a_number_that_is_far_off_is_told_by_how_much() -> None:
    question = number_question(2.0)
    assert judge(question, "6").word == "off by the factor 3"
    assert judge(question, "-6").word == "the wrong sign, and off by the factor −3"
    counted = number_question(2.0, Amount(2.0, 0.0))
    assert judge(counted, "3").word == "too many"
    assert judge(counted, "1").word == "too few"


def test_known_mistakes_of_the_lecture_are_named() -> None:
    run = Run(open_lesson("two-layer"))
    asked = [q for seed in range(20) for q in questions(run, 19, seed, 8)]
    question = next(
        q
        for q in asked
        if q.text == "What is ∂loss/∂w1, within 1 %?" and q.address == Address(1, 1, 19)
    )
    assert judge(question, "-7.3125").outcome is Outcome.RIGHT
    assert judge(question, "7.3125").word == "the wrong sign"
    assert judge(question, "-29.25").word == "1/N is missing"
    assert judge(question, "-4.875").word == "the factor ∂g/∂h is missing"


def test_choices_are_taken_by_letter_text_or_beginning() -> None:
    _, asked = asked_of("two-layer")
    question = every(QuestionKind.SIGN, asked)[0]
    assert isinstance(question.answer, OneOf)
    negative = [c.text for c in question.answer.choices].index("negative")
    label = question.answer.labels[negative]
    said = [label, label.upper(), f"{label})", f"({label})", "negative", "NEG", "−", "-", "minus"]
    assert len({judge(question, reply) for reply in said}) == 1
    for reply in ("maybe", "", "q", "??"):
        with pytest.raises(ReplyError):
            judge(question, reply)


def test_choices_that_are_letters_themselves_are_numbered() -> None:
    text = "loss = a * 2 + b * b"
    run = Run(Sketch(text, {"a": 3.0, "b": 0.25}, training={"epochs": 1}).opened())
    (question,) = every(QuestionKind.MOVES, questions(run, 1, 0, 30))
    assert isinstance(question.answer, OneOf)
    assert question.answer.labels == ("1", "2")
    assert judge(question, "a").outcome is Outcome.RIGHT
    assert judge(question, "b").outcome is Outcome.WRONG


def test_choices_that_differ_in_case_only_are_told_apart() -> None:
    text = "loss = W * 2 + w * w"
    run = Run(Sketch(text, {"W": 3.0, "w": 0.25}, training={"epochs": 1}).opened())
    (question,) = every(QuestionKind.MOVES, questions(run, 1, 0, 30))
    assert judge(question, "W").outcome is Outcome.RIGHT
    assert judge(question, "w").outcome is Outcome.WRONG


def test_marked_nodes_are_scored_by_precision_and_recall() -> None:
    wanted = Marked(("h", "g", "loss", "x"), frozenset({"h", "g", "loss"}))
    question = Question(QuestionKind.AFFECTS, Address(1, 1, 2), "?", (), wanted, (), ())
    verdict = judge(question, "h x")
    assert verdict.outcome is Outcome.PARTLY
    assert verdict.score == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    assert "precision 50 %, recall 33 %" in verdict.word
    assert "missing: g, loss" in verdict.word and "not affected: x" in verdict.word
    with pytest.raises(ReplyError, match="did you mean 'loss'"):
        judge(question, "h, los")


# --- a quiz --------------------------------------------------------------------------------------


def test_a_quiz_keeps_the_score_and_hints_cost() -> None:
    start = Quiz((number_question(2.0), number_question(3.0), number_question(4.0)))
    hinted = start.hinted()
    assert (start.hint, hinted.hint) == (None, "h1")
    assert hinted.hinted().hint == hinted.hinted().hinted().hint == "h2"
    one = hinted.replied("2")
    assert one.points == 1 - HINT_COST
    assert one.hints == 0 and one.current is start.questions[1]
    two = one.replied("5")
    assert two.points == one.points and not two.perfect and one.perfect
    done = two.passed()
    assert done.current is None and done.verdicts[-1].outcome is Outcome.SKIPPED
    assert start.points == 0 and start.verdicts == ()


def test_a_reply_that_cannot_be_read_changes_nothing() -> None:
    quiz = Quiz((number_question(2.0),)).hinted()
    with pytest.raises(ReplyError):
        quiz.replied("two")
    assert quiz.current is not None and quiz.hints == 1


# --- on paper ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_questions_as_json_are_strict_and_judge_the_same(lesson: str) -> None:
    run, asked = asked_of(lesson)
    fields = quiz_fields(run.experiment, asked, 7)
    text = json.dumps(fields, allow_nan=False)
    assert json.loads(text) == fields
    assert (fields["format"], fields["version"], fields["seed"]) == ("gradstep-quiz", 1, 7)
    for question, row in zip(asked, fields["questions"], strict=True):
        assert row["at"] == str(question.address) and row["kind"] == question.kind
        answer = row["answer"]
        reply = {
            "number": lambda a: repr(a["value"]),
            "choice": lambda a: a["right"],
            "nodes": lambda a: " ".join(a["right"]),
        }[answer["type"]](answer)
        assert judge(question, reply).outcome is Outcome.RIGHT


def test_the_sheet_of_the_lecture_s_net_is_as_it_was_kept() -> None:
    experiment = open_lesson("two-layer", overrides=EXACT)
    text = quiz_sheet(experiment, questions(Run(experiment), 1, 7, 10), 7)
    if os.environ.get("UPDATE_GOLDENS"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_sheet_has_all_questions_before_the_first_answer() -> None:
    run, asked = asked_of("lstm-cell")
    before, behind = quiz_sheet(run.experiment, asked, 7).split("\n# Answers\n")
    for number, question in enumerate(asked, 1):
        assert f"\n## {number}. " in before and f"\n## {number}. " in behind
        assert question.explanation[-1] in behind and question.explanation[-1] not in before


def hostile() -> Experiment:
    return parse_experiment(
        'title = "<b>*bold*</b> [x](y)"\nformulas = "loss = a_b * a_b"\n[parameters]\na_b = 3.0\n'
    )


def test_titles_and_names_cannot_format_a_sheet() -> None:
    experiment = hostile()
    text = quiz_sheet(experiment, questions(Run(experiment), 1, 0, 3), 0)
    assert text.startswith("# \\<b\\>\\*bold\\*\\</b\\> \\[x\\](y): questions\n")


def test_targets_of_questions_can_be_asked_why() -> None:
    run, asked = asked_of("two-layer")
    for question in every(QuestionKind.VALUE, asked):
        name = question.explanation[0].split(" = ")[0].split(",")[0]
        if "(" not in name:
            parse_target(name, run.graph, run.state(1).record.shapes)
