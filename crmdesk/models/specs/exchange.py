"""Fields of exchange rates and revaluations."""

from __future__ import annotations

from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import CURRENCY, DATE, RATE
from crmdesk.text import N_

RATE_SET = (required(CURRENCY), DATE, required(RATE))
RATES_SET = (Field("rates", Kind.LINES, N_("Exchange rates"), required=True, fields=RATE_SET),)
RATE_REMOVE = (required(CURRENCY), required(DATE))
RATE_ADOPT = (required(CURRENCY), required(RATE))
