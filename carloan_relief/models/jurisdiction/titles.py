"""What each rule of the book says, in the words of a reader."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

TITLES = {
    "cn.special_mention.dpd": _lt(
        "Days past due from which a loan is at least special mention"
    ),
    "cn.technical.dpd": _lt("Technical delay that does not count as overdue"),
    "cn.substandard.dpd": _lt(
        "Days past due from which a loan is at least substandard"
    ),
    "cn.doubtful.dpd": _lt("Days past due from which a loan is at least doubtful"),
    "cn.loss.dpd": _lt("Days past due from which a loan is a loss"),
    "cn.doubtful.ecl": _lt(
        "Expected loss from which an impaired loan is at least doubtful"
    ),
    "cn.loss.ecl": _lt("Expected loss from which an impaired loan is a loss"),
    "cn.restructured.grade": _lt(
        "Least class of a restructured loan (1 = special mention)"
    ),
    "cn.restructured_again.grade": _lt(
        "Least class when restructured again under observation (2 = substandard)"
    ),
    "cn.observation.periods": _lt("Observation: instalments in a row at the least"),
    "cn.observation.least": _lt("Observation: shortest time"),
    "cn.upgrade.periods": _lt(
        "Upgrade of a bad loan: instalments in a row at the least"
    ),
    "cn.upgrade.least": _lt("Upgrade of a bad loan: shortest time"),
    "cn.upgrade.by_overdue": _lt("Personal loans are upgraded by their days past due"),
    "cn.term.new": _lt("Longest term of a new car, extensions included"),
    "cn.term.used": _lt("Longest term of a used car, extensions included"),
    "cn.term.dealer": _lt("Longest term of a dealer loan"),
    "cn.term.short": _lt("A personal loan up to this term counts as short"),
    "cn.term.short_extension": _lt(
        "Short loan: all extensions as a share of the original term"
    ),
    "cn.term.relaxed": _lt("The longer term for consumer loans of banks is used"),
    "cn.term.relaxed_months": _lt("The longer term for consumer loans of banks"),
    "cn.term.restructuring": _lt("An agreed restructuring may pass the longest term"),
    "cn.term.before_scrap": _lt(
        "A used car is lent on until so long before it must be scrapped"
    ),
    "cn.ltv.private.ice": _lt("Loan to value, private car with combustion engine"),
    "cn.ltv.private.nev": _lt("Loan to value, private new-energy car"),
    "cn.ltv.commercial.ice": _lt(
        "Loan to value, commercial car with combustion engine"
    ),
    "cn.ltv.commercial.nev": _lt("Loan to value, commercial new-energy car"),
    "cn.ltv.used": _lt("Loan to value, used car"),
    "cn.cost.private_loan.lpr": _lt("Cost of a private loan, as a multiple of the LPR"),
    "cn.cost.licensed": _lt("Cost above which courts cut, licensed lenders"),
    "cn.cost.small_loan": _lt("Cost above which courts cut, small-loan companies"),
    "cn.cost.small_loan.lpr": _lt("Cost of a small loan, as a multiple of the LPR"),
    "cn.penalty.least": _lt("Penalty on top of the contract rate, least"),
    "cn.penalty.most": _lt("Penalty on top of the contract rate, most"),
    "us.apr.tolerance": _lt("Tolerance of a disclosed APR"),
    "us.apr.tolerance_irregular": _lt("Tolerance of a disclosed APR, irregular plan"),
    "cn.contact.from": _lt("Borrowers may be contacted from"),
    "cn.contact.until": _lt("Borrowers may be contacted until"),
    "cn.contact.unanswered": _lt("Unanswered calls of one number a day"),
    "cn.contact.connected": _lt("Connected calls of one debtor a day"),
    "cn.contact.lost_after": _lt("Failed attempts after which contact counts as lost"),
    "us.contact.from": _lt("Debtors may be contacted from"),
    "us.contact.until": _lt("Debtors may be contacted until"),
    "us.contact.calls_in_7_days": _lt("Calls in seven days for one debt"),
    "us.contact.after_talk": _lt("Days without a call after a conversation"),
    "eu.diminished": _lt("Loss of present value from which a relief is a default"),
    "eu.material.amount": _lt("Material past due: amount"),
    "eu.material.share": _lt("Material past due: share of the exposure"),
    "eu.default.days": _lt("Default by days past due"),
    "eu.probation.dpd": _lt("Days past due that end a probation"),
    "eu.npe.cure": _lt("Cure period of a forborne non-performing loan"),
    "eu.default.cure_forborne": _lt("Cure period of a default after a restructuring"),
    "eu.default.cure": _lt("Cure period of another default"),
    "eu.probation": _lt("Probation of a forborne loan"),
    "eu.probation.regular": _lt("Share of the probation with regular payments"),
    "eu.forborne.exit_dpd": _lt("Days past due that keep a loan forborne"),
    "eu.forborne.short_term": _lt("Longest short-term measure"),
    "ifrs.stage2.dpd": _lt("Days past due from which a loan is in stage 2"),
    "ifrs.stage3.dpd": _lt("Days past due from which a loan is in stage 3"),
    "ifrs.forborne_stage2": _lt("A performing loan under relief is in stage 2"),
    "cn.complaint.simple": _lt("Answer to a simple complaint"),
    "cn.complaint.complex": _lt("Answer to a complex complaint"),
    "cn.complaint.special": _lt("Answer to a complaint, extension approved"),
    "cn.limitation": _lt("Limitation of a claim"),
    "cn.pipl.report": _lt("Impact assessment of personal data is kept"),
    "cn.bureau.keep": _lt("Negative data are kept by the credit bureau"),
    "cn.bureau.dispute": _lt("Answer to a dispute of credit data"),
    "cn.vat.accrual": _lt("Unpaid interest is taxed as it accrues for"),
    "cn.returns.g11": _lt("Return G11 after the end of the quarter"),
    "cn.returns.g01_iv": _lt("Return G01-IV after the end of the quarter"),
    "au.hardship.decision": _lt("Decision on a hardship notice"),
    "au.hardship.information_request": _lt(
        "Information on a hardship notice is asked for"
    ),
    "au.hardship.information": _lt("Debtor sends the information"),
    "au.hardship.decision_informed": _lt("Decision once the information is there"),
    "au.hardship.decision_uninformed": _lt("Decision when no information comes"),
    "au.hardship.repeat": _lt("A like notice counts as a repetition for"),
    "au.enforcement.after_refusal": _lt("No enforcement after a refusal for"),
    "au.default_notice": _lt("Default notice before enforcement"),
    "us.reg_b.decision": _lt("Decision on a completed application"),
    "us.reg_b.counteroffer": _lt("Notice after a counter-offer that was not accepted"),
    "us.reg_b.retention": _lt("Records of an application are kept"),
    "us.reg_f.retention": _lt("Records of collection are kept"),
    "us.non_accrual": _lt("Days past due from which interest is not accrued"),
    "uk.complaint.final": _lt("Final response to a complaint"),
    "uk.complaint.summary": _lt("Summary resolution of a complaint"),
    "uk.arrears_notice": _lt("Arrears notice after two missed payments"),
    "uk.arrears_notice.repeat": _lt("Arrears notice is repeated every"),
    "uk.default_notice": _lt("Default notice before a step"),
    "cn.cost.disclosure": _lt("The cost of credit is disclosed and signed"),
    "cn.cost.reading": _lt("Time to read before signing"),
    "eu.cooling_off": _lt("Withdrawal from what was signed"),
    "uk.cooling_off": _lt("Withdrawal from what was signed"),
    "policy.evidence.scan": _lt("Scan of what is signed on paper is kept"),
    "policy.consent.link": _lt("Link to consent can be used for"),
    "policy.observation.periods": _lt(
        "Observation where the law has none: instalments in a row at the least"
    ),
    "policy.observation.least": _lt("Observation where the law has none: least time"),
    "policy.target_cut": _lt("Cut of the instalment that hardship offers aim at"),
    "policy.decline.reasons": _lt("Principal reasons that a refusal gives"),
    "kpi.csat.top": _lt("Answer that counts as satisfied"),
    "kpi.nps.promoter": _lt("Answer of a promoter"),
    "kpi.nps.detractor": _lt("Answer of a detractor"),
    "kpi.psi.watch": _lt("Stability index to watch"),
    "kpi.psi.act": _lt("Stability index to act on"),
    "kpi.fairness": _lt("Ratio of rates that fairness asks for"),
}
