"""The FAQ files: reading them into a `Library`, with every fault named, and reloading them.

`files` knows one file, `reading` the folder; `live` reads again whenever one is saved, with
`standing` for files that have faults and `keeping` for the last good ones. `editing` changes files.
Beside entries the folder holds the charter (`rules`) and canned replies (`canned`).
"""
