"""Fields of exchange rates and revaluations."""

from __future__ import annotations

from crmdesk.models.fields import required
from crmdesk.models.specs.documents import CURRENCY, DATE, RATE

RATE_SET = (required(CURRENCY), DATE, required(RATE))
RATE_REMOVE = (required(CURRENCY), required(DATE))
RATE_ADOPT = (required(CURRENCY), required(RATE))
