"""Columns of lists of contacts: visiting cards, and what phones, mail programs and WeChat Work export."""

from __future__ import annotations

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import customers as specs
from crmdesk.services.imports.columns import ImportColumn, column
from crmdesk.services.imports.columns_archive import KEY
from crmdesk.text import N_

_CONTACT = {field.name: field for field in specs.CONTACT}

CONTACTS = (
    ImportColumn("key", KEY, ("key", "记录键")),
    ImportColumn(
        "customer",
        Field("customer", Kind.CODE, N_("Customer"), sample="C00001", length_max=40),
        ("客户编号", "客户编码", "客户代码", "customer code", "customer no"),
    ),
    ImportColumn(
        "company",
        Field("company", Kind.TEXT, N_("Company"), sample="上海鼎晟贸易有限公司", length_max=200, width=28),
        (
            "公司",
            "公司名称",
            "单位",
            "单位名称",
            "企业",
            "企业名称",
            "客户名称",
            "客户",
            "组织",
            "company name",
            "organization",
            "organisation",
            "org",
            "organization 1 - name",
            "organization name",
            "account name",
        ),
    ),
    column(
        _CONTACT["name"],
        "名称",
        "名字",
        "full name",
        "display name",
        "显示名称",
        "name",
        "联系人名称",
        "昵称",
        "备注名",
    ),
    ImportColumn(
        "family",
        Field("family", Kind.TEXT, N_("Family name"), length_max=60),
        ("姓", "姓氏", "last name", "surname"),
    ),
    ImportColumn(
        "given",
        Field("given", Kind.TEXT, N_("Given name"), length_max=60),
        ("名", "first name", "given name"),
    ),
    column(_CONTACT["role"], "头衔", "岗位", "job title", "organization 1 - title", "organization title"),
    column(
        _CONTACT["phone"],
        *(
            "电话",
            "座机",
            "固话",
            "办公电话",
            "商务电话",
            "单位电话",
            "工作电话",
            "business phone",
            "work phone",
            "tel",
        ),
        *("telephone", "company main phone", "phone 2 - value"),
    ),
    column(
        _CONTACT["mobile"],
        *(
            "手机号",
            "手机号码",
            "移动电话",
            "联系电话",
            "mobile phone",
            "cell",
            "cell phone",
            "phone 1 - value",
        ),
    ),
    column(
        _CONTACT["email"],
        *(
            "邮箱",
            "电子邮箱",
            "电子邮件",
            "电子邮件地址",
            "企业邮箱",
            "个人邮箱",
            "email",
            "e-mail",
            "e-mail address",
        ),
        *("e-mail 1 - value", "mail"),
    ),
    column(_CONTACT["wechat"], "微信ID", "微信帐号", "微信账号", "wechat id", "weixin"),
    column(_CONTACT["born_on"], "生日", "出生日期", "birthday", "date of birth"),
    column(_CONTACT["channel"]),
    column(_CONTACT["note"], "备注", "附注", "notes", "note", "描述", "remarks"),
)
