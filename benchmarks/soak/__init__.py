"""`make soak`: the system under a map's load while its datasets change; each answer is judged."""
