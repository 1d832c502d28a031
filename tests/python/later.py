"""What comes beside a signal: asking ahead, taking one back, consent, a question and its answer.

Owns: what two partners do with each other in these. Must not know: bytes.
"""

import time

import agreement
from contract import v1
from desks import fetch_keys
from ground import check, f, hour, now, random, same
from partner import call, expect_error, key
from persons import asserted
from proofs import check_proof
from pseudonyms import made_up_numbers
from recipient import open_delivery
from refusals import publish_request
from sender import ANSWER, ASK, INC_HOME, PLAN_AGREED, Subject, envelope, header, source
from slips import OWN

WORKER = source(b"worker-5", "vt-worker", b"lead-2", "safety-task")
MINUTE = 60


def next_item(partner, wanted, seconds=15):
    """The first delivery or event of the desk's stream that is wanted; what else waits is left."""
    stream = partner.signals.Receive(v1.ReceiveRequest(desk=partner.desk), timeout=seconds)
    for item in stream:
        kind = item.WhichOneof("item")
        if kind in ("delivery", "event") and wanted(getattr(item, kind)):
            stream.cancel()
            return getattr(item, kind)
    check(False, "the stream ended without it")


def delivery(partner, wanted, seconds=15):
    """The first delivery that is wanted."""
    return next_item(partner, lambda one: isinstance(one, v1.Delivery) and wanted(one), seconds)


def sent(partner, root, request, act=v1.ACT_PUBLISH):
    """The decision on an envelope that was published, its proof checked."""
    [outcome] = call(partner.signals.Publish, request).outcomes
    decision = v1.Decision.FromString(outcome.decision)
    kinds = {v1.PART_SHARED, v1.PART_PROVIDER} if decision.permitted else {v1.PART_PROVIDER}
    check_proof(partner, outcome.proof, root, kinds, act, request.envelopes[0].decision_slip,
                outcome.decision)
    return decision


def reasons(decision):
    """Why not; each with law and remedy."""
    check(all(r.law and r.text_nl and r.remedy_en for r in decision.reasons), "law and remedy")
    return [reason.code for reason in decision.reasons]


def ahead(chain):
    """What may be sent, and whether this would be: without a person, a value or an entry."""
    police, safe_home = chain.police, chain.safe_home
    routes, token = [], None
    while token != b"":
        page = call(police.decisions.ListRoutes, v1.ListRoutesRequest(page_token=token))
        routes += page.routes
        token = page.next_page_token
    found = {route.clause_id: route for route in routes}
    same({name: route.mode for name, route in found.items()},
         {agreement.CLAUSE: "push", agreement.ANSWER: "ask"}, "clauses by which Politie may send")
    report = found[agreement.CLAUSE]
    same((report.recipient_oin, list(report.desks)), (safe_home.oin, [safe_home.desk]), "where to")
    same([(one.code, list(one.fields)) for one in report.types],
         [("INC_HOME", agreement.GRANTED)], "what of it")
    check(report.until_ms > now() * 1000, "until when")

    def simulated(caller, to, clause, of, fields, people=1, **more):
        subjects = [Subject("victim", "unknown", "", b"")] * people
        request = v1.SimulateRequest(
            recipient_oin=to.oin, recipient_desk=to.desk, agreement_hash=chain.agreement,
            clause_id=clause, header=header(subjects, fields, of), **more)
        reply = call(caller.decisions.Simulate, request)
        check(reply.text_nl and reply.text_en, "a decision has words")
        return reply.decision

    def act():
        """The index of an entry that is made now: a refusal has one too."""
        one = envelope(police, chain.keys, chain.agreement, "no-such-clause", [], {})
        return call(police.signals.Publish, publish_request(one)).outcomes[0].proof.index

    before = act()
    yes = simulated(police, safe_home, agreement.CLAUSE, INC_HOME, agreement.GRANTED)
    check(yes.permitted, f"permitted; reasons: {[r.code for r in yes.reasons]}")
    same(list(yes.granted), agreement.GRANTED, "fields that would leave")
    no = simulated(safe_home, police, agreement.CLAUSE, INC_HOME, agreement.GRANTED)
    check(not no.permitted and "DIRECTION_NOT_COVERED" in reasons(no), "not the other way round")
    asked = simulated(safe_home, police, agreement.ASK, ASK, ["due", "question", "question_ref"],
                      act=v1.ACT_ASK)
    check(asked.permitted, f"asking; reasons: {[r.code for r in asked.reasons]}")
    machine = simulated(police, safe_home, agreement.ANSWER, ANSWER,
                        ["answer", "question_ref", "refusal_ground"], people=0,
                        act=v1.ACT_ANSWER, machine_answer=True)
    same(reasons(machine), ["PERSON_MUST_ANSWER"], "an answer by a machine")
    same(act(), before + 1, "entry after one before asking ahead")
    yield "ListRoutes and Simulate: what may be sent and asked, what not, and by whom; no entry"


def rectify(chain):
    """Politie takes its report back; Veilig Thuis reads of which delivery."""
    police, safe_home = chain.police, chain.safe_home
    first = chain.opened.delivery.delivery_id
    of = INC_HOME | {"rectification": v1.RECTIFICATION_KIND_WITHDRAWN,
                     "rectification_reason": "unlawful"}
    # Which delivery it is about is sealed: the hub says it, and the source does.
    one = envelope(police, chain.keys, chain.agreement, agreement.CLAUSE, [], {"case": first}, of)
    request = v1.RectifyRequest(
        idempotency_key=key(), signal_id=chain.request.signal_id, reason="unlawful",
        kind=v1.RECTIFICATION_KIND_WITHDRAWN, source_leaf=one.source_leaf, envelopes=[one])
    reply = call(police.signals.Rectify, request)
    same((len(reply.outcomes), len(reply.ended), len(reply.unreached)), (1, 0, 0), "who is told")
    decision = v1.Decision.FromString(reply.outcomes[0].decision)
    check(decision.permitted, f"permitted; reasons: {[r.code for r in decision.reasons]}")
    check("RECTIFY" in decision.basis_provide, "on the duty to rectify")
    parts = check_proof(police, reply.outcomes[0].proof, chain.root,
                        {v1.PART_SHARED, v1.PART_PROVIDER}, v1.ACT_RECTIFY, one.decision_slip,
                        reply.outcomes[0].decision)
    same(parts[v1.PART_SHARED].rectifies, first, "delivery in the shared part")
    came = delivery(safe_home, lambda one: one.rectifies)
    same(came.rectifies, first, "delivery that is taken back, as the hub says")
    clause = agreement.clause_of(chain.content, agreement.CLAUSE)
    opened = open_delivery(safe_home, came, chain.root, clause)
    same(opened.values, {"case": first}, "and as its source sealed it")
    same((opened.header.rectification, opened.header.rectification_reason),
         (v1.RECTIFICATION_KIND_WITHDRAWN, "unlawful"), "what is told, as signed")
    request = v1.AcknowledgeRequest(idempotency_key=key(), delivery_id=came.delivery_id,
                                    state=v1.ACK_STATE_DELIVERED, slip=safe_home.tags.slip())
    call(safe_home.signals.Acknowledge, request)
    found = call(police.signals.GetSignal,
                 v1.GetSignalRequest(signal_id=chain.request.signal_id))
    [told] = found.deliveries[0].rectifications
    check(told.acknowledged_ms, "its source reads that it was acknowledged")
    yield "a report taken back: told of which delivery by hub and source, acknowledged"


def _consent_act(level):
    # The same evidence is another value under each handle.
    evidence = f.sha256(b"seinhuis/v1/consent-evidence\0" + random(32) + f.sha256(b"signed form"))
    return v1.ConsentAct(age_rule="avg-consent", age_band="18-plus", capable=True, by=["subject"],
                         evidence_level=level, evidence=evidence, notice_version=1)


def _register(chain, subject):
    """Consent under a fresh handle; what an envelope cites."""
    safe_home = chain.safe_home
    handle, slip = random(16), safe_home.tags.slip([subject.tag()])
    reply = call(safe_home.consents.RegisterConsent, v1.RegisterConsentRequest(
        idempotency_key=key(), consent_id=handle, agreement_hash=chain.agreement,
        clause_id=agreement.PLAN, acts=[_consent_act("signed")], from_hour=hour(),
        until_hour=hour() + 24, source_leaf=WORKER, slip=slip))
    parts = check_proof(safe_home, reply.proof, chain.root, {v1.PART_SHARED, v1.PART_PROVIDER},
                        v1.ACT_CONSENT, slip)
    same(parts[v1.PART_PROVIDER].consent.consent_id, handle, "handle in the registrant's own part")
    same(reply.revision, reply.proof.index + 1, "revision")
    return {"consent_ref": handle.hex(), "consent_revision": reply.revision}


def consent(chain):
    """A safety plan: not without consent, with it, and no more once it is taken back."""
    police, safe_home = chain.police, chain.safe_home
    keys = fetch_keys(safe_home, police.oin, police.desk)
    [number] = made_up_numbers(1)
    subject = Subject("victim", "18-plus", number, b"")
    values = {"plan_owner": safe_home.oin.encode(), "plan_ref": random(16), "plan_version": b"1",
              "review_day": b"2027-01-04"}

    def plan(cited):
        return publish_request(envelope(safe_home, keys, chain.agreement, agreement.PLAN, [subject],
                                        values, PLAN_AGREED | cited, WORKER))

    same(reasons(sent(safe_home, chain.root, plan({}))), ["CONSENT_NEEDED"], "without consent")
    used, unused = _register(chain, subject), _register(chain, subject)
    decision = sent(safe_home, chain.root, plan(used))
    check(decision.permitted, f"permitted; reasons: {[r.code for r in decision.reasons]}")
    expect_error(safe_home.signals.Publish, plan(used), "CONSENT_CITED", "ALREADY_EXISTS")
    came = delivery(police, lambda one: b"PLAN_AGREED" in one.header_leaf)
    clause = agreement.clause_of(chain.content, agreement.PLAN)
    opened = open_delivery(police, came, chain.root, clause)
    same((opened.values, opened.header.consent_ref), (values, used["consent_ref"]), "plan")
    told = []
    for cited in (used, unused):
        slip = safe_home.tags.slip()
        reply = call(safe_home.consents.WithdrawConsent, v1.WithdrawConsentRequest(
            idempotency_key=key(), consent_id=bytes.fromhex(cited["consent_ref"]),
            acts=[_consent_act("oral")], source_leaf=WORKER, slip=slip))
        told.append(reply.HasField("told") and reply.told.oin)
    same(told, [police.oin, False], "who had received something and is told")
    same(reasons(sent(safe_home, chain.root, plan(unused))), ["CONSENT_NEEDED"], "taken back")
    event = next_item(police, lambda one: isinstance(one, v1.Event)
                      and one.kind == v1.EVENT_KIND_CONSENT_WITHDRAWN)
    same(event.delivery_id, came.delivery_id, "delivery in the event")
    call(police.consents.AcknowledgeWithdrawal, v1.AcknowledgeWithdrawalRequest(
        idempotency_key=key(), delivery_id=came.delivery_id, acting_person=b"agent-71",
        acting_role="police-officer", slip=police.tags.slip()))
    found = call(safe_home.consents.GetConsent,
                 v1.GetConsentRequest(consent_id=bytes.fromhex(used["consent_ref"])))
    same(found.standing, v1.CONSENT_STANDING_WITHDRAWN, "standing")
    check(found.acknowledged_ms, "its registrant reads that it was acknowledged")
    yield "consent registered under a handle for one envelope, cited, taken back, acknowledged"


def _lodge(chain, question, hidden, said, person=None):
    """A cover of a question, or in its place what a person decided."""
    police = chain.police
    keys = fetch_keys(police, chain.safe_home.oin, chain.safe_home.desk)
    who = source(person.encode()) if person else source(b"", "", b"", "")
    one = envelope(police, keys, chain.agreement, agreement.ANSWER, [],
                   {"answer": said, "question_ref": question.values["question_ref"],
                    "refusal_ground": b"none"},
                   ANSWER, who, question.route.hour, [(OWN, hidden)])
    request = v1.AnswerRequest(idempotency_key=key(), envelope=one, cover=person is None,
                               delivery_id=question.delivery.delivery_id)
    if person:
        request = asserted(police, "QuestionService/Answer", request, person,
                           function="police-officer", reason="report-task")
    outcome = call(police.questions.Answer, request).outcome
    decision = v1.Decision.FromString(outcome.decision)
    check(decision.permitted, f"permitted; reasons: {[r.code for r in decision.reasons]}")
    # Nothing of it is shared with the desk that asked.
    check_proof(police, outcome.proof, chain.root, {v1.PART_PROVIDER}, v1.ACT_ANSWER,
                one.decision_slip, outcome.decision)


def question(chain):
    """Two questions at one tick: a person answers one, nobody decides on the other."""
    police, safe_home = chain.police, chain.safe_home
    keys = fetch_keys(safe_home, police.oin, police.desk)
    tick = (now() + 15 + MINUTE - 1) // MINUTE * MINUTE
    [number] = made_up_numbers(1)
    subject, asked = Subject("victim", "18-plus", number, b""), {}
    for said in (b"known-active", b"unknown"):
        values = {"due": b"2027-01-04", "question": b"ban", "question_ref": random(16)}
        one = envelope(safe_home, keys, chain.agreement, agreement.ASK, [subject], values, ASK,
                       WORKER)
        reply = call(safe_home.questions.Ask, v1.AskRequest(
            idempotency_key=key(), envelope=[one], answer_by_ms=tick * 1000))
        decision = v1.Decision.FromString(reply.outcome.decision)
        check(decision.permitted, f"permitted; reasons: {[r.code for r in decision.reasons]}")
        check_proof(safe_home, reply.outcome.proof, chain.root, {v1.PART_SHARED, v1.PART_PROVIDER},
                    v1.ACT_ASK, one.decision_slip, reply.outcome.decision)
        asked[reply.question_id] = (said, values["question_ref"])
    clause = agreement.clause_of(chain.content, agreement.ASK)
    for id_, (said, _) in asked.items():
        came = delivery(police, lambda one: one.delivery_id == id_)
        same(came.answer_by_ms, tick * 1000, "tick of a question")
        opened = open_delivery(police, came, chain.root, clause)
        [hidden] = opened.pseudonyms
        _lodge(chain, opened, hidden, b"unknown")
        if said != b"unknown":
            _lodge(chain, opened, hidden, said, "agent-71")
    yield "two questions asked of one desk; both covered, one answered by a named person"
    clause = agreement.clause_of(chain.content, agreement.ANSWER)
    left, headers = dict(asked), set()
    while left:
        wait = max(0, tick - now()) + 15
        came = delivery(safe_home, lambda one: one.answers in left, wait)
        check(time.time() >= tick, "no answer leaves before its tick")
        opened = open_delivery(safe_home, came, chain.root, clause)
        said, reference = left.pop(came.answers)
        same((opened.values["answer"], opened.values["question_ref"]), (said, reference), "answer")
        headers.add((came.header_leaf, len(came.subjects),
                     tuple(len(field.bytes) for field in came.record.fields)))
    same(len(headers), 1, "forms in which an answer and a cover come")
    yield "both answers left at the tick, one like the other until opened"


ALL = (ahead, rectify, consent, question)
