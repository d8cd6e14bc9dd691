"""The course: lessons that lead through a run, with questions that the run itself answers.

A lesson is an experiment file with a `[lesson]` part (`opening`). `reading` makes a plan of it
(`plan`), and a `Guide` leads a reader through it on a debugger (`guide`): to places (`places`),
with numbers in its texts (`texts`) and questions with computed answers (`asked`), both of them
expressions at places (`inquiries`), keeping count of what was done (`progress`). `checking`
compares what a lesson says with its run, and `starter` is a lesson to start from.
May import: conditions, debugger, errors, library, locations, places, quiz, reading, stops,
timelines, trace.   Imported by: the public face.
"""
