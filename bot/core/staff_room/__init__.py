"""Staff rooms: the team serves the queue from a group or a channel of a network.

`telling` says there what happens to each item: `calls` finds what is to be said, in the words of
`voice`. `serving` does what the team writes and presses, through the same desk as the pages.
`codes` tell who of it is who.
"""
