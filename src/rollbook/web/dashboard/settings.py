"""Settings of the organization: its days, its rules and its keys."""

from collections.abc import Mapping

from litestar import Response, post

from rollbook.domain.attendance import AskedRule, rule_of
from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import key_id
from rollbook.domain.period import day_lived, end_of_day, time_zone
from rollbook.domain.presets import Term, half_year
from rollbook.domain.retention import MOST_DAYS, Addresses, Retention
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.service.organizations import keys, settings
from rollbook.service.organizations.said import set_attendance_rule
from rollbook.web.dashboard.cookies import set_cookie
from rollbook.web.dashboard.keeping import rule_of_form, speaker_on
from rollbook.web.dashboard.notation import is_place, places
from rollbook.web.dashboard.pages import page, redirect
from rollbook.web.dashboard.ranges import asked_day
from rollbook.web.dashboard.requests import (
    PLACE_COOKIE,
    asked,
    changed_by,
    form_of,
    place_of,
    signed_in_of,
)
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.dashboard.shown_once import ShownOnce
from rollbook.web.http.services import AnyRequest, readable, services_of

_NEW_KEY = ShownOnce("rollbook_new_key", "/settings")
_EVERYWHERE = "everywhere"
"""The choice of no place, where the organization has one."""

SCOPE_WORDS: Mapping[Scope, str] = {
    Scope.READ: "read: ask what the ledger says",
    Scope.INGEST: "ingest: bring events in",
    Scope.ADMIN: "admin: change the organization",
}

_YEAR = 366 * 86_400


@readable("/settings")
async def settings_page(request: AnyRequest) -> Response[str]:
    """What can be set."""
    return _NEW_KEY.seen(request, await _page(request, _NEW_KEY.secret(request)))


@post("/settings", status_code=200)
async def change(request: AnyRequest) -> Response[str]:
    """Set the time zone, a rule or the term: the part that was sent."""
    organizations = changed_by(request)
    org_id, form = signed_in_of(request).organization.org_id, await form_of(request)
    if "time_zone" in form:
        await settings.set_time_zone(organizations, org_id, form["time_zone"].strip())
    if "locale" in form:
        await settings.set_locale(organizations, org_id, form["locale"])
    if "rounding" in form:
        await settings.set_credit_rule(organizations, org_id, _rule(form))
    if "share" in form:
        rule = None if form.get("what") == "clear" else rule_of_form(form)
        speaker = speaker_on(request)
        await set_attendance_rule(organizations, org_id, None, rule, speaker)
    if "term_first" in form:
        first = asked_day(form["term_first"], "The term's first day")
        last = asked_day(form.get("term_last", ""), "The term's last day")
        await settings.set_term(organizations, org_id, Term(first, last))
    page_services_of(request).sign_ins.forget()
    return redirect("/settings?saved=yes")


@post("/settings/kept", status_code=200)
async def change_kept(request: AnyRequest) -> Response[str]:
    """Set what is kept, and for how long."""
    organizations = changed_by(request)
    org_id, form = signed_in_of(request).organization.org_id, await form_of(request)
    retention = Retention(
        _number(form.get("address_days", ""), "How long addresses are kept"),
        _number(form.get("payload_days", ""), "How long events are kept"),
        _number(form.get("agent_days", ""), "How long user agents are kept"),
        _number(form.get("people_days", ""), "How long people are known"),
    )
    kept = _addresses(form)
    await settings.set_retention(organizations, org_id, retention)
    await settings.set_addresses(organizations, org_id, kept)
    return redirect("/settings?saved=yes#kept")


@post("/settings/browser", status_code=200)
async def change_browser(request: AnyRequest) -> Response[str]:
    """Let this browser write dates and numbers as in a place, or as the organization does."""
    place = (await form_of(request)).get("place", "")
    kept = place == _EVERYWHERE or is_place(place)
    answer = redirect("/settings?saved=yes")
    set_cookie(request, answer, PLACE_COOKIE, place if kept else "", _YEAR if kept else 0)
    return answer


@post("/settings/keys", status_code=200)
async def add_key(request: AnyRequest) -> Response[str]:
    """One more key; the page that follows is the only place where it is ever shown."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    form, now = await form_of(request), services.now()
    key = await keys.add_key(changed_by(request), org_id, _terms(request, form), now)
    return _NEW_KEY.led_to(request, key)


@post("/settings/keys/revoke", status_code=200)
async def revoke(request: AnyRequest) -> Response[str]:
    """End a key. The one with which somebody is signed in is not taken away from under them."""
    services, signed_in = services_of(request), signed_in_of(request)
    wanted = (await form_of(request)).get("key", "")
    if signed_in.key_hash is not None and wanted == key_id(signed_in.key_hash):
        raise InvalidInput("You are signed in with this key. Sign in with another one to end it.")
    org_id = signed_in.organization.org_id
    await keys.revoke_key(changed_by(request), org_id, wanted, services.now())
    page_services_of(request).sign_ins.forget()
    return redirect("/settings?saved=yes#keys")


async def _page(request: AnyRequest, new_key: str = "") -> Response[str]:
    services, signed_in = services_of(request), signed_in_of(request)
    organization = signed_in.organization
    today = day_lived(services.now(), time_zone(organization.time_zone))
    term = await services.organizations.term(organization.org_id)
    rules = await services.rooms.sayings.rules(organization.org_id)
    return page(
        request,
        "settings.html",
        keys=await services.organizations.keys(organization.org_id),
        own_key=key_id(signed_in.key_hash) if signed_in.key_hash else "",
        every_scope=EVERY_SCOPE,
        scopes=SCOPE_WORDS,
        zones=settings.time_zone_names(),
        roundings=list(Rounding),
        term=term or half_year(today),
        attendance=rule_of(AskedRule(), organization=rules.organization),
        retention=await services.organizations.retention(organization.org_id),
        addresses=await services.organizations.addresses(organization.org_id),
        most_days=MOST_DAYS,
        places=places(),
        place=place_of(request),
        saved=asked(request, "saved"),
        new_key=new_key,
    )


def _terms(request: AnyRequest, form: dict[str, str]) -> keys.KeyTerms:
    """What a new key is for, what it may do, and until the end of which day."""
    words = [scope for scope in Scope if form.get(f"may_{scope}")]
    if not words:
        raise InvalidInput("Choose what the key may do: at least one of the three.")
    zone, last = signed_in_of(request).organization.time_zone, form.get("expires", "").strip()
    expires_at = None
    if last:
        expires_at = end_of_day(asked_day(last, "The key's last day"), zone)
    return keys.KeyTerms(form.get("label", "").strip(), frozenset(words), expires_at)


def _number(text: str, what: str) -> int:
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise InvalidInput(f"{what} must be a whole number, 0 or more.")
    return int(number)


def _addresses(form: dict[str, str]) -> Addresses:
    kept = form.get("addresses", "").upper()
    if kept not in Addresses.__members__:
        raise InvalidInput("Choose what is kept of addresses: all, the network, or nothing.")
    return Addresses[kept]


def _rule(form: dict[str, str]) -> CreditRule:
    minimum = _number(form.get("minimum", "") or "0", "The shortest session that costs anything")
    try:
        return CreditRule(Rounding(form["rounding"]), minimum)
    except ValueError:
        raise InvalidInput("Choose how a minute that was only begun is counted.") from None
