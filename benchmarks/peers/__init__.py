"""The children: each answers tiles in a process of its own, and times itself around the call only.

Nothing here needs more than the standard library, so that a child may live in a virtual environment
of its own; what an entry needs besides is imported when it is made.
"""
