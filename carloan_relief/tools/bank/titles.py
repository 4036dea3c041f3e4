"""What the columns of a bank's CSV are called, to propose them to a person."""

from .matching import normalise_name
from .model import FIELDS

#: Titles by field, the likelier first. A guess only: the person sees and corrects it.
KNOWN = {
    "date": (
        "记账日期",
        "入账日期",
        "交易日期",
        "交易时间",
        "日期",
        "booking date",
        "date",
        "transaction date",
        "buchungstag",
        "value date",
    ),
    "credit": (
        "收入",
        "收入金额",
        "贷方金额",
        "贷方发生额",
        "存入金额",
        "credit",
        "money in",
        "paid in",
    ),
    "debit": (
        "支出",
        "支出金额",
        "借方金额",
        "借方发生额",
        "支取金额",
        "debit",
        "money out",
        "paid out",
    ),
    "amount": ("交易金额", "发生额", "金额", "amount", "betrag", "transaction amount"),
    "currency": ("币种", "currency", "währung"),
    "payer": (
        "对方户名",
        "付款人",
        "付款人名称",
        "对方名称",
        "对方账户名称",
        "payer",
        "payer name",
        "name",
        "counterparty",
        "beguenstigter/zahlungspflichtiger",
    ),
    "account": (
        "对方账号",
        "付款人账号",
        "对方账户",
        "payer account",
        "account",
        "counterparty account",
        "iban",
    ),
    "reference": (
        "摘要",
        "附言",
        "用途",
        "备注",
        "交易附言",
        "reference",
        "description",
        "details",
        "memo",
        "text",
        "verwendungszweck",
    ),
    "reason": (
        "退票原因",
        "退汇原因",
        "失败原因",
        "return reason",
        "reason code",
        "return code",
        "rückgabegrund",
    ),
    "side": (
        "借贷标志",
        "借贷标识",
        "借贷方向",
        "收支标志",
        "收支方向",
        "debit/credit",
        "credit/debit",
        "cr/dr",
        "dr/cr",
        "soll/haben",
    ),
    "balance": (
        "余额",
        "账户余额",
        "本次余额",
        "balance",
        "running balance",
        "balance after",
        "saldo",
    ),
    "uid": (
        "交易流水号",
        "流水号",
        "交易序号",
        "凭证号",
        "transaction id",
        "id",
        "bank reference",
        "reference number",
    ),
}


def guess_columns(titles):
    """Return {field: title} for the titles that a bank is known to use."""
    own = {normalise_name(title): title for title in titles}
    result = {}
    for name in FIELDS:
        hits = [own[key] for key in map(normalise_name, KNOWN[name]) if key in own]
        hits = [title for title in hits if title not in result.values()]
        if hits:
            result[name] = hits[0]
    if "credit" in result and "debit" in result:
        result.pop("amount", None)
        result.pop("side", None)
    return result
