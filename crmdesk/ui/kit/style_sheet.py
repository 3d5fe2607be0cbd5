"""The style sheet, made from the colours and the sizes. Roles are dynamic properties that the widgets set."""

from __future__ import annotations

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.metrics import Metrics
from crmdesk.ui.kit.tokens import Colours


def style_sheet(colours: Colours, sizes: Metrics) -> str:
    """The whole sheet for one scheme and one set of sizes."""
    return "\n".join(
        part(colours, sizes) for part in (_surfaces, _text, _fields, _buttons, _rail, _lists, _bars)
    )


def _surfaces(c: Colours, m: Metrics) -> str:
    return f"""
QMainWindow, QDialog, QWidget[role="page"] {{ background: {c.background}; }}
QWidget[role="surface"], QStackedWidget[role="surface"] {{ background: {c.surface}; }}
QWidget[role="raised"] {{ background: {c.raised}; }}
QWidget[role="topBar"] {{ background: {c.rail}; border-bottom: 1px solid {c.border}; }}
QWidget[role="rail"] {{ background: {c.rail}; border-right: 1px solid {c.border}; }}
QWidget[role="titleBar"] {{ background: {c.background}; border-bottom: 1px solid {c.border}; }}
QWidget[role="chipRow"] {{ background: {c.raised}; border-bottom: 1px solid {c.border}; }}
QWidget[role="footer"] {{ background: {c.raised}; border-top: 1px solid {c.border}; }}
QWidget[role="side"] {{ background: {c.raised}; }}
QFrame[role="card"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_card}px;
}}
QFrame[role="card"][tone="raised"] {{ background: {c.raised}; }}
QFrame[role="dialogCard"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_dialog}px;
}}
QWidget[role="dialogFoot"] {{
  background: {c.raised}; border-top: 1px solid {c.border};
  border-bottom-left-radius: {m.radius_dialog - 1}px; border-bottom-right-radius: {m.radius_dialog - 1}px;
}}
QFrame[role="popup"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_field}px;
}}
QFrame[role="banner"] {{ border: 1px solid {c.border}; border-radius: {m.radius_field}px; background: {c.raised}; }}
QFrame[role="banner"][tone="danger"] {{ background: {c.danger_soft}; border-color: {c.danger_soft}; }}
QFrame[role="banner"][tone="warn"] {{ background: {c.warn_soft}; border-color: {c.warn_soft}; }}
QFrame[role="banner"][tone="info"] {{ background: {c.info_soft}; border-color: {c.info_soft}; }}
QFrame[role="banner"][tone="good"] {{ background: {c.accent_soft}; border-color: {c.accent_soft}; }}
QFrame[role="toast"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_card}px;
}}
QFrame[role="rule"] {{ background: {c.border}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[role="ruleUpright"] {{ background: {c.border}; border: none; max-width: 1px; min-width: 1px; }}
QSplitter::handle {{ background: {c.border}; }}
QSplitter::handle:hover {{ background: {c.accent}; }}
QToolTip {{
  background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; padding: {m.space(1)}px {m.space(2)}px;
}}
QScrollArea, QScrollArea > QWidget > QWidget[role="plain"] {{ background: transparent; border: none; }}
"""


def _text(c: Colours, m: Metrics) -> str:
    sizes = {
        "title": (tokens.TITLE, 700),
        "heading": (tokens.HEADING, 700),
        "figure": (tokens.FIGURE, 700),
        "strong": (tokens.TEXT, 700),
        "caption": (tokens.SMALL, 400),
        "tiny": (tokens.TINY, 400),
    }
    rules = [
        f'QLabel[role="{role}"] {{ font-size: {m.px(size)}px; font-weight: {weight}; }}'
        for role, (size, weight) in sizes.items()
    ]
    rules += [
        f'QLabel[tone="{tone}"] {{ color: {c.ink(tone)}; }}'
        for tone in ("second", "third", "good", "warn", "danger", "info", "accent")
    ]
    rules += [
        f'QLabel[role="chip"] {{ border-radius: {m.chip // 2}px; padding: 0 {m.space(2)}px;'
        f" min-height: {m.chip}px; max-height: {m.chip}px; font-size: {m.px(tokens.SMALL)}px;"
        f" background: {c.hairline}; color: {c.second}; }}"
    ]
    for tone in ("good", "warn", "danger", "info"):
        ink, fill = c.tone(tone)
        rules.append(f'QLabel[role="chip"][tone="{tone}"] {{ background: {fill}; color: {ink}; }}')
    rules.append(
        f'QLabel[role="badge"] {{ border-radius: {m.px(9)}px; padding: 0 {m.space(1.25)}px;'
        f" min-width: {m.px(18) - 2 * m.space(1.25)}px; min-height: {m.px(18)}px; max-height: {m.px(18)}px;"
        f" font-size: {m.px(tokens.TINY)}px; font-weight: 700;"
        f" background: {c.danger}; color: {c.on_accent if c.is_dark else c.surface}; }}"
    )
    rules.append(
        f'QLabel[role="sign"] {{ border-radius: {m.px(6)}px; background: {c.accent}; color: {c.on_accent};'
        f" font-weight: 700; min-width: {m.px(22)}px; max-width: {m.px(22)}px;"
        f" min-height: {m.px(22)}px; max-height: {m.px(22)}px; }}"
    )
    rules.append(
        f'QLabel[role="picture"] {{ border: 1px dashed {c.border}; border-radius: {m.radius_field}px;'
        f" color: {c.third}; font-size: {m.px(tokens.SMALL)}px; }}"
    )
    edge = m.px(38)
    rules.append(
        f'QLabel[role="tile"] {{ border-radius: {m.px(9)}px; background: {c.accent_soft}; color: {c.on_soft};'
        f" font-weight: 700; font-size: {m.px(tokens.HEADING)}px; min-width: {edge}px; max-width: {edge}px;"
        f" min-height: {edge}px; max-height: {edge}px; }}"
    )
    rules.append(
        f'QLabel[role="keys"] {{ border: 1px solid {c.border}; border-radius: {m.px(4)}px;'
        f" padding: 0 {m.space(1.25)}px; font-size: {m.px(tokens.TINY)}px; color: {c.second};"
        f" background: {c.raised}; }}"
        f'QPushButton[kind="primary"] QLabel[role="keys"] {{ background: transparent; color: {c.on_accent};'
        f" border-color: {c.on_accent if c.is_dark else c.accent_soft}; }}"
        f'QPushButton[kind="primary"] QLabel[role="keys"]:disabled {{ color: {c.second}; border-color: {c.third}; }}'
    )
    return "\n".join(rules)


def _fields(c: Colours, m: Metrics) -> str:
    inner = m.field - 2
    return f"""
QLineEdit, QComboBox, QPlainTextEdit, QTextEdit, QSpinBox {{
  background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; border-radius: {m.radius_field}px;
  selection-background-color: {c.accent}; selection-color: {c.on_accent}; placeholder-text-color: {c.third};
}}
QLineEdit, QComboBox, QSpinBox {{ min-height: {inner}px; max-height: {inner}px; padding: 0 {m.space(2.5)}px; }}
QPlainTextEdit, QTextEdit {{ padding: {m.space(1)}px {m.space(1.5)}px; }}
QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover, QTextEdit:hover, QSpinBox:hover {{ border-color: {c.third}; }}
QLineEdit:focus, QComboBox:focus, QComboBox:on, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus {{
  border-color: {c.accent};
}}
QLineEdit[invalid="true"], QComboBox[invalid="true"], QPlainTextEdit[invalid="true"] {{ border-color: {c.danger}; }}
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled, QLineEdit:read-only {{
  background: {c.raised}; color: {c.second};
}}
QPushButton[kind="several"] {{
    background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_field}px; color: {c.text};
    min-height: {inner}px; max-height: {inner}px; padding: 0 {m.space(2.5)}px; text-align: left; font-weight: normal;
}}
QPushButton[kind="several"]:hover {{ border-color: {c.third}; }}
QPushButton[kind="several"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="several"][invalid="true"] {{ border-color: {c.danger}; }}
QLineEdit[role="search"] {{ padding-left: {m.space(0.5)}px; padding-right: {m.space(1)}px; }}
QLineEdit[role="palette"] {{ border: none; background: transparent; padding: 0; font-size: {m.px(tokens.HEADING)}px; }}
QLineEdit[role="figure"] {{ font-size: {m.px(tokens.TITLE)}px; font-weight: 700; }}
QLineEdit[role="cell"], QComboBox[role="cell"] {{
  border-radius: 0; min-height: 0; max-height: 9999px; border: 2px solid {c.accent};
  padding: 0 {m.cell_padding - 2}px; background: {c.surface};
}}
/* the list opens below, like a menu of rows, not over the field */
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: {m.icon + m.space(3)}px; }}
QComboBox QAbstractItemView {{
  background: {c.surface}; border: 1px solid {c.border}; padding: {m.space(1)}px; outline: none;
  selection-background-color: {c.accent_soft}; selection-color: {c.on_soft};
}}
QComboBox QAbstractItemView::item {{ min-height: {m.tree_row}px; padding: 0 {m.space(1.5)}px; }}
QLineEdit QToolButton {{
  background: transparent; border: none; padding: 0; min-height: 0; max-height: {m.field}px;
}}
QLineEdit QToolButton:hover {{ background: transparent; border: none; }}
QComboBox::down-arrow {{ image: none; }}
QCheckBox, QRadioButton {{ spacing: {m.space(2)}px; color: {c.text}; min-height: {m.line + m.space(1)}px; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {c.third}; }}
QCalendarWidget QWidget {{ alternate-background-color: {c.raised}; }}
QCalendarWidget QAbstractItemView {{
  background: {c.surface}; selection-background-color: {c.accent}; selection-color: {c.on_accent}; outline: none;
}}
QCalendarWidget QAbstractItemView:disabled {{ color: {c.third}; }}
"""


def _buttons(c: Colours, m: Metrics) -> str:
    inner = m.button - 2
    return f"""
QPushButton, QToolButton {{
  background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; border-radius: {m.radius_field}px;
  padding: 0 {m.space(3)}px; min-height: {inner}px; max-height: {inner}px;
}}
QToolButton {{ padding: 0 {m.space(1.75)}px; }}
QPushButton:hover, QToolButton:hover {{ background: {c.hover}; border-color: {c.border}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: {c.hairline}; }}
QPushButton:focus, QToolButton:focus {{ border-color: {c.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {c.third}; background: {c.raised}; }}
QPushButton[kind="primary"] {{
  background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 700;
}}
QPushButton[kind="primary"]:hover {{ background: {c.accent_hover}; border-color: {c.accent_hover}; }}
QPushButton[kind="primary"]:disabled {{ background: {c.border}; border-color: {c.border}; color: {c.second}; }}
QPushButton[kind="danger"] {{ color: {c.danger}; }}
QPushButton[kind="danger"]:hover {{ background: {c.danger_soft}; border-color: {c.danger_soft}; }}
QPushButton[kind="ghost"], QToolButton[kind="ghost"] {{ background: transparent; border-color: transparent; }}
QPushButton[kind="ghost"]:hover, QToolButton[kind="ghost"]:hover {{ background: {c.hairline}; }}
QPushButton[kind="ghost"]:focus, QToolButton[kind="ghost"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="heading"] {{
  background: transparent; border: 1px solid transparent; padding: 0 {m.space(1)}px; font-weight: 700;
}}
QPushButton[kind="heading"]:hover {{ background: {c.hairline}; }}
QPushButton[kind="heading"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="link"] {{
  background: transparent; border: none; color: {c.accent}; padding: 0; min-height: {m.line}px;
}}
QPushButton[kind="link"]:hover {{ color: {c.accent_hover}; text-decoration: underline; }}
QPushButton[kind="chip"] {{
  border-radius: {(m.px(26)) // 2}px; min-height: {m.px(26) - 2}px; max-height: {m.px(26) - 2}px;
  padding: 0 {m.space(2.5)}px; color: {c.second}; font-size: {m.px(tokens.SMALL)}px;
}}
QPushButton[kind="chip"]:checked {{ background: {c.accent_soft}; color: {c.on_soft}; border-color: {c.accent_soft}; }}
QPushButton[kind="chip"][tone="good"] {{
  background: {c.accent_soft}; color: {c.on_soft}; border-color: {c.accent_soft};
}}
QPushButton[kind="chip"][tone="warn"] {{ background: {c.warn_soft}; color: {c.warn}; border-color: {c.warn_soft}; }}
QPushButton[kind="chip"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="card"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_card}px; padding: 0;
  min-height: {m.figure_card - 2}px; max-height: {m.figure_card - 2}px;
}}
QPushButton[kind="card"]:hover {{ background: {c.raised}; border-color: {c.handle}; }}
QPushButton[kind="card"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="tile"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_card}px; padding: 0;
  min-height: {m.fact_tile - 2}px; max-height: {m.fact_tile - 2}px;
}}
QPushButton[kind="tile"]:hover {{ background: {c.raised}; border-color: {c.handle}; }}
QPushButton[kind="tile"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="choice"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_card}px; text-align: left;
  padding: 0 0 0 {m.space(4)}px; min-height: {m.choice_card - 2}px; max-height: {m.choice_card - 2}px;
}}
QPushButton[kind="choice"][tone="accent"] {{ background: {c.accent_soft}; border-color: {c.accent}; }}
QPushButton[kind="choice"]:hover {{ background: {c.raised}; border-color: {c.handle}; }}
QPushButton[kind="choice"][tone="accent"]:hover {{ background: {c.accent_soft}; border-color: {c.accent_hover}; }}
QPushButton[kind="choice"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="barRow"] {{
  background: transparent; border: 1px solid transparent; padding: 0;
  min-height: {m.line + m.space(2) - 2}px; max-height: {m.line + m.space(2) - 2}px;
}}
QPushButton[kind="barRow"]:hover {{ background: {c.hover}; }}
QPushButton[kind="barRow"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="addChip"] {{
  border-radius: {(m.px(26)) // 2}px; min-height: {m.px(26) - 2}px; max-height: {m.px(26) - 2}px;
  padding: 0 {m.space(2.5)}px; color: {c.second}; font-size: {m.px(tokens.SMALL)}px;
  border: 1px dashed {c.border}; background: transparent;
}}
QPushButton[kind="filterChip"] {{
  border-radius: {(m.px(26)) // 2}px; min-height: {m.px(26) - 2}px; max-height: {m.px(26) - 2}px; text-align: left;
  padding: 0 {m.space(1)}px 0 {m.space(2.5)}px; font-size: {m.px(tokens.SMALL)}px;
  background: {c.accent_soft}; color: {c.on_soft}; border-color: {c.accent_soft};
}}
QPushButton[kind="filterChip"]:hover, QPushButton[kind="filterChip"]:focus {{ border-color: {c.accent}; }}
QToolButton[kind="chipCross"] {{
  background: transparent; border: none; padding: 0; min-height: {m.px(20)}px; max-height: {m.px(20)}px;
  min-width: {m.px(20)}px; max-width: {m.px(20)}px; border-radius: {m.px(10)}px;
}}
QToolButton[kind="chipCross"]:hover {{ background: {c.surface}; }}
QToolButton[tone="accent"] {{ background: {c.accent_soft}; color: {c.on_soft}; border-color: {c.accent_soft}; }}
QPushButton[hasKeys="true"] {{ text-align: left; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}
QFrame[role="groupBar"] {{ background: {c.border}; border: none; border-radius: 1px; }}
QFrame[role="segments"] {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_field}px;
}}
QPushButton[kind="segment"] {{
  border: none; border-radius: {max(1, m.radius_field - 2)}px; background: transparent; color: {c.second};
  min-height: {m.field - 6}px; max-height: {m.field - 6}px; padding: 0 {m.space(2)}px;
}}
QPushButton[kind="segment"][isTight="true"] {{ padding: 0 {m.space(1)}px; }}
QPushButton[kind="segment"]:hover {{ background: {c.hover}; }}
QPushButton[kind="segment"]:checked {{ background: {c.accent_soft}; color: {c.on_soft}; }}
QPushButton[kind="segment"]:focus {{ text-decoration: underline; }}
"""


def _rail(c: Colours, m: Metrics) -> str:
    return f"""
QPushButton[kind="nav"] {{
  text-align: left; border: 1px solid transparent; border-radius: {m.radius_field}px; background: transparent;
  color: {c.second}; padding: 0 {m.space(2.5)}px; min-height: {m.rail_item - 2}px; max-height: {m.rail_item - 2}px;
}}
QPushButton[kind="nav"]:hover {{ background: {c.hover if c.is_dark else c.border}; color: {c.text}; }}
QPushButton[kind="nav"]:checked {{
  background: {c.surface}; color: {c.text}; border-color: {c.border}; font-weight: 700;
}}
QPushButton[kind="nav"]:focus {{ border-color: {c.accent}; }}
QPushButton[kind="search"] {{
  text-align: left; color: {c.third}; border-radius: {m.radius_field}px; padding: 0 {m.space(2.5)}px;
}}
"""


def _lists(c: Colours, m: Metrics) -> str:
    return f"""
QTableView, QTreeView, QListView {{
  background: {c.surface}; border: none; outline: none; gridline-color: {c.hairline};
  selection-background-color: {c.accent_soft}; selection-color: {c.text};
}}
QTreeView[role="side"] {{ background: {c.raised}; selection-background-color: transparent; }}
QTreeView[role="tree"] {{ background: {c.surface}; selection-background-color: transparent; }}
QListView[role="side"] {{ background: transparent; }}
QTableWidget::item {{ padding: 0 {m.cell_padding}px; }}
QTableView[role="lines"] {{ border: 1px solid {c.border}; selection-background-color: transparent; }}
QHeaderView {{ background: {c.surface}; border: none; }}
QHeaderView::section {{
  background: {c.surface}; color: {c.second}; border: none; border-bottom: 1px solid {c.border};
  padding: 0 {m.cell_padding}px; font-size: {m.px(tokens.SMALL)}px; font-weight: 400;
}}
QHeaderView::section:hover {{ background: {c.hover}; color: {c.text}; }}
QTableCornerButton::section {{ background: {c.surface}; border: none; }}
QListView::item {{ min-height: {m.tree_row}px; padding: 0 {m.space(2)}px; border-radius: {m.px(5)}px; }}
QListView::item:hover {{ background: {c.hover}; }}
QListView::item:selected {{ background: {c.accent_soft}; color: {c.on_soft}; }}
QMenu {{
  background: {c.surface}; border: 1px solid {c.border}; border-radius: {m.radius_field}px; padding: {m.space(1)}px;
}}
QMenu::item {{
  padding: {m.space(1.5)}px {m.space(6)}px {m.space(1.5)}px {m.space(2.5)}px; border-radius: {m.px(5)}px;
  background: transparent; color: {c.text};
}}
QMenu::item:selected {{ background: {c.accent_soft}; color: {c.on_soft}; }}
QMenu::item:disabled {{ color: {c.third}; }}
QMenu::icon {{ padding-left: {m.space(2)}px; }}
QMenu::indicator {{ width: {m.icon}px; height: {m.icon}px; padding-left: {m.space(1)}px; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: {m.space(1)}px {m.space(1)}px; }}
"""


def _bars(c: Colours, m: Metrics) -> str:
    bar = m.px(11)
    return f"""
QScrollBar:vertical {{ background: transparent; width: {bar}px; margin: 0; border: none; }}
QScrollBar:horizontal {{ background: transparent; height: {bar}px; margin: 0; border: none; }}
QScrollBar::handle {{ background: {c.handle}; border-radius: {m.px(3)}px; margin: {m.px(3)}px; }}
QScrollBar::handle:vertical {{ min-height: {m.px(28)}px; }}
QScrollBar::handle:horizontal {{ min-width: {m.px(28)}px; }}
QScrollBar::handle:hover {{ background: {c.third}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; background: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {c.border}; }}
QTabBar {{ background: transparent; qproperty-drawBase: 0; }}
QTabBar::tab {{
  background: transparent; color: {c.second}; border: none; border-bottom: 2px solid transparent;
  padding: {m.space(2)}px {m.space(0.5)}px; margin-right: {m.space(4)}px;
}}
QTabBar::tab:hover {{ color: {c.text}; }}
QTabBar::tab:selected {{ color: {c.text}; font-weight: 700; border-bottom-color: {c.accent}; }}
QTabBar::tab:focus {{ color: {c.accent}; }}
QProgressBar {{
  background: {c.hairline}; border: none; border-radius: {m.px(3)}px; max-height: {m.px(6)}px; min-height: {m.px(6)}px;
}}
QProgressBar::chunk {{ background: {c.accent}; border-radius: {m.px(3)}px; }}
"""
