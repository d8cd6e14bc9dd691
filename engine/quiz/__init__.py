"""The room that asks: questions about any event of a run, with answers that can be checked.

`questions` picks them by a seed (`asking`, with a file for each group of kinds: `gradients`,
`passes`, `nodes`); an element of a gradient as products of factors is in `chains`. `judge` reads a
reply and says what went wrong, a `Quiz` keeps the score (`judging`), and `sheet` writes it all down
for a class. Looking changes nothing: all of it is a pure function of a run, an event and a seed.
May import: errors, evaluation, experiment, explain, graph, listing, notation, ops, run, shapes,
trace, tracefile, why.   Imported by: the public face.
"""
