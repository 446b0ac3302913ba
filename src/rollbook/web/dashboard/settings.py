"""Settings of the organization: its days, its credit rule and its keys."""

from litestar import Response, post

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import key_id
from rollbook.domain.period import day_lived, time_zone
from rollbook.domain.presets import Term, half_year
from rollbook.service import organizations as use_cases
from rollbook.service.dashboard.settings import set_credit_rule, set_term, time_zone_names
from rollbook.web.dashboard.desk import asked, desk_of, form_of, visitor_of
from rollbook.web.dashboard.pages import page, redirect
from rollbook.web.dashboard.ranges import asked_day
from rollbook.web.services import AnyRequest, readable, services_of


@readable("/settings")
async def settings_page(request: AnyRequest) -> Response[str]:
    """What can be set."""
    return await _page(request)


@post("/settings", status_code=200)
async def change(request: AnyRequest) -> Response[str]:
    """Set the time zone, the credit rule or the term: the part of the page that was sent."""
    organizations, browsing = services_of(request).organizations, desk_of(request).browsing
    org_id, form = visitor_of(request).organization.org_id, await form_of(request)
    if "time_zone" in form:
        await use_cases.set_time_zone(organizations, org_id, form["time_zone"].strip())
    if "rounding" in form:
        await set_credit_rule(browsing, org_id, _rule(form))
    if "term_first" in form:
        first = asked_day(form["term_first"], "The term's first day")
        last = asked_day(form.get("term_last", ""), "The term's last day")
        await set_term(browsing, org_id, Term(first, last))
    desk_of(request).visitors.forget()
    return redirect("/settings?saved=yes")


@post("/settings/keys", status_code=200)
async def add_key(request: AnyRequest) -> Response[str]:
    """One more key; this answer is the only place where it is ever shown."""
    services, org_id = services_of(request), visitor_of(request).organization.org_id
    label = (await form_of(request)).get("label", "").strip() or "made in the dashboard"
    key = await use_cases.add_key(services.organizations, org_id, label, services.now())
    return await _page(request, new_key=key)


@post("/settings/keys/revoke", status_code=200)
async def revoke(request: AnyRequest) -> Response[str]:
    """End a key. The one that this visitor signed in with is not taken away from under them."""
    services, visitor = services_of(request), visitor_of(request)
    wanted = (await form_of(request)).get("key", "")
    if wanted == key_id(visitor.key_hash):
        raise InvalidInput("You are signed in with this key. Sign in with another one to end it.")
    org_id = visitor.organization.org_id
    await use_cases.revoke_key(services.organizations, org_id, wanted, services.now())
    desk_of(request).visitors.forget()
    return redirect("/settings?saved=yes#keys")


async def _page(request: AnyRequest, new_key: str = "") -> Response[str]:
    services, visitor = services_of(request), visitor_of(request)
    organization = visitor.organization
    today = day_lived(services.now(), time_zone(organization.time_zone))
    term = await desk_of(request).browsing.term(organization.org_id)
    return page(
        request,
        "settings.html",
        keys=await services.organizations.keys(organization.org_id),
        own_key=key_id(visitor.key_hash),
        zones=time_zone_names(),
        roundings=list(Rounding),
        term=term or half_year(today),
        saved=asked(request, "saved"),
        new_key=new_key,
    )


def _rule(form: dict[str, str]) -> CreditRule:
    minimum = form.get("minimum", "0").strip() or "0"
    if not (minimum.isascii() and minimum.isdigit() and len(minimum) < 6):
        raise InvalidInput("The shortest session that costs anything is a number of seconds.")
    try:
        return CreditRule(Rounding(form["rounding"]), int(minimum))
    except ValueError:
        raise InvalidInput("Choose how a minute that was only begun is counted.") from None
