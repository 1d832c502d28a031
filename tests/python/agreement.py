"""An agreement of two parties: its content, and the parties' signed steps.

docs/formats/agreement.md. Organisations, opinions and references are made up. Must not know: how
it is proposed.
"""

import datetime

from contract import v1
from ground import f, now

CLAUSE = "pol-vt-report"
PLAN, ASK, ANSWER = "vt-pol-plan", "vt-pol-ask", "pol-vt-answer"
# What INC_HOME offers beyond this is withheld by name.
GRANTED = ["arrested", "barring_considered", "children_count", "children_present", "complaint",
           "fact_status", "form", "injury", "nature", "place_type", "severity", "weapon"]
DAY = 86_400


def _attested(code, version):
    def side(function):
        return {"function": function, "date": "2026-08-24", "law_version": version,
                "opinion_hash": f.sha256(f"opinion {code} {function}".encode()).hex()}

    return {"code": code, "from": side("Privacyjurist"), "to": side("Jurist")}


def _party(partner, role, name):
    return {
        "oin": partner.oin, "role": role, "name": name, "desks": [partner.desk],
        "processing_activity_ids": [f"https://register.{partner.name}.example/meldingen"],
        "contact_point": f"fg@{partner.name}.example", "log_retention_days": 1826,
    }


def _day(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date().isoformat()


def content(police, safe_home, ruleset):
    """The content: police report violence at home to Veilig Thuis, which may ask the police about a
    victim, and send them a safety plan with consent."""
    begin, end = now() - DAY, now() + 365 * DAY
    return {
        "title": {"nl": "Convenant meldingen", "en": "Agreement on reports"},
        "version": 1,
        "created": now(),
        "validity": {"not_before": begin, "not_after": end},
        "review": _day(now() + 180 * DAY),
        "parties": [_party(police, "politie", "Politie"),
                    _party(safe_home, "veilig-thuis", "Veilig Thuis Kennemerland")],
        "processors": [
            {"oin": "00000099000000900000", "name": "Beheerder van het seinhuis", "task": "hub",
             "contract": "VWO-2026-1"},
            {"oin": "00000099000000910000", "name": "Beheerder van de pseudonimiseerder",
             "task": "pseudonymiser", "contract": "VWO-2026-2"},
        ],
        "controllership": {"kind": "joint", "contact": safe_home.oin},
        "public_interest": "stop-violence",
        "dpia": {"reference": "DPIA-2026-1", "date": "2026-06-15"},
        "fg_advice": [{"oin": partner.oin, "date": "2026-07-06", "reference": "FG-2026"}
                      for partner in (police, safe_home)],
        "prior_consultation": {"needed": False},
        "catalogue_hash": ruleset.catalogue_hash.hex(),
        "policy_hash": ruleset.policy_hash.hex(),
        "clauses": [_clause(police, safe_home), _plan(safe_home, police),
                    _ask(safe_home, police), _answer(police, safe_home)],
    }


def _clause(police, safe_home):
    return {
        "id": CLAUSE, "from": police.oin, "to": safe_home.oin, "mode": "push",
        "purposes": ["P-REPORT"],
        "basis": {"provide": [_attested("POL-VT", "2026-06-12")],
                  "receive": [_attested("WMO-4-1-1-2", "2026-07-01")],
                  "special": [_attested("WMO-5-1-6-2", "2026-07-01")]},
        "types": [{"code": "INC_HOME", "fields": GRANTED}],
        "subject_roles": ["suspect", "victim", "child", "household-adult"],
        "max_subjects": 6, "id_kinds": ["number"], "identity_sealed": True,
        "desks": [safe_home.desk], "regions": ["kennemerland"],
        "regimes": ["WPG"], "wpg_articles": ["8", "13.1"], "consent": "none",
        "inform": {"by": "to", "within_days": 28}, "retention": "R0", "onward": "within-task",
        "obligations": ["give-feedback", "inform-subject"], "visibility": "authority",
        "recipient_may_not_know": False,
    }


def _plan(safe_home, police):
    return _clause(police, safe_home) | {
        "id": PLAN, "from": safe_home.oin, "to": police.oin, "purposes": ["P-PLAN"],
        "basis": {"provide": [_attested("CONSENT", "2026-09-01")],
                  "receive": [_attested("PLAN-TASK", "2026-07-01")], "special": []},
        "types": [{"code": "PLAN_AGREED",
                   "fields": ["plan_owner", "plan_ref", "plan_version", "review_day"]}],
        "subject_roles": ["victim"], "max_subjects": 1, "identity_sealed": False,
        "desks": [police.desk], "regimes": ["AVG"], "wpg_articles": [], "consent": "needed",
        "inform": {"by": "from", "within_days": 28}, "retention": "R2", "onward": "none",
        "obligations": ["hide-source"],
    }


def _ask(safe_home, police):
    return _plan(safe_home, police) | {
        "id": ASK, "mode": "ask", "purposes": ["P-SAFETY"],
        "basis": {"provide": [_attested("VT-POL", "2026-07-01")],
                  "receive": [_attested("WPG-3-8", "2025-07-01")],
                  "special": [_attested("WPG-5", "2025-07-01")]},
        "types": [{"code": "ASK", "fields": ["due", "question", "question_ref"]}],
        "consent": "none", "retention": "R0", "obligations": [],
    }


def _answer(police, safe_home):
    return _clause(police, safe_home) | {
        "id": ANSWER, "mode": "ask", "purposes": ["P-SAFETY"],
        "types": [{"code": "ANSWER", "fields": ["answer", "question_ref", "refusal_ground"]}],
        "subject_roles": ["victim"], "max_subjects": 1, "id_kinds": ["own"],
        "identity_sealed": False, "wpg_articles": ["8"], "obligations": [],
    }


def clause_of(agreement, clause_id):
    """The clause of a content with this id."""
    [found] = [clause for clause in agreement["clauses"] if clause["id"] == clause_id]
    return found


def step(partner, agreement_hash, kind):
    """A party's signed step, started and approved by two persons."""
    jws = partner.signer.jws({
        "agreement_content_hash": agreement_hash, "type": kind, "signed_at": now(),
        "initiator": f"{partner.name}-beheerder-3", "approver": f"{partner.name}-hoofd-1",
    })
    return v1.SignedStep(jws=jws, signing_chain=partner.signing_chain())
