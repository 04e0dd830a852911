"""What the system does at sizes we have no machine for: a simulation, checked where it fits."""
