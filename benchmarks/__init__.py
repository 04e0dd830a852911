"""Side by side with what a user would pick instead: `make bench`, or `python -m benchmarks --help`.

Every peer runs in a process of its own and answers the same tiles in turn; see docs in `peer.py`
(the parent's side) and `peers/` (the children's).
"""
