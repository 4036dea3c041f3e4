"""Steps of the cases from before steps were kept, by the dates on the cases.

What the dates do not tell stays open: who moved a case where nobody was noted, and
stays before a proposal was taken back. The last step is the state the case is in.
"""

from odoo import SUPERUSER_ID, api

STEPS = """
    WITH known AS (
        SELECT request.id AS request_id, moved.*
          FROM carloan_relief_request request,
               LATERAL (VALUES
                   (1, 'draft', request.create_date, request.create_uid),
                   (2, 'submitted', request.date_submitted, NULL),
                   (3, 'assessed', request.date_assessed, NULL),
                   (4, 'to_approve', request.date_proposed, request.proposer_id),
                   (5, 'offered', request.date_decided, NULL),
                   (6, 'accepted', request.date_accepted, NULL),
                   (7, 'active', request.date_active, request.poster_id),
                   (8, request.state, request.date_closed, NULL)
               ) AS moved (number, state, date_begin, user_id)
         WHERE moved.date_begin IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM carloan_relief_step step
                            WHERE step.request_id = request.id)
    )
    INSERT INTO carloan_relief_step
                (request_id, state, date_begin, user_id, date_end)
    SELECT request_id, state, date_begin, user_id,
           lead(date_begin) OVER (PARTITION BY request_id ORDER BY number)
      FROM known
     ORDER BY request_id, number
 RETURNING id
"""


def migrate(cr, version):
    """Make the missing steps and measure them; the fields of the cases follow."""
    cr.execute(STEPS)
    ids = [row[0] for row in cr.fetchall()]
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.invalidate_all()
    steps = env["carloan.relief.step"].browse(ids)
    for name in ("company_id", "team_id", "officer_id", "partner_id", "grade_id"):
        env.add_to_compute(steps._fields[name], steps)
    for name in ("reason_id", "channel", "is_exception"):
        env.add_to_compute(steps._fields[name], steps)
    steps._recompute_recordset()
    steps.modified(["request_id", "state", "date_begin", "date_end"])
    steps._store_times()
    requests = env["carloan.relief.request"].search([])
    requests._store_cost()
    env.flush_all()
