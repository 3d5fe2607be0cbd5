"""The company whose book it is: its details, the book's rules, and its logo."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.company import COLLECTING, COMPANY
from crmdesk.models.tables.settings import picture, series
from crmdesk.models.validation import cleared
from crmdesk.services import doubts, tax_rates
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

PICTURE_BYTES_MAX = 2 * 1024 * 1024
PICTURE_SIDE_MAX = 4_000
_BASE64_LENGTH_MAX = PICTURE_BYTES_MAX * 4 // 3 + 1_000
_FORMATS = ("PNG", "JPEG")
_SCHEME = re.compile(r"[09][0-9]{3}|A[NQSU]|EM", re.ASCII)
_PREFIX = re.compile(r"[^\W_]{1,10}")
_PICTURE = Field(
    "picture",
    Kind.CHOICE,
    N_("Picture"),
    choices=(Choice("logo", N_("Logo")), Choice("stamp", N_("Stamp"))),
    default="logo",
)


@use_case(
    "company.update",
    fields=(*COMPANY, *COLLECTING, Field("clear", Kind.LIST, N_("Fields to empty"))),
    summary=N_("Change the company's details and the rules of the book."),
    errors=(Code.INVALID_CHOICE, Code.REQUIRED, Code.OUT_OF_RANGE, Code.IN_USE),
)
def change(unit: Unit, *, clear: list[str] | None = None, **values: Any) -> dict[str, Any]:
    """Changes what is given; `clear` names texts to empty. Gives the names of what changed."""
    settings = unit.settings
    wanted = {name: value for name, value in values.items() if value is not None}
    texts = [name for name in values if isinstance(getattr(settings, name, None), str) and name not in _KEPT]
    wanted |= dict.fromkeys(cleared(clear, texts), "")
    if wanted.get("name") == "":
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="name"), field="name")
    _require_scheme(wanted.get("electronic_address_scheme", ""))
    if "prefixes" in wanted:
        wanted["prefixes"] = settings.prefixes | _checked_prefixes(unit, wanted["prefixes"])
    if "writeoff_attachment" in wanted:
        limit = wanted.pop("writeoff_attachment")
        wanted["writeoff_attachment_minor"] = money.to_minor(limit, settings.currency, "writeoff_attachment")
    if "interest_rate" in wanted:  # settings hold plain data; a rate of nothing is none
        wanted["interest_rate"] = f"{wanted['interest_rate']:f}" if wanted["interest_rate"] else ""
    doubts.warn(unit, wanted)
    before = {name: getattr(settings, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if changed:
        unit.save_settings(**changed)
        if "taxpayer" in changed and settings.country == "CN":
            tax_rates.choose_default(unit, changed["taxpayer"], clock.today())
        unit.note("company", 0, {name: before[name] for name in changed}, changed)
    # by the names of the arguments; the column of the limit has one of its own
    return {"changed": sorted(name.removesuffix("_minor") for name in changed)}


_KEPT = (
    "name",
    "paper",
    "letter_window",
    "language",
    "taxpayer",
    "discount_tax",
    "rounding",
    "credit_policy",
    "interest_basis",
)


def _require_scheme(scheme: str) -> None:
    """Schemes of electronic addresses are those of the list EAS of EN 16931 (BT-34-1); its codes change by the year,
    their shape does not."""
    if scheme and not _SCHEME.fullmatch(scheme):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _(
                "“{value}” is no scheme of electronic addresses. Use a code of the list EAS: four digits such as 0204, "
                "or EM for an e-mail address."
            ).format(value=scheme),
            field="electronic_address_scheme",
        )


def _checked_prefixes(unit: Unit, wanted: dict[str, Any]) -> dict[str, str]:
    """Prefixes of letters and digits, each used once; a series of documents that has begun keeps its own.

    (Otherwise its numbers would have a gap where the prefix changed.)
    """
    known = unit.settings.prefixes
    given = {kind: prefix for kind, prefix in wanted.items() if prefix}
    merged = known | given
    begun = set(unit.execute(select(series.c.kind).where(series.c.year > 0).distinct()).scalars())
    for kind, prefix in given.items():
        if not _PREFIX.fullmatch(prefix) or list(merged.values()).count(prefix) > 1:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{prefix}” cannot be a prefix: one is 1 to 10 letters or digits and is used once.").format(
                    prefix=prefix
                ),
                field=f"prefixes.{kind}",
            )
        if kind in begun and prefix != known[kind]:
            raise Conflict(
                Code.IN_USE,
                _("Numbers with “{prefix}” were given already; this prefix stays.").format(
                    prefix=known[kind]
                ),
                field=f"prefixes.{kind}",
            )
    return given


@use_case(
    "company.set_picture",
    fields=(
        _PICTURE,
        Field(
            "content",
            Kind.LONG_TEXT,
            N_("Content"),
            required=True,
            length_max=_BASE64_LENGTH_MAX,
            help=N_("A PNG or JPEG file in base64."),
        ),
    ),
    summary=N_("Set the logo or the stamp that is printed on documents."),
    errors=(Code.IMAGE_INVALID, Code.IMAGE_TOO_LARGE),
)
def set_picture(unit: Unit, *, content: str, picture: str = "logo") -> dict[str, Any]:
    """Stores a picture after checking that it is one; gives its size in pixels."""
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise _not_a_picture() from None
    width, height = check_picture(data)
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.name == picture))
    unit.execute(insert(_TABLE).values(name=picture, content=data))
    unit.note("company", 0, None, {"picture": picture, "width": width, "height": height})
    unit.changes.everything.add("setting")
    return {"width": width, "height": height}


@use_case(
    "company.remove_picture",
    fields=(_PICTURE,),
    summary=N_("Remove the logo or the stamp."),
)
def remove_picture(unit: Unit, *, picture: str = "logo") -> dict[str, Any]:
    """Removes a picture; without one nothing changes."""
    done = unit.execute(sql_delete(_TABLE).where(_TABLE.c.name == picture))
    if done.rowcount:
        unit.note("company", 0, {"picture": picture}, None)
        unit.changes.everything.add("setting")
    return {"removed": bool(done.rowcount)}


_TABLE = picture


def picture_of(connection: Connection, name: str = "logo") -> bytes | None:
    """The bytes of the logo or the stamp (PNG or JPEG), or None."""
    return connection.execute(select(_TABLE.c.content).where(_TABLE.c.name == name)).scalar()


def check_picture(data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises `image_invalid` or `image_too_large`; the size is read before decoding."""
    from PIL import Image

    if len(data) > PICTURE_BYTES_MAX:
        raise InvalidInput(
            Code.IMAGE_TOO_LARGE,
            _("The picture has {count} MB; the limit is {limit} MB. Save it smaller.").format(
                count=-(-len(data) // (1024 * 1024)), limit=PICTURE_BYTES_MAX // (1024 * 1024)
            ),
            field="content",
        )
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            width, height = image.size
            if max(width, height) > PICTURE_SIDE_MAX:
                raise InvalidInput(
                    Code.IMAGE_TOO_LARGE,
                    _("The picture is {width} × {height} pixels; the limit is {limit} a side.").format(
                        width=width, height=height, limit=PICTURE_SIDE_MAX
                    ),
                    field="content",
                )
            image.load()
    except InvalidInput:
        raise
    except Exception as error:  # whatever a picture library says about a broken file
        raise _not_a_picture() from error
    return width, height


def _not_a_picture() -> InvalidInput:
    return InvalidInput(
        Code.IMAGE_INVALID, _("This is not a PNG or JPEG picture, or it is damaged."), field="content"
    )
