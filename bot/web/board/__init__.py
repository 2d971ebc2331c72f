"""What the desk's board shows, as its templates need it: the queue, and the item that is open.

Read from the store as one picture, narrowed down by the page's address, and put into the
reader's language.
"""
