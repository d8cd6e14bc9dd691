"""What the screen shows, as plain frozen values: words, formatted numbers, names of styles.

May import: the standard library only.   Imported by: views (which make these values from the
debugger), drawing (which lays them out in cells), widgets (which put the cells on screen), and the
console (whose answers say what can be done about each of their lines).

Nothing here holds an array, so two views compare cheaply and by value.
"""
