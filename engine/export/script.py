"""What every exported script has in common: where its numbers come from, and its loops.

A script is written in the order in which a lecture would tell it: settings, data, parameters, then
epochs of batches of forward pass, backward pass and update. What a library does its own way is
left to `numpy_script` and `torch_script`.
May import: data, datasets, experiment, graph, notation, plain, schedules.
Imported by: numpy_script, torch_script.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from engine import datasets, plain
from engine.data import SHUFFLE_STREAM, SPLIT_STREAM
from engine.datasets import DATASETS, load_dataset
from engine.errors import DataError
from engine.experiment import Experiment
from engine.export.marks import Twin, marked, unmarked
from engine.export.source import (
    array,
    definitions,
    docstring,
    heading,
    indented,
    number,
    paragraphs,
    quoted,
    respelled,
    unclashing,
    vocabulary,
)
from engine.formulas import normalized
from engine.graph import Formula, Graph, Node
from engine.listing import Phase, build_listing, trained
from engine.notation import number_text, sizes_text
from engine.schedules import Schedule


def spelled(experiment: Experiment, names: Mapping[str, str]) -> Experiment:
    """The experiment with its values called by other names."""
    graph = experiment.graph
    named = {*graph.named.values(), *(n.id for n in graph.ops if n.op and n.op.random)}
    nodes = tuple(replace(n, name=names[n.name]) if n.id in named else n for n in graph.nodes)
    formulas = tuple(
        replace(f, name=names[f.name], text=respelled(f.text, names)) for f in graph.formulas
    )

    def renamed(columns: Mapping[str, Any]) -> dict[str, Any]:
        return {names[name]: value for name, value in columns.items()}

    return replace(
        experiment,
        graph=Graph(nodes, formulas, graph.loss),
        leaves=renamed(experiment.leaves),
        data=renamed(experiment.data),
        test_data=renamed(experiment.test_data),
        statistics=renamed(experiment.statistics),
    )


def names_of(experiment: Experiment) -> list[str]:
    """The names of all values that a script gives a name to."""
    masks = [n.name for n in experiment.graph.ops if n.op and n.op.random]
    return [*experiment.graph.named, *masks]


class Script(ABC):
    """A script of one run; `twin` is all of it."""

    about: ClassVar[str]
    """What the script is, below the experiment's title."""

    def __init__(self, experiment: Experiment, names: Mapping[str, str]) -> None:
        self.document = experiment.document
        self.names = names
        self.experiment = spelled(experiment, names)
        self.graph = self.experiment.graph
        self.training = self.experiment.training
        self.trained = tuple(self.graph[node].name for node in trained(self.graph))
        self.masks = tuple(n for n in self.graph.ops if n.op is not None and n.op.random)
        batches = self.training.batches
        self.batched = batches.samples > batches.size or (batches.samples > 0 and batches.shuffle)
        """Whether a batch is chosen in every iteration; else all samples are one."""
        self.batch_sizes = batches.sizes()
        self.shapes = [self.experiment.shapes(size) for size in self.batch_sizes]
        """The shapes of all nodes, for every size of a batch."""
        self.listing = build_listing(self.graph, self.shapes[-1], self.training).lines
        self.imports: set[str] = set()
        self.helpers: set[str] = set()
        """What is wanted of `engine.plain`."""
        self.makers: set[str] = set()
        """What is wanted of `engine.datasets`."""
        self.settings: dict[str, str] = {}
        """Numbers that are called by name, with the text of their values."""

    @classmethod
    def written(cls, experiment: Experiment) -> Twin:
        """The script of an experiment."""
        return cls(experiment, cls.spelling(experiment)).twin()

    @classmethod
    def spelling(cls, experiment: Experiment) -> Mapping[str, str]:
        """What the values of an experiment are called in its script."""
        return unclashing(names_of(experiment), lambda names: cls(experiment, names).twin().text)

    def of_pass(self, phase: Phase) -> list[int]:
        """The lines of the listing in a pass; the one that clips gradients is apart."""
        clip = self.of_clip()
        return [n.number for n in self.listing if n.phase is phase and n.number not in clip]

    def of_formula(self, formula: Formula) -> list[int]:
        """The line of the listing that computes a formula."""
        lines = (line for line in self.listing if line.phase is Phase.FORWARD)
        return [line.number for line in lines if line.formula == formula.index]

    def of_clip(self) -> list[int]:
        """The line of the listing that clips gradients, if there is one."""
        return [n.number for n in self.listing if n.phase is Phase.UPDATE and n.node is None]

    # --- what a library does its own way --------------------------------------------------------

    @abstractmethod
    def column(self, name: str, values: np.ndarray[Any, Any]) -> str:
        """An assignment of inline data."""

    @abstractmethod
    def taken(self, text: str) -> str:
        """A NumPy array, as what the script computes with."""

    @abstractmethod
    def leaf(self, node: Node) -> str:
        """The assignment of a parameter or a constant."""

    @abstractmethod
    def preparation(self) -> list[list[str]]:
        """Blocks between parameters and the loop: the optimizer and its schedule."""

    @abstractmethod
    def formula(self, formula: Formula, *, testing: bool = False) -> str:
        """A formula as a line of the script; when testing, dropout keeps all."""

    @abstractmethod
    def step(self) -> list[str]:
        """Backward pass and update, behind the forward pass and the loss."""

    def epoch_end(self) -> list[str]:
        """Lines at the end of an epoch, before its loss is told."""
        return []

    def test_guard(self, lines: list[str]) -> list[str]:
        """The body of the function that computes the test loss."""
        return lines

    def shown(self, name: str) -> str:
        """A parameter as an argument of print."""
        return name

    # --- the whole ------------------------------------------------------------------------------

    def twin(self) -> Twin:
        """The whole script, and where each line of the listing is in it."""
        return unmarked(self._text())

    def _text(self) -> str:
        """The whole script with its marks."""
        self._settings()
        data = self._data()
        leaves = [n for n in self.graph.nodes if n.kind in ("parameter", "constant")]
        parameters = [self._remarked(n) for n in leaves if n.literal is None]
        preparation = self.preparation()
        testing = self._test_function() if self.experiment.test_data else []
        loop = self._loop()
        functions: list[str] = []
        for module, wanted in ((datasets, self.makers), (plain, self.helpers)):
            constants, texts = definitions(module, wanted)
            self.settings.update(constants)
            functions += texts
        if functions:
            functions[0] = f"{heading('functions')}\n{functions[0]}"
        settings = [f"{name} = {value}" for name, value in self.settings.items()]
        body = paragraphs(
            [
                *([function] for function in functions),
                [heading("settings"), *settings],
                [heading("data"), *data] if data else [],
                [heading("parameters"), *parameters] if parameters else [],
                *preparation,
                testing,
                [heading("training"), *loop],
                [heading("result"), *self._result()],
            ]
        )
        used = vocabulary(body) | {word for text in functions for word in vocabulary(text)}
        title = self.experiment.title.rstrip(".") or "A network"
        head = [
            [docstring(f"{title}.", self.about, "Written by gradstep.")],
            [f"import {name}" for name in ("csv", "math") if name in used],
            [*(["import numpy as np"] if "np" in used else []), *sorted(self.imports)],
            self.first_lines(),
        ]
        return paragraphs([*head, [body]]) + "\n"

    def _remarked(self, node: Node) -> str:
        if node.name in self.trained:
            return self.leaf(node)
        return f"{self.leaf(node)}  # {'constant' if node.kind == 'constant' else 'not trained'}"

    def first_lines(self) -> list[str]:
        """Lines right behind the imports."""
        return []

    # --- settings -------------------------------------------------------------------------------

    def _settings(self) -> None:
        training, table = self.training, self.document.get("data", {})
        made = isinstance(table.get("dataset"), str) and "seed" not in table
        made = made and DATASETS[table["dataset"]].generate is not None
        if training.batches.shuffle or self.experiment.test_data or self.masks or made:
            self.settings["seed"] = str(training.seed)
        self.settings["epochs"] = str(training.epochs)
        if self.batched:
            self.settings["batch_size"] = str(training.batches.size)
        if self.experiment.test_data:
            self.settings["test_fraction"] = number(table["test_fraction"])

    def schedule_options(self, schedule: Schedule) -> None:
        """Call the options of a schedule by name."""
        for key, value in schedule.options.items():
            self.settings[key] = number_text(int(value) if key == "step_size" else value)

    # --- data -----------------------------------------------------------------------------------

    def full(self, name: str) -> str:
        """What all samples of a column are called; the batch has the name itself."""
        return f"{name}_all" if self.batched else name

    def _data(self) -> list[str]:
        columns = list(self.experiment.data)
        if not columns:
            return []
        table = self.document["data"]
        lines = self._loaded(table)
        plain_inline = not any(isinstance(table.get(k), str) for k in ("csv", "npz", "dataset"))
        if self.experiment.test_data:
            first = self.full(columns[0])
            lines += [
                "",
                "# some samples are kept back for the test",
                f"order = np.random.default_rng([seed, {SPLIT_STREAM}]).permutation(len({first}))",
                f"tests = round(len({first}) * test_fraction)",
                "rows, test_rows = np.sort(order[tests:]), np.sort(order[:tests])",
                *(f"{c}_test, {self.full(c)} = {self.full(c)}[test_rows], {self.full(c)}[rows]"
                  for c in columns),
            ]  # fmt: skip
        if self.experiment.statistics:
            lines += ["", "# zero mean, unit deviation over the samples to train on"]
            for name in self.experiment.statistics:
                full = self.full(name)
                parts = [full, *([f"{name}_test"] if self.experiment.test_data else [])]
                lines += [
                    f"mean, deviation = {full}.mean(axis=0), {full}.std(axis=0)",
                    "deviation = np.where(deviation == 0, 1, deviation)",
                    *(f"{part} = ({part} - mean) / deviation" for part in parts),
                ]
        parts = [self.full(c) for c in columns]
        if self.experiment.test_data:
            parts += [f"{c}_test" for c in columns]
        if not plain_inline or self.experiment.test_data or self.experiment.statistics:
            taken = [(part, self.taken(part)) for part in parts]
            lines += [f"{part} = {text}" for part, text in taken if text != part]
        return lines

    def _loaded(self, table: Mapping[str, Any]) -> list[str]:
        """All samples as they come from where they are."""
        file = self.experiment.data_file
        if file is not None and not file.exists():
            raise DataError(
                f"there is no file {file} for the script to read",
                hint="a session may hold its data inside: put the file there again",
            )
        full = {original: self.full(new) for original, new in self.names.items()
                if new in self.experiment.data}  # fmt: skip
        if isinstance(table.get("csv"), str):
            return self._from_csv(table, full)
        if isinstance(table.get("npz"), str):
            sources = table.get("columns") or {name: name for name in full}
            sources = {normalized(name): source for name, source in sources.items()}
            return [
                f"path = {quoted(str(self.experiment.data_file))}",
                "with np.load(path) as arrays:",
                *(f"    {full[n]} = arrays[{quoted(s)}].astype(float)" for n, s in sources.items()),
            ]
        if isinstance(table.get("dataset"), str):
            return self._from_dataset(table, full)
        processed = bool(self.experiment.test_data or self.experiment.statistics)
        make = array if processed else self.column
        values = {normalized(key): value for key, value in table.items()}
        return [make(full[n], np.array(values[n], dtype=np.float64)) for n in full]

    def _from_csv(self, table: Mapping[str, Any], full: Mapping[str, str]) -> list[str]:
        lines = [
            f"path = {quoted(str(self.experiment.data_file))}",
            'with open(path, newline="", encoding="utf-8-sig") as file:',
            "    table = [row for row in csv.reader(file) if row]",
            "cells = {name.strip(): column for name, *column in zip(*table)}",
        ]
        for key, source in (table.get("columns") or {name: name for name in full}).items():
            name = full[normalized(key)]
            match source:
                case str():
                    lines.append(f"{name} = np.array(cells[{quoted(source)}], dtype=float)")
                case list():
                    chosen = ", ".join(f"cells[{quoted(s)}]" for s in source)
                    lines.append(f"{name} = np.column_stack([{chosen}]).astype(float)")
                case _:
                    texts = f"[text.strip() for text in cells[{quoted(source['classes'])}]]"
                    lines += [
                        f"labels, {name} = np.unique({texts}, return_inverse=True)",
                        f"{name} = {name}.astype(float)",
                    ]
        return lines

    def _from_dataset(self, table: Mapping[str, Any], full: Mapping[str, str]) -> list[str]:
        dataset = DATASETS[table["dataset"]]
        if dataset.generate is None:
            columns, _ = load_dataset(dataset.name)
            words = [f"# {dataset.about}; {name}: {dataset.columns[name]}" for name in full]
            return [
                line
                for name, remark in zip(full, words, strict=True)
                for line in (remark, array(full[name], columns[name]))
            ]
        self.makers.add(dataset.generate.__name__)
        samples, noise = table.get("samples", dataset.samples), table.get("noise", dataset.noise)
        seed = table.get("seed", "seed")
        targets = ", ".join(full.values())
        chosen = ", ".join(f'columns["{name}"]' for name in full)
        return [
            f"columns = {dataset.generate.__name__}({samples}, {number(noise)}, {seed})",
            f"{targets} = {chosen}",
        ]

    # --- the loop -------------------------------------------------------------------------------

    def _test_function(self) -> list[str]:
        needed = self.graph.ancestors(self.graph.loss)
        formulas = [self.formula(f, testing=True) for f in self.graph.formulas if f.node in needed]
        loss = self.graph[self.graph.loss].name
        body = self.test_guard([*formulas, f"return {self.item(loss)}"])
        return [
            f"def test_loss({', '.join(self.experiment.data)}):",
            *indented(body),
        ]

    def _loop(self) -> list[str]:
        training, columns = self.training, list(self.experiment.data)
        iteration = self._iteration()
        lines = ["losses = []", *(["test_losses = []"] if self.experiment.test_data else [])]
        if self.counts_batch and not self.batched:
            lines.append(f"N = len({columns[0]})  # samples in the batch")
        load = self.of_pass(Phase.BATCH)
        each = "for epoch in range(1, epochs + 1):"
        lines.append(each if self.batched else marked(each, load))
        if not self.batched:
            lines += indented(iteration)
        else:
            first = self.full(columns[0])
            if training.batches.shuffle:
                stream = f"[seed, {SHUFFLE_STREAM}, epoch - 1]"
                lines += [
                    f"    random = np.random.default_rng({stream})",
                    f"    order = {self.taken(f'random.permutation(len({first}))')}",
                ]
            stop = f"len({first})"
            if training.batches.drop_last:
                stop += " - batch_size + 1"
            lines.append(f"    for start in range(0, {stop}, batch_size):")
            chosen = "start : start + batch_size"
            if training.batches.shuffle:
                lines.append(f"        rows = order[{chosen}]")
                chosen = "rows"
            targets = ", ".join(columns)
            values = ", ".join(f"{self.full(c)}[{chosen}]" for c in columns)
            lines.append(marked(f"        {targets} = {values}", load))
            if self.counts_batch:
                lines.append(f"        N = len({columns[0]})  # samples in the batch")
            if self.masks:
                lines.append("        iteration = start // batch_size + 1")
            lines += ["", *indented(iteration, 2)]
        lines += indented(self.epoch_end())
        tests = ", ".join(f"{c}_test" for c in columns)
        if self.experiment.test_data:
            lines += ["", f"    test_losses.append(test_loss({tests}))"]
        told = "loss {losses[-1]:.6g}"
        if self.experiment.test_data:
            told += ", test loss {test_losses[-1]:.6g}"
        every = max(1, training.epochs // 10)
        tell = f'print(f"epoch {{epoch}}: {told}")'
        lines.append("")
        if every == 1:
            return [*lines, f"    {tell}"]
        return [*lines, f"    if epoch % {every} == 0:", f"        {tell}"]

    def _iteration(self) -> list[str]:
        loss = self.graph[self.graph.loss].name
        step = self.step()
        return [
            "# forward pass",
            *(self._mask(node) for node in self.masks),
            *(
                marked(self.formula(formula), self.of_formula(formula))
                for formula in self.graph.formulas
            ),
            f"losses.append({self.item(loss)})",
            *step,
        ]

    def item(self, loss: str) -> str:
        """The loss as a number of Python."""
        return f"{loss}.item()"

    def _mask(self, node: Node) -> str:
        self.helpers.add("dropout_mask")
        p = number(dict(node.settings)["p"])
        place = f"seed, epoch, {'iteration' if self.batched else '1'}, node={node.id}"
        return f"{node.name} = " + self.taken(
            f"dropout_mask({self.mask_shape(node)}, {p}, {place})"
        )

    def mask_shape(self, node: Node) -> str:
        """The shape of a mask, with N for the samples of the batch."""
        return self.by_size([sizes_text(shapes[node.id]) for shapes in self.shapes])

    def by_size(self, texts: Sequence[str]) -> str:
        """A text that may depend on the size of the batch, given for each of the sizes."""
        text = texts[-1]
        for size, other in zip(self.batch_sizes, texts[:-1], strict=False):
            if other != text:
                text = f"{other} if N == {size} else {text}"
        return text

    @property
    def counts_batch(self) -> bool:
        """Whether lines of the script read N, the number of samples in the batch."""
        taken = "N" in self.names.values()  # by a value, since no line of the script's needs it
        return not taken and any("N" in vocabulary(text) for text in self.counting())

    def counting(self) -> list[str]:
        """Texts of the script's own that may read N."""
        return [self.mask_shape(node) for node in self.masks]

    def _result(self) -> Iterable[str]:
        for name in self.trained:
            yield f'print("{name} =", {self.shown(name)})'
        loss = self.graph[self.graph.loss].name
        if not self.trained:
            yield f'print("{loss} =", losses[-1])'
