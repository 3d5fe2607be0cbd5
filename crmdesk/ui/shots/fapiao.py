"""Tax invoices: requests, the chain of a red and a new one, the dialogs, a file beside its request."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage
from crmdesk.ui.shots.invoices import lists
from crmdesk.ui.shots.payments import debtor

_DIGITAL = """<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>{number}</EIid><InherentLabel><GeneralOrSpecialVAT><LabelCode>02</LabelCode>
</GeneralOrSpecialVAT></InherentLabel></Header><EInvoiceData><SellerInformation><SellerIdNum>91330106MA2B1CXY3M
</SellerIdNum><SellerName>鼎晟建材商行</SellerName></SellerInformation><BuyerInformation><BuyerIdNum>{tax}</BuyerIdNum>
<BuyerName>{buyer}</BuyerName></BuyerInformation><BasicInformation><TotalAmWithoutTax>{net}</TotalAmWithoutTax>
<TotalTaxAm>{tax_amount}</TotalTaxAm><TotalTax-includedAmount>{total}</TotalTax-includedAmount>
<RequestTime>2026-06-28</RequestTime></BasicInformation></EInvoiceData><TaxSupervisionInfo><InvoiceNumber>{number}
</InvoiceNumber><IssueTime>2026-06-28</IssueTime></TaxSupervisionInfo></EInvoice>
"""


def _lists(stage: Stage, part: str) -> None:
    """A part of the place, out of whatever editor a shot before has left open."""
    lists(stage)
    stage.go("invoices", part=part)


def _first_request(stage: Stage) -> str:
    """The number of the newest open request."""
    from crmdesk.services.lists import Query, querying

    with stage.ctx.need_book().read() as connection:
        query = Query("fapiao_requests", filter="state = requested", sort="-number")
        rows = querying.rows(connection, query, querying.ids(connection, query)[:1])
    return str(rows[0]["number"])


def _requests(stage: Stage) -> None:
    _lists(stage, "requests")
    stage.go("invoices", request=_first_request(stage))


def _fapiao(stage: Stage, *, wanted: str = "state = valid and color = blue") -> None:
    """The list with the newest one that is like `wanted`."""
    from crmdesk.services.lists import Query, querying

    _lists(stage, "fapiao")
    with stage.ctx.need_book().read() as connection:
        found = querying.ids(connection, Query("fapiao", filter=wanted, sort="-number"))
    stage.go("invoices", fapiao=int(found[0]))


def _asking(stage: Stage) -> None:
    _lists(stage, "invoices")
    from crmdesk.ui.dialogs import fapiao_request

    fapiao_request.open_request(stage.ctx, stage.window, customer=debtor(stage))
    stage.settle()


def _abroad(stage: Stage, part: str) -> None:
    """The tax invoice, or the request, of the customers abroad: both currencies and the rate."""
    from crmdesk.services.lists import Query, querying

    _lists(stage, part)
    kind = {"requests": "fapiao_requests"}.get(part, part)
    with stage.ctx.need_book().read() as connection:
        query = Query(kind, filter="bill_currency = USD or bill_currency = EUR", sort="-number")
        (row,) = querying.rows(connection, query, querying.ids(connection, query)[:1])
    stage.go("invoices", **({"request": row["number"]} if part == "requests" else {"fapiao": row["id"]}))


def _asking_abroad(stage: Stage) -> None:
    _lists(stage, "invoices")
    from crmdesk.ui.dialogs import fapiao_request

    fapiao_request.open_request(stage.ctx, stage.window, customer="E0001")
    stage.settle()


def _red_abroad(stage: Stage) -> None:
    _abroad(stage, "fapiao")
    stage.click("fapiao.detail.red")


def _copying_abroad(stage: Stage) -> None:
    _abroad(stage, "requests")
    stage.widget("requests.detail").tabs.setCurrentIndex(1)
    stage.settle()


def _recording(stage: Stage) -> None:
    _lists(stage, "fapiao")
    from crmdesk.ui.dialogs import fapiao_request

    fapiao_request.open_request(stage.ctx, stage.window, customer=debtor(stage), is_record=True)
    stage.settle()
    stage.type_into("fapiaoRecord.form.number", "26332000000012345678")


def _issuing(stage: Stage) -> None:
    _requests(stage)
    stage.click("requests.detail.issue")
    stage.type_into("fapiaoIssue.form.number", "26332000000012")


def _copying(stage: Stage) -> None:
    _requests(stage)
    stage.widget("requests.detail").tabs.setCurrentIndex(1)
    stage.settle()


def _more(stage: Stage, name: str) -> None:
    _fapiao(stage)
    stage.choose(f"fapiao.detail.{name}")


def _red(stage: Stage) -> None:
    _fapiao(stage)
    stage.click("fapiao.detail.red")


def _slips(stage: Stage) -> None:
    """Confirmations: one that waits, one that may be used."""
    from crmdesk.services import use_cases
    from crmdesk.services.lists import Query, querying

    book = stage.ctx.need_book()
    with book.read() as connection:
        query = Query("fapiao", filter="state = valid and color = blue", sort="-number")
        rows = querying.rows(connection, query, querying.ids(connection, query)[:2])
        known = len(querying.ids(connection, Query("red_confirmations")))
    if known < 2:
        opened = [
            use_cases.run(book, "red_confirmation.open", {"fapiao": row["number"], "reason": "return"})[
                "number"
            ]
            for row in rows
        ]
        use_cases.run(book, "red_confirmation.confirm", {"confirmation": opened[-1]})
    _lists(stage, "slips")


def _deliver(stage: Stage) -> None:
    _fapiao(stage)
    stage.click("fapiao.detail.deliver")


def _file(stage: Stage) -> None:
    """A file whose buyer and amounts agree with a request."""
    from crmdesk.models import money
    from crmdesk.services import fapiao_facts
    from crmdesk.ui.dialogs import fapiao_file

    _requests(stage)
    with stage.ctx.need_book().read() as connection:
        facts = fapiao_facts.load_request(connection, _first_request(stage))
    path = stage.folder / "dzfp_26332000000099999999.xml"
    path.write_text(
        _DIGITAL.format(
            number="26332000000099999999",
            tax=facts.profile["tax_number"],
            buyer=facts.profile["title"] + "（旧名）",
            net=money.plain(facts.home_net_minor, "CNY"),
            tax_amount=money.plain(facts.home_tax_minor, "CNY"),
            total=money.plain(facts.home_total_minor, "CNY"),
        ),
        encoding="utf-8",
    )
    fapiao_file.open_dialog(stage.ctx, stage.window, path)
    stage.settle()


def _einvoice(stage: Stage) -> None:
    _lists(stage, "invoices")
    stage.choose("invoices.detail.einvoice")


def _uninvoiced(stage: Stage) -> None:
    _lists(stage, "uninvoiced")


SHOTS = (
    Shot("fapiao-requests", _requests),
    Shot("fapiao-copy", _copying),
    Shot("fapiao", _fapiao),
    Shot("fapiao-chain", lambda stage: _fapiao(stage, wanted="state = all_red")),
    Shot("fapiao-uninvoiced", _uninvoiced),
    Shot("fapiao-request", _asking),
    Shot("fapiao-record", _recording),
    Shot("fapiao-issue", _issuing),
    Shot("fapiao-red", _red),
    Shot("fapiao-reissue", lambda stage: _more(stage, "reissue")),
    Shot("fapiao-confirmation", lambda stage: _more(stage, "slip")),
    Shot("fapiao-deliver", _deliver),
    Shot("fapiao-abroad", lambda stage: _abroad(stage, "fapiao")),
    Shot("fapiao-abroad-request", lambda stage: _abroad(stage, "requests")),
    Shot("fapiao-abroad-ask", _asking_abroad),
    Shot("fapiao-abroad-copy", _copying_abroad),
    Shot("fapiao-abroad-red", _red_abroad),
    Shot("fapiao-slips", _slips),
    Shot("fapiao-file", _file),
    Shot("fapiao-einvoice", _einvoice),
)
"""Made after those of invoices would leave nothing open: each begins from the lists."""
