"""Codes and numbers that somebody gives to a record himself: each must be one that can be typed again and found."""

from __future__ import annotations

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

_REF_MARK = "@"
"""In the batch language `"payment": "@p"` is the payment that the line with ref p made."""


def require_usable(given: str, field: str) -> None:
    """Refuses what no batch could name (`invalid_choice`) and what looks like another one (`control_chars`)."""
    if given.startswith(_REF_MARK):
        text = (
            _(
                "“{code}”: a code cannot begin with @, which names an earlier result in a batch. Leave the @ out."
            )
            if field == "code"
            else _(
                "“{number}”: a number cannot begin with @, which names an earlier result in a batch. Leave the @ out."
            )
        )
        raise InvalidInput(Code.INVALID_CHOICE, text.format(code=given, number=given), field=field)
    signs = text_keys.hidden_signs(given)
    if signs:
        raise InvalidInput(
            Code.CONTROL_CHARS,
            _("“{field}” holds invisible signs: {signs}. Type it again without them.").format(
                field=field, signs=", ".join(signs)
            ),
            field=field,
        )
