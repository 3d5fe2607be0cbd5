"""Signs that no cell of a table should hold."""

from __future__ import annotations

import re

# C0 controls except tab and line ends, DEL, and the two non-characters that only damaged text has.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
