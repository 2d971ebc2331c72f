"""FAQs of other programs, files and pages: taken into the FAQ files, and given out of them.

`formats` is the table of what can be read and written; each format has a module of its own. What is
read becomes `items`, which `planning` compares with the library and `writing` puts into the files.
"""
