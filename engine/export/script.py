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
from engine.experiment import Experiment
from engine.export.source import (
    array,
    definitions,
    docstring,
    heading,
    indented,
    number,
    respelled,
    unclashing,
    vocabulary,
)
from engine.formulas import normalized
from engine.graph import Formula, Graph, Node
from engine.listing import trained
from engine.notation import number_text
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
    """A script of one run; `text` is all of it."""

    about: ClassVar[str]
    """What the script is, behind the experiment's title."""

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
        self.imports: set[str] = {"import numpy as np"}
        self.helpers: set[str] = set()
        """What is wanted of `engine.plain`."""
        self.makers: set[str] = set()
        """What is wanted of `engine.datasets`."""
        self.settings: dict[str, str] = {}
        """Numbers that are called by name, with the text of their values."""

    @classmethod
    def written(cls, experiment: Experiment) -> str:
        """The script of an experiment."""

        def write(names: Mapping[str, str]) -> str:
            return cls(experiment, names).text()

        return write(unclashing(names_of(experiment), write))

    # --- what a library does its own way --------------------------------------------------------

    @abstractmethod
    def column(self, name: str, values: np.ndarray[Any, Any]) -> str:
        """An assignment of inline data."""

    @abstractmethod
    def converted(self, columns: Sequence[str]) -> list[str]:
        """Lines that turn NumPy columns into what the formulas take."""

    @abstractmethod
    def indices(self, text: str) -> str:
        """NumPy row numbers as an index of a column."""

    @abstractmethod
    def leaf(self, node: Node) -> str:
        """The assignment of a parameter or a constant."""

    @abstractmethod
    def preparation(self) -> list[str]:
        """Lines between parameters and the loop: the optimizer's state."""

    @abstractmethod
    def mask(self, node: Node) -> str:
        """The assignment of a dropout's mask."""

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

    def text(self) -> str:
        """The whole script."""
        self._settings()
        data = self._data()
        leaves = [self.leaf(n) for n in self.graph.nodes if n.literal is None and n.kind != "op"
                  and n.kind != "data"]  # fmt: skip
        preparation = self.preparation()
        testing = self._test_function() if self.experiment.test_data else []
        loop = self._loop()
        settings = [f"{name} = {value}" for name, value in self.settings.items()]
        functions = [*definitions(datasets, self.makers), *definitions(plain, self.helpers)]
        if any("math" in vocabulary(function) for function in functions):
            self.imports.add("import math")
        title = self.experiment.title or "A network"
        standard = sorted(i for i in self.imports if i in ("import csv", "import math"))
        libraries = sorted(self.imports - {*standard})
        parts = [
            [docstring(f"{title.rstrip('.')}: {self.about}.", "Written by gradstep.")],
            standard,
            [*libraries, *self.after_imports()],
            *self._function_parts(functions),
            [heading("settings"), *settings],
            [heading("data"), *data] if data else [],
            [heading("parameters"), *leaves] if leaves else [],
            preparation,
            testing,
            [heading("training"), *loop],
            [heading("result"), *self._result()],
        ]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def after_imports(self) -> list[str]:
        """Lines right behind the imports."""
        return []

    def _function_parts(self, functions: list[str]) -> list[list[str]]:
        if not functions:
            return []
        return [[heading("functions")], *([f"{f}\n"] for f in functions)]

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
            lines += self.converted(parts)
        return lines

    def _loaded(self, table: Mapping[str, Any]) -> list[str]:
        """All samples as they come from where they are."""
        full = {original: self.full(new) for original, new in self.names.items()
                if new in self.experiment.data}  # fmt: skip
        if isinstance(table.get("csv"), str):
            return self._from_csv(table, full)
        if isinstance(table.get("npz"), str):
            sources = table.get("columns") or {name: name for name in full}
            sources = {normalized(name): source for name, source in sources.items()}
            return [
                f"with np.load({str(self.experiment.data_file)!r}) as arrays:",
                *(f"    {full[n]} = arrays[{s!r}].astype(float)" for n, s in sources.items()),
            ]
        if isinstance(table.get("dataset"), str):
            return self._from_dataset(table, full)
        processed = bool(self.experiment.test_data or self.experiment.statistics)
        make = array if processed else self.column
        values = {normalized(key): value for key, value in table.items()}
        return [make(full[n], np.array(values[n], dtype=np.float64)) for n in full]

    def _from_csv(self, table: Mapping[str, Any], full: Mapping[str, str]) -> list[str]:
        self.imports.add("import csv")
        lines = [
            f"with open({str(self.experiment.data_file)!r}, newline=\"\", encoding=\"utf-8-sig\") as file:",
            "    cells = {name.strip(): column for name, *column in zip(*filter(None, csv.reader(file)))}",
        ]  # fmt: skip
        for key, source in (table.get("columns") or {name: name for name in full}).items():
            name = full[normalized(key)]
            match source:
                case str():
                    lines.append(f"{name} = np.array(cells[{source!r}], dtype=float)")
                case list():
                    chosen = ", ".join(f"cells[{s!r}]" for s in source)
                    lines.append(f"{name} = np.column_stack([{chosen}]).astype(float)")
                case _:
                    texts = f"[text.strip() for text in cells[{source['classes']!r}]]"
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
        body = self.test_guard([*formulas, f"return {loss}.item()"])
        return [
            f"def test_loss({', '.join(self.experiment.data)}):",
            *indented(body),
            "",
            "",
            "test_losses = []",
        ]

    def _loop(self) -> list[str]:
        training, columns = self.training, list(self.experiment.data)
        iteration = self._iteration()
        lines = ["losses = []"]
        if self.counts_batch and not self.batched:
            lines.append(f"N = len({columns[0]})")
        lines.append("for epoch in range(1, epochs + 1):")
        if not self.batched:
            lines += indented(iteration)
        else:
            first = self.full(columns[0])
            if training.batches.shuffle:
                stream = f"[seed, {SHUFFLE_STREAM}, epoch - 1]"
                order = f"np.random.default_rng({stream}).permutation(len({first}))"
                lines.append(f"    order = {self.indices(order)}")
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
            lines.append(f"        {targets} = {values}")
            if self.counts_batch:
                lines.append(f"        N = len({columns[0]})")
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

    counts_batch = False
    """Whether lines of the script read N, the number of samples in the batch."""

    def _iteration(self) -> list[str]:
        loss = self.graph[self.graph.loss].name
        step = self.step()
        return [
            "# forward pass",
            *(self.mask(node) for node in self.masks),
            *(self.formula(f) for f in self.graph.formulas),
            f"losses.append({self.item(loss)})",
            *step,
        ]

    def item(self, loss: str) -> str:
        """The loss as a number of Python."""
        return f"{loss}.item()"

    def iteration_number(self) -> str:
        """The number of the iteration in its epoch, counted from 1."""
        return "start // batch_size + 1" if self.batched else "1"

    def _result(self) -> Iterable[str]:
        for name in self.trained:
            yield f'print("{name} =", {self.shown(name)})'
        loss = self.graph[self.graph.loss].name
        if not self.trained:
            yield f'print("{loss} =", losses[-1])'
