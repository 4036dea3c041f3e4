"""The rows that seed the book of rules: law and policy as read in mid-2026.

Columns: code, value, unit, operator, valid from, source, confirmed, valid to. A row
with ``confirmed`` False stands on general knowledge of the rule, not on a text that was
opened. Amounts are minor units of the currency of the rule.
"""

_ORDER = "2023-07-01"
_CN1 = "Order CBIRC/PBC 2023/1 "

CN_CLASSIFICATION = (
    ("cn.special_mention.dpd", 0, "days", "gt", _ORDER, _CN1 + "Art.10"),
    ("cn.technical.dpd", 7, "days", "le", _ORDER, _CN1 + "Art.10", False),
    ("cn.substandard.dpd", 90, "days", "gt", _ORDER, _CN1 + "Art.11"),
    ("cn.doubtful.dpd", 270, "days", "gt", _ORDER, _CN1 + "Art.12"),
    ("cn.loss.dpd", 360, "days", "gt", _ORDER, _CN1 + "Art.13"),
    ("cn.doubtful.ecl", 0.5, "share", "ge", _ORDER, _CN1 + "Art.12", False),
    ("cn.loss.ecl", 0.9, "share", "ge", _ORDER, _CN1 + "Art.13", False),
    # the least grade while observed; the 2019 draft said doubtful (3) for the second
    ("cn.restructured.grade", 1, "times", "", _ORDER, _CN1 + "Art.21"),
    ("cn.restructured_again.grade", 2, "times", "", _ORDER, _CN1 + "Art.22", False),
    ("cn.observation.periods", 2, "periods", "", _ORDER, _CN1 + "Art.20"),
    ("cn.observation.least", 1, "years", "", _ORDER, _CN1 + "Art.20"),
    ("cn.upgrade.periods", 2, "periods", "", _ORDER, _CN1 + "Art.15"),
    ("cn.upgrade.least", 6, "months", "", _ORDER, _CN1 + "Art.15", False),
    # personal loans by the overdue-period method 脱期法 instead of the clock
    ("cn.upgrade.by_overdue", 0, "switch", "", _ORDER, _CN1 + "Art.15 end", False),
)

_CAR = "汽车贷款管理办法 Art.6"
_PERSONAL = "个人贷款暂行办法 Art.39; 个人贷款管理办法 2024/3"
_NOTICE = "PBC/NFRA notice 2024-04-03"
_LTV18 = "PBC/CBRC notice in force 2018-01-01"
CN_LENDING = (
    ("cn.term.new", 60, "months", "le", "2004-10-01", _CAR),
    ("cn.term.used", 36, "months", "le", "2004-10-01", _CAR),
    ("cn.term.dealer", 12, "months", "le", "2004-10-01", _CAR),
    ("cn.term.short", 12, "months", "le", "2010-02-12", _PERSONAL),
    ("cn.term.short_extension", 1, "share", "le", "2010-02-12", _PERSONAL),
    # commercial banks' consumer loans up to 7 years: it does not amend the car rule
    ("cn.term.relaxed", 0, "switch", "", "2004-10-01", "Notice of 2025-03"),
    ("cn.term.relaxed_months", 84, "months", "le", "2004-10-01", "Notice of 2025-03"),
    # may an agreed restructuring pass the cap? unsettled: off until a lawyer signs
    ("cn.term.restructuring", 0, "switch", "", "2004-10-01", "profile", False),
    ("cn.term.before_scrap", 12, "months", "", "2004-10-01", "汽车贷款管理办法 Art.4"),
    ("cn.ltv.private.ice", 0.80, "share", "le", "2018-01-01", _LTV18),
    ("cn.ltv.private.ice", None, "share", "le", "2024-04-03", _NOTICE),
    ("cn.ltv.private.nev", 0.85, "share", "le", "2018-01-01", _LTV18),
    ("cn.ltv.private.nev", None, "share", "le", "2024-04-03", _NOTICE),
    ("cn.ltv.commercial.ice", 0.70, "share", "le", "2018-01-01", _LTV18),
    ("cn.ltv.commercial.nev", 0.75, "share", "le", "2018-01-01", _LTV18),
    ("cn.ltv.used", 0.70, "share", "le", "2018-01-01", _LTV18),
)

_PRIVATE = "法释〔2020〕17号 Art.25"
_JUDGE = "法发〔2017〕22号 para 2"
CN_COST = (
    (
        "cn.cost.private_loan.lpr",
        4,
        "times",
        "le",
        "2020-08-20",
        _PRIVATE,
    ),
    ("cn.cost.licensed", 0.24, "rate", "le", "2017-08-04", _JUDGE, False),
    # nearing 4 x LPR for new loans by the end of 2027; until then as the courts
    ("cn.cost.small_loan", 0.24, "rate", "le", "2017-08-04", _JUDGE, False),
    ("cn.cost.small_loan.lpr", None, "times", "le", "2017-08-04", "none before"),
    ("cn.cost.small_loan.lpr", 4, "times", "le", "2027-12-31", "notice of 2025-12"),
    ("cn.penalty.least", 0.30, "share", "", "2004-01-01", "银发〔2003〕251号", False),
    ("cn.penalty.most", 0.50, "share", "", "2004-01-01", "银发〔2003〕251号", False),
    ("us.apr.tolerance", 0.00125, "rate", "le", "", "Reg Z 1026.22(a)(2)"),
    ("us.apr.tolerance_irregular", 0.0025, "rate", "le", "", "Reg Z 1026.22(a)(3)"),
)

_COST = "个人贷款业务明示综合融资成本规定"
_DIRECTIVE = "Directive 2008/48/EC Art.14, (EU) 2023/2225 Art.26"
#: What is signed: how it is read, when it may be taken back, what proves it.
SIGNING = (
    ("cn.cost.disclosure", 1, "switch", "", "2026-08-01", _COST),
    # the rule asks for a forced reading time and names none: how long is the house's
    ("cn.cost.reading", 10, "seconds", "", "2026-08-01", _COST, False),
    # whether a change of a running credit opens the period again is for a lawyer
    ("eu.cooling_off", 14, "days", "", "2010-06-11", _DIRECTIVE, False),
    ("uk.cooling_off", 14, "days", "", "2011-02-01", "CCA s66A", False),
    # scans of what is signed on paper; days a link for a third party can be used
    ("policy.evidence.scan", 1, "switch", "", "2026-08-01", "policy of the house"),
    ("policy.consent.link", 14, "days", "", "", "policy of the house"),
)

_GUIDE = "中国银行业协会 collection guide 2026-01"
_GBT = "GB/T 45251-2025"
CONTACT = (
    ("cn.contact.from", 480, "minute_of_day", "ge", "2025-02-28", _GBT),
    ("cn.contact.until", 1320, "minute_of_day", "lt", "2025-02-28", _GBT),
    ("cn.contact.unanswered", 6, "times", "le", "2026-01-01", _GUIDE),
    ("cn.contact.connected", 3, "times", "le", "2025-02-28", _GBT),
    ("cn.contact.lost_after", 3, "times", "ge", "2026-01-01", _GUIDE),
    ("us.contact.from", 480, "minute_of_day", "ge", "", "12 CFR 1006.6(b)(1)"),
    ("us.contact.until", 1260, "minute_of_day", "le", "", "12 CFR 1006.6(b)(1)"),
    ("us.contact.calls_in_7_days", 7, "times", "le", "", "12 CFR 1006.14(b)(2)"),
    # the day of the conversation is the first of the seven
    ("us.contact.after_talk", 7, "days", "ge", "", "12 CFR 1006.14(b)(2)"),
)

_GL = "EBA/GL/2016/07 "
EU = (
    ("eu.diminished", 0.01, "share", "gt", "", _GL + "para 51, EBA/GL/2026/05"),
    ("eu.material.amount", 10_000, "minor", "gt", "", "Del. Reg. (EU) 2018/171"),
    ("eu.material.share", 0.01, "share", "gt", "", "Del. Reg. (EU) 2018/171"),
    ("eu.default.days", 90, "days", "gt", "", "CRR 178(1)(b)"),
    ("eu.probation.dpd", 30, "days", "gt", "", "CRR 47a(3)(d), Annex V 260"),
    ("eu.npe.cure", 1, "years", "", "", "CRR 47a(6), Annex V 231"),
    ("eu.default.cure_forborne", 1, "years", "", "", _GL + "paras 72-73"),
    ("eu.default.cure", 3, "months", "", "", _GL + "para 71"),
    ("eu.probation", 2, "years", "", "", "CRR 47a(7), Annex V 256(b)"),
    ("eu.probation.regular", 0.5, "share", "ge", "", "Annex V 256(c)"),
    ("eu.forborne.exit_dpd", 30, "days", "gt", "", "Annex V 256(d)"),
    ("eu.forborne.short_term", 2, "years", "", "", "EBA/GL/2018/06", False),
)

IFRS = (
    ("ifrs.stage2.dpd", 30, "days", "gt", "", "IFRS 9 5.5.11, rebuttable"),
    ("ifrs.stage3.dpd", 90, "days", "gt", "", "IFRS 9 B5.5.37, rebuttable"),
    # policy of supervisors and the trade, not text of the standard
    ("ifrs.forborne_stage2", 1, "switch", "", "", "policy"),
)

_COMPLAINT = "银行业保险业消费投诉处理管理办法"
_S72 = "NCC s72, ASIC INFO 105"
DEADLINES = (
    ("cn.complaint.simple", 15, "days", "", "2020-03-01", _COMPLAINT),
    ("cn.complaint.complex", 30, "days", "", "2020-03-01", _COMPLAINT),
    ("cn.complaint.special", 60, "days", "", "2020-03-01", _COMPLAINT + ": 30 + 30"),
    ("cn.limitation", 3, "years", "", "2017-10-01", "Civil Code Art.188", False),
    ("cn.pipl.report", 3, "years", "", "2021-11-01", "PIPL Art.56", False),
    ("cn.bureau.keep", 5, "years", "", "2013-03-15", "征信业管理条例 Art.16"),
    ("cn.bureau.dispute", 20, "days", "", "2013-03-15", "征信业管理条例 Art.25", False),
    ("cn.vat.accrual", 90, "days", "le", "2016-05-01", "财税〔2016〕36号, 140号"),
    ("cn.returns.g11", 13, "days", "", "2022-01-01", "1104 returns"),
    ("cn.returns.g01_iv", 18, "days", "", "2022-01-01", "1104 returns"),
    ("au.hardship.decision", 21, "days", "", "", _S72),
    ("au.hardship.information_request", 21, "days", "", "", _S72),
    ("au.hardship.information", 21, "days", "", "", _S72),
    ("au.hardship.decision_informed", 21, "days", "", "", _S72),
    ("au.hardship.decision_uninformed", 28, "days", "", "", _S72, False),
    ("au.hardship.repeat", 4, "months", "", "", "NCC s89A(1)(c)"),
    ("au.enforcement.after_refusal", 14, "days", "", "", "NCC s89A"),
    ("au.default_notice", 30, "days", "", "", "NCC s88"),
    ("us.reg_b.decision", 30, "days", "", "", "12 CFR 1002.9(a)(1)(i)"),
    ("us.reg_b.counteroffer", 90, "days", "", "", "12 CFR 1002.9(a)(1)(iv)"),
    ("us.reg_b.retention", 25, "months", "", "", "12 CFR 1002.12(b)"),
    ("us.reg_f.retention", 3, "years", "", "", "12 CFR 1006.100"),
    ("us.non_accrual", 90, "days", "ge", "", "12 CFR 621.6; call report", False),
    ("uk.complaint.final", 8, "weeks", "", "", "DISP 1.6.2R"),
    ("uk.complaint.summary", 3, "business_days", "", "", "DISP 1.5"),
    ("uk.arrears_notice", 14, "days", "", "", "CCA s86B", False),
    ("uk.arrears_notice.repeat", 6, "months", "", "", "CCA s86B", False),
    ("uk.default_notice", 14, "days", "", "", "CCA s88", False),
)

#: What a hardship programme aims at: a policy of the house, published practice.
POLICY = (
    # where the law knows no observation: so long a plan is watched
    ("policy.observation.periods", 6, "periods", "", "", "policy", False),
    ("policy.observation.least", 6, "months", "", "", "policy", False),
    ("policy.target_cut", 0.20, "share", "ge", "", "hardship waterfalls: 20-25 %"),
    (
        "policy.decline.reasons",
        4,
        "times",
        "le",
        "",
        "12 CFR 1002.9, comment 9(b)(2)-1",
    ),
    ("kpi.csat.top", 4, "times", "ge", "", "top two boxes of five"),
    ("kpi.nps.promoter", 9, "times", "ge", "", "Net Promoter Score 0-10"),
    ("kpi.nps.detractor", 6, "times", "le", "", "Net Promoter Score 0-10"),
    ("kpi.psi.watch", 0.10, "share", "ge", "", "Lewis 1994, convention"),
    ("kpi.psi.act", 0.25, "share", "gt", "", "Lewis 1994, convention"),
    ("kpi.fairness", 0.8, "share", "ge", "", "four-fifths screen, convention"),
)

ROWS = (
    *CN_CLASSIFICATION,
    *CN_LENDING,
    *CN_COST,
    *SIGNING,
    *CONTACT,
    *EU,
    *IFRS,
    *DEADLINES,
    *POLICY,
)
