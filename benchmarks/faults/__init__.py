"""`make faults`: what users see while parts fail, and how long after the repair."""
