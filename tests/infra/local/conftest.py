"""What the tests of the local system share."""

import sys
from pathlib import Path

# `functions` is imported by workers, `processes` by tests: modules beside the tests
sys.path.insert(0, str(Path(__file__).parent))
