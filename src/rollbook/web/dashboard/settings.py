"""Settings of the organization: its days, its credit rule and its keys."""

from litestar import Response, post

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import key_id
from rollbook.domain.period import day_lived, time_zone
from rollbook.domain.presets import Term, half_year
from rollbook.domain.retention import MOST_DAYS, Addresses, Retention
from rollbook.service.organizations import keys, settings
from rollbook.web.dashboard.pages import page, redirect
from rollbook.web.dashboard.ranges import asked_day
from rollbook.web.dashboard.requests import asked, form_of, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, readable, services_of


@readable("/settings")
async def settings_page(request: AnyRequest) -> Response[str]:
    """What can be set."""
    return await _page(request)


@post("/settings", status_code=200)
async def change(request: AnyRequest) -> Response[str]:
    """Set the time zone, the credit rule, the term or what is kept: the part that was sent."""
    organizations = services_of(request).organizations
    org_id, form = signed_in_of(request).organization.org_id, await form_of(request)
    if "time_zone" in form:
        await settings.set_time_zone(organizations, org_id, form["time_zone"].strip())
    if "rounding" in form:
        await settings.set_credit_rule(organizations, org_id, _rule(form))
    if "address_days" in form:
        retention = Retention(
            _number(form["address_days"], "How long addresses are kept"),
            _number(form.get("payload_days", ""), "How long events are kept"),
            _number(form.get("agent_days", ""), "How long user agents are kept"),
            _number(form.get("people_days", ""), "How long people are known"),
        )
        await settings.set_retention(organizations, org_id, retention)
        await settings.set_addresses(organizations, org_id, _addresses(form))
    if "term_first" in form:
        first = asked_day(form["term_first"], "The term's first day")
        last = asked_day(form.get("term_last", ""), "The term's last day")
        await settings.set_term(organizations, org_id, Term(first, last))
    page_services_of(request).sign_ins.forget()
    return redirect("/settings?saved=yes")


@post("/settings/keys", status_code=200)
async def add_key(request: AnyRequest) -> Response[str]:
    """One more key; this answer is the only place where it is ever shown."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    label = (await form_of(request)).get("label", "").strip() or "made in the dashboard"
    key = await keys.add_key(services.organizations, org_id, label, services.now())
    return await _page(request, new_key=key)


@post("/settings/keys/revoke", status_code=200)
async def revoke(request: AnyRequest) -> Response[str]:
    """End a key. The one with which somebody is signed in is not taken away from under them."""
    services, signed_in = services_of(request), signed_in_of(request)
    wanted = (await form_of(request)).get("key", "")
    if wanted == key_id(signed_in.key_hash):
        raise InvalidInput("You are signed in with this key. Sign in with another one to end it.")
    org_id = signed_in.organization.org_id
    await keys.revoke_key(services.organizations, org_id, wanted, services.now())
    page_services_of(request).sign_ins.forget()
    return redirect("/settings?saved=yes#keys")


async def _page(request: AnyRequest, new_key: str = "") -> Response[str]:
    services, signed_in = services_of(request), signed_in_of(request)
    organization = signed_in.organization
    today = day_lived(services.now(), time_zone(organization.time_zone))
    term = await services.organizations.term(organization.org_id)
    return page(
        request,
        "settings.html",
        keys=await services.organizations.keys(organization.org_id),
        own_key=key_id(signed_in.key_hash),
        zones=settings.time_zone_names(),
        roundings=list(Rounding),
        term=term or half_year(today),
        retention=await services.organizations.retention(organization.org_id),
        addresses=await services.organizations.addresses(organization.org_id),
        most_days=MOST_DAYS,
        saved=asked(request, "saved"),
        new_key=new_key,
    )


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
