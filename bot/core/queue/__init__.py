"""What presses, and what is due when: pure decisions over the items of the queue.

Opening hours, priorities, targets, and whose turn it is.
"""
