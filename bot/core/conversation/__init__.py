"""From what a follower writes to what is said and done about it.

Taken in durably, put in order by the dispatcher, decided purely (commands, small talk, crises,
handing over), and carried out in one transaction; with what followers and managers say of an
answer.
"""
