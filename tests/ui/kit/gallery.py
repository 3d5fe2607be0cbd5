"""Pictures of every control in both schemes and both languages, to be looked at: `python tests/ui/kit/gallery.py`.

The records are invented; the file is no test, but test_gallery.py walks through what it builds.
"""

from __future__ import annotations

import os
import sys
import tempfile
from array import array
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QHBoxLayout,
    QRadioButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from crmdesk.app import complete_look, dress, make_application
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import EmptyState, Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.line_grid import LineGrid
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.pickers import LinkPicker, PickItem
from crmdesk.ui.kit.preview import PageImage, PagePreview
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tree import Tree, TreeNode
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.main_window import MainWindow

STATES = (
    Choice("overdue", N_("Overdue"), "danger"),
    Choice("open", N_("Open"), "info"),
    Choice("part", N_("Partly paid"), "warn"),
    Choice("paid", N_("Paid"), "good"),
    Choice("draft", N_("Draft")),
)
FIELDS = (
    Field("code", Kind.CODE, N_("Code"), width=8),
    Field("name", Kind.TEXT, N_("Customer"), width=24),
    Field("contact", Kind.TEXT, N_("Contact"), width=10),
    Field("state", Kind.STATE, N_("State"), choices=STATES, width=10),
    Field("balance", Kind.MONEY, N_("Balance"), width=12, sign="any"),
    Field("overdue", Kind.MONEY, N_("Overdue"), width=11),
    Field("last_on", Kind.DATE, N_("Last contact"), width=10),
)
NAMES = (
    ("上海鼎泰建筑装饰工程有限公司", "王建国"),
    ("苏州园林绿化养护服务部", "陆小曼"),
    ("杭州西溪民宿集群", "Ada Chen-Williams"),
    ("张伟", "张伟"),
    ("宁波港务设备租赁有限公司", "周海"),
    ("无锡太湖花市", "孙莉"),
    ("Café Ñandú S.A.", "Lucía Fernández"),
    ("南京秦淮灯彩厂", "顾业亮"),
    ("嘉兴粽子合作社", "李明珠"),
    ("重庆山城火锅连锁", "曾庆红梅"),
    ("单雄信五金店", "单雄信"),
    ("合肥科大讯联实验室", "仇英"),
    ("绍兴黄酒行", "区志远"),
    ("O’Brien & Søns Ltd", "M. O’Brien"),
)


class MadeUpRows:
    """Rows worked out from their ids; as many as wanted."""

    fields = FIELDS

    def __init__(self, count: int = 512) -> None:
        self.count = count

    def ids(self, query: Query) -> array[int]:
        whole = range(1, self.count + 1)
        if query.search:
            return array(
                "q", [entry for entry in whole if query.search.lower() in str(self.row(entry)).lower()]
            )
        return array("q", reversed(whole) if query.is_descending else whole)

    def row(self, entry: int) -> Row:
        name, contact = NAMES[entry % len(NAMES)]
        balance = Decimal(entry * 7919 % 240_000_00).scaleb(-2)
        overdue = Decimal(entry * 104_729 % 36_000_00).scaleb(-2) if entry % 3 == 0 else Decimal("0.00")
        state = STATES[entry * 7 % 5].value
        day = date(2026, 11, 21) - timedelta(days=entry % 37)
        balance = -balance if entry % 17 == 5 else balance
        return (f"C{entry:05d}", name, contact, state, balance, overdue, day)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        return {entry: self.row(entry) for entry in ids}

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        del query
        return {"balance": Decimal("718436.20"), "overdue": Decimal("93680.00")}


class MadeUpPicker:
    """A picker over the made-up names."""

    def search(self, text: str, limit: int) -> list[PickItem]:
        items = [PickItem(f"C{n:05d}", name, f"C{n:05d}", who) for n, (name, who) in enumerate(NAMES)]
        return [item for item in items if text.lower() in f"{item.title} {item.code}".lower()][:limit]

    def recent(self, values: Sequence[str], limit: int) -> list[PickItem]:
        first = [item for value in values if (item := self.find(value))]
        return (first + [item for item in self.search("", limit) if item not in first])[:limit]

    def find(self, value: str) -> PickItem | None:
        return next((item for item in self.search("", 99) if item.value == value), None)


COLUMNS = [
    Column(FIELDS[0], is_muted=True),
    Column(FIELDS[1]),
    Column(FIELDS[2]),
    Column(FIELDS[3]),
    Column(FIELDS[4]),
    Column(FIELDS[5], tone=lambda row: "danger" if row[5] else ""),
    Column(FIELDS[6], is_muted=True),
]
FORM_FIELDS = (
    Field("customer", Kind.LINK, N_("Customer"), link="customer", required=True),
    Field("date", Kind.DATE, N_("Date"), required=True),
    Field("due", Kind.DATE, N_("Due date")),
    Field("amount", Kind.MONEY, N_("Amount"), required=True),
    Field("currency", Kind.CURRENCY, N_("Currency")),
    Field("rate", Kind.RATE, N_("Tax rate")),
    Field(
        "method",
        Kind.CHOICE,
        N_("Method"),
        choices=(Choice("bank", N_("Bank transfer")), Choice("cash", N_("Cash"))),
    ),
    Field(
        "tax_number", Kind.TAX_NUMBER, N_("Tax number"), help=N_("18 characters; the last is a check sign.")
    ),
    Field("included", Kind.BOOLEAN, N_("Tax included")),
    Field("note", Kind.LONG_TEXT, N_("Note"), length_max=10_000),
)
LINE_FIELDS = (
    Field("product", Kind.LINK, N_("Product"), link="customer", width=22),
    Field("description", Kind.TEXT, N_("Description"), width=20),
    Field("quantity", Kind.QUANTITY, N_("Quantity"), width=8, required=True),
    Field("unit_price", Kind.PRICE, N_("Unit price"), width=10),
    Field("discount", Kind.OBJECT, N_("Discount"), width=8),
    Field("tax_rate", Kind.RATE, N_("Tax rate"), width=7),
)
LINE_TOTAL = (Field("total", Kind.MONEY, N_("Amount"), width=12),)


def line_totals(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """Quantity × price, for the picture only."""
    totals = []
    for line in lines:
        quantity, price = line.get("quantity"), line.get("unit_price")
        known = isinstance(quantity, Decimal) and isinstance(price, Decimal)
        totals.append({"total": (quantity * price).quantize(Decimal("0.01")) if known else None})
    return totals


def settle(application: QApplication) -> None:
    """Lets tasks and timers of the picture finish."""
    import time

    for _turn in range(12):
        application.processEvents()
        time.sleep(0.01)


def list_page(ctx: Context) -> ListPage:
    """The customers' list of the mock-ups."""
    page = ListPage(
        ctx,
        "customers",
        N_("Customers"),
        MadeUpRows(),
        COLUMNS,
        kind="customer",
        count_words=N_("{count} customers"),
        search_hint=N_("Search"),
        icon="users",
    )
    page.add_filter(filter_chip(_("Overdue only"), "customers.filter.overdue", lambda _on: None))
    page.add_button(Command("customers.new", N_("New customer"), lambda: None, "plus", "Ctrl+N"))
    page.enable_export()
    tree = Tree(ctx, "customers.tree")
    tree.set_nodes(
        [
            TreeNode("h", _("Category"), is_heading=True, may_move=False, may_rename=False),
            TreeNode(0, _("All customers"), count=1248, may_move=False, may_rename=False),
            TreeNode(1, "零售", 0, 512),
            TreeNode(2, "线上", 1, 188),
            TreeNode(3, "线下", 1, 324),
            TreeNode(4, "服务", 0, 297),
            TreeNode(5, "制造", 0, 221),
            TreeNode(6, "批发", 0, 143),
        ]
    )
    tree.select(1)
    page.set_side(tree)
    page.set_detail(detail())
    return page


def detail() -> QWidget:
    """A record beside the list."""
    holder = QWidget()
    holder.setProperty("role", "surface")
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    space = theme().metrics.space
    column = QVBoxLayout(holder)
    column.setContentsMargins(space(4), space(4), space(4), space(4))
    column.setSpacing(space(3))
    column.addWidget(labels.heading("杭州西溪民宿集群"))
    column.addWidget(labels.caption("C00008 · 西湖区 · 负责人 林悦"))
    chips = FlowLayout()
    for words, tone in (
        ("A 级", "good"),
        ("忠诚客户", "info"),
        ("逾期 24 天", "danger"),
        ("临近到期", "warn"),
        ("住宿", "neutral"),
    ):
        chips.addWidget(labels.Chip(words, tone))
    column.addLayout(chips)
    card = labels.Card("raised")
    card.body.addWidget(labels.caption(_("Balance")))
    card.body.addWidget(labels.figure("¥76,310.50"))
    column.addWidget(card)
    row = FlowLayout()
    row.addWidget(plain_button(_("Receive"), "x.receive", "primary", "banknote"))
    row.addWidget(plain_button(_("New invoice"), "x.invoice", "", "plus"))
    row.addWidget(plain_button(_("Delete"), "x.delete", "danger", "trash"))
    column.addLayout(row)
    tabs = QTabWidget()
    for words in (_("Timeline"), _("Documents"), _("Contacts")):
        tabs.addTab(QWidget(), words)
    column.addWidget(tabs, 1)
    return holder


def form_page(ctx: Context) -> tuple[QWidget, Form]:
    """A form with errors, a line grid and the small controls."""
    holder = QWidget()
    holder.setProperty("role", "surface")
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    space = theme().metrics.space
    column = QVBoxLayout(holder)
    column.setContentsMargins(space(4.5), space(3), space(4.5), space(3))
    banner = Banner()
    column.addWidget(banner)
    banner.show_message(
        _("The book is read-only here: reports work, changes do not."), "warn", _("Why?"), lambda: None
    )
    form = Form(
        ctx,
        FORM_FIELDS,
        {"customer": "C00002", "amount": "50000", "currency": "CNY", "rate": "0.13"},
        pickers={"customer": MadeUpPicker()},
    )
    form.editor("amount").set_currency("CNY")
    form.editor("date").set_value("2026-02-31")
    form.set_error(
        "date",
        _("“{value}” is not a date. Write 2026-03-31, 3-31 or t for today.").format(value="2026-02-31"),
    )
    column.addWidget(form)
    grid = LineGrid(
        ctx, LINE_FIELDS, computed=LINE_TOTAL, compute=line_totals, pickers={"customer": MadeUpPicker()}
    )
    grid.set_lines(
        [
            {
                "product": "P001",
                "description": "花岗岩地砖 600×600",
                "quantity": "12",
                "unit_price": "86.5",
                "tax_rate": "0.13",
            },
            {
                "product": "P002",
                "description": "安装",
                "quantity": "1.5",
                "unit_price": "1200",
                "discount": {"rate": Decimal("0.05")},
            },
        ]
    )
    grid.line_model().read(1, "quantity", "一箱")
    column.addWidget(grid, 1)
    row = QHBoxLayout()
    row.setSpacing(space(4))
    row.addWidget(
        Segments("style", [("a", _("Balance forward")), ("b", _("Open items")), ("c", _("Activity"))]), 1
    )
    on, off, dead = QCheckBox(_("Ageing")), QCheckBox(_("Amount in words")), QCheckBox(_("Slip"))
    on.setChecked(True)
    dead.setEnabled(False)
    radio = QRadioButton(_("A4"))
    radio.setChecked(True)
    for widget in (on, off, dead, radio, QRadioButton("A5")):
        row.addWidget(widget)
    row.addStretch(1)
    save = plain_button(_("Save"), "form.save", "primary", "save")
    dead_button = plain_button(_("Save and print"), "form.print", "primary", "printer")
    dead_button.setEnabled(False)
    row.addWidget(plain_button(_("Cancel"), "form.cancel"))
    row.addWidget(dead_button)
    row.addWidget(save)
    column.addLayout(row)
    return scrolled(holder), form


def preview_page() -> PagePreview:
    """Two blank pages with a grey band each."""
    preview = PagePreview("statement.preview")
    width, height = 794, 1123
    white, grey = bytes((255, 255, 255, 255)), bytes((210, 214, 212, 255))
    picture = white * (width * 90) + grey * (width * 40) + white * (width * (height - 130))
    preview.set_pages([PageImage(width, height, picture), PageImage(width, height, picture)])
    return preview


def payment_dialog(window: QWidget, ctx: Context) -> Dialog:
    """The shape of quick payment."""
    dialog = Dialog(window, _("Receive"), name="payment", subtitle="2026-11-21", width=110)
    form = Form(
        ctx,
        FORM_FIELDS[:1] + FORM_FIELDS[3:4] + FORM_FIELDS[6:7],
        {"customer": "C00002", "amount": "50000"},
        name="payment",
        pickers={"customer": MadeUpPicker()},
    )
    form.editor("amount").setProperty("role", "figure")
    form.editor("amount").set_currency("CNY")
    dialog.body.addWidget(form)
    dialog.add_action(_("Cancel"), "payment.cancel", dialog.reject, shortcut="Esc")
    dialog.add_action(_("Save"), "payment.save", dialog.accept, shortcut="Ctrl+S")
    dialog.add_action(
        _("Save and print"),
        "payment.print",
        dialog.accept,
        kind="primary",
        shortcut="Ctrl+Return",
        icon="printer",
    )
    dialog.show_sheet()
    return dialog


def empty_page(ctx: Context, window: QWidget) -> QWidget:
    """What a list shows before there is anything."""
    state = EmptyState(
        "users", _("No customers yet"), _("Import the list you have in Excel, or write down the first one.")
    )
    action = ctx.commands.add(Command("demo.import", N_("Import from Excel"), lambda: None, "upload"), window)
    state.add_button(button(action, "primary", icon="upload"))
    state.add_button(plain_button(_("New customer"), "demo.new", "", "plus"))
    return state


def take(
    folder: Path, scheme: str, language: str, density: str = "comfortable", scale: float = 1.0
) -> list[Path]:
    """Makes the pictures of one scheme and language."""
    application = make_application(["gallery"])
    settings = ViewState(Path(tempfile.mkdtemp()) / "window.json")
    dress(application, settings)
    complete_look()
    switch_language(language)
    theme().configure(scheme, density, scale)
    ctx = Context(settings)
    window = MainWindow(ctx)
    receive = ctx.commands.find("payment.receive")
    if receive is not None:
        receive.setEnabled(True)
    window.set_book_name("鼎晟建材商行" if language == "zh_CN" else "Dingsheng Trading")
    window.rail.set_enabled(True)
    window.rail.set_count("today", 7)
    window.rail.mark("customers")
    window.resize(1366, 768)
    pages = {"list": list_page(ctx)}
    holder, form = form_page(ctx)
    pages |= {"form": holder, "preview": preview_page(), "empty": empty_page(ctx, window)}
    for page in pages.values():
        window.stack.addWidget(page)
    window.show()
    made = []
    for name, page in pages.items():
        window.stack.setCurrentWidget(page)
        settle(application)
        if name == "list":
            pages["list"].table.select(4)
            ctx.notices.toast(_("{count} rows copied.").format(count=3))
            ctx.notices.toast(_("The amount is larger than what is open."), "danger", _("Show"), lambda: None)
        if name == "form":
            window.activateWindow()
            picker = form.editor("customer")
            assert isinstance(picker, LinkPicker)
            form.focus_field("amount")
        settle(application)
        path = folder / f"{name}-{scheme}-{language}-{density}-{round(scale * 100)}.png"
        window.grab().save(str(path))
        made.append(path)
        if name == "form":
            picker.setFocus()
            picker._look("州")
            settle(application)
            path = folder / f"picker-{scheme}-{language}-{density}-{round(scale * 100)}.png"
            window.grab().save(str(path))
            made.append(path)
    window.stack.setCurrentWidget(pages["list"])
    dialog = payment_dialog(window, ctx)
    settle(application)
    picture = window.grab()
    from PySide6.QtGui import QPainter

    painter = QPainter(picture)
    painter.drawPixmap(window.mapFromGlobal(dialog.pos()), dialog.grab())
    painter.end()
    path = folder / f"dialog-{scheme}-{language}-{density}-{round(scale * 100)}.png"
    picture.save(str(path))
    made.append(path)
    dialog.close()
    ctx.end()
    window.hide()
    window.deleteLater()
    settle(application)
    return made


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "build/gallery")
    target.mkdir(parents=True, exist_ok=True)
    for wanted_scheme, wanted_language in (
        ("light", "zh_CN"),
        ("dark", "en"),
        ("light", "en"),
        ("dark", "zh_CN"),
    ):
        take(target, wanted_scheme, wanted_language)
    take(target, "light", "en", "compact")
    take(target, "light", "en", "comfortable", 2.0)
