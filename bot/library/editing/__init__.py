"""Changes to the FAQ that people make: only the lines that say something else are touched.

`editor` adds, `changing` changes what is there, `merging` puts two people's changes together;
`folder` is the FAQ as they read it, and `history` keeps each save under git.
"""
