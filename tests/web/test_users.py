"""People who are invited, sign in by themselves, and are out again wherever they were."""

import re
import sqlite3

from web.application import Application, Running
from web.visitor import Visitor, a_browser, visitor

from rollbook.service.organizations.keys import create_organization

PASSWORD, ANOTHER = "four lamps over a slow river", "seven quiet bells in the yard"
ADA = {"name": "Ada King", "email": "Ada@School.example", "role": "office"}


async def link_of(owner: Visitor) -> str:
    found = re.search(r'id="new-link">([^<]+)', owner.seen)
    assert found
    return found[1].replace("http://rollbook.test", "")


async def invite(owner: Visitor, **named: str) -> str:
    """The link that somebody is invited with."""
    await owner.open("/users")
    await owner.press("/users", ADA | named)
    return await link_of(owner)


async def take(application: Application, link: str, password: str, status: int = 303) -> str:
    """Open a link, and set a password; answers what is shown."""
    async with a_browser(application) as client:
        somebody = Visitor(client)
        await somebody.open(link)
        fields = {"link": somebody.hidden("link"), "password": password}
        answer = await client.post(
            "/invitation",
            data=fields | {"password_again": password, "token": somebody.hidden("token")},
        )
        assert answer.status_code == status, answer.text
        return answer.text


async def refused(application: Application, **typed: str) -> str:
    async with a_browser(application) as client:
        somebody = Visitor(client)
        await somebody.open("/sign-in")
        data = {"token": somebody.hidden("token"), "next": "/", **typed}
        answer = await client.post("/sign-in", data=data)
        assert answer.status_code == 401, answer.text
        return answer.text


async def test_somebody_who_is_invited_sets_a_password_once_and_signs_in(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        link = await invite(owner)
        assert link not in await owner.open("/users"), "it is shown this once"
        assert "from 12 to 128" in await take(application, link, "river", 400)
        assert "your name" in await take(application, link, "adaking and a river", 400)
        await take(application, link, PASSWORD)
        async with a_browser(application) as client:
            await Visitor(client).open(link, 404)
        email = "ada@school.example"
        await refused(application, email=email, password=PASSWORD + ".")
        await refused(application, email="eve@school.example", password=PASSWORD)
        async with visitor(application, email="ADA@school.example ", password=PASSWORD) as ada:
            assert "Ada King" in await ada.open("/account")
            await ada.open("/users", 403)
        changes = await owner.open("/changes")
        assert "Invitation used" in changes
        assert "Ada King" in changes
        await owner.open("/users")
        fields = {"user": owner.hidden("user"), "what": "delete"}
        await owner.press("/users/change", fields)
        assert "Ada" not in await owner.open("/changes"), "what is kept names nobody"


async def test_an_invitation_can_be_withdrawn_and_is_replaced_by_another(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        first = await invite(owner)
        user = owner.hidden("user")
        await owner.press("/users/change", {"user": user, "what": "link"})
        second = await link_of(owner)
        await owner.press("/users/change", {"user": user, "what": "withdraw"})
        async with a_browser(application) as client:
            for link in (first, second, "/invitation?token=x", "/invitation"):
                await Visitor(client).open(link, 404)


async def test_sign_out_ends_a_sign_in_wherever_its_cookie_was_copied_to(running: Running) -> None:
    async with running() as application, visitor(application) as somebody:
        cookies = dict(somebody.client.cookies)
        async with a_browser(application) as copy:
            copy.cookies.update(cookies)
            assert (await copy.get("/people")).status_code == 200
            await somebody.open("/people")
            await somebody.press("/sign-out", {})
            assert (await copy.get("/people")).status_code == 303


async def test_who_is_disabled_or_signed_out_by_an_owner_is_out_everywhere(
    running: Running,
) -> None:
    async with running() as application, visitor(application) as owner:
        await take(application, await invite(owner), PASSWORD)
        typed = {"email": "ada@school.example", "password": PASSWORD}
        for what, comes_back in (("end", True), ("disable", False)):
            async with (
                visitor(application, **typed) as here,
                visitor(application, **typed) as there,
            ):
                await owner.open("/users")
                fields = {"user": owner.hidden("user"), "what": what}
                await owner.press("/users/change", fields)
                for one in (here, there):
                    await one.open("/people", 303)
            if not comes_back:
                await refused(application, **typed)


async def test_a_password_is_changed_by_who_knows_it_and_ends_all_other_sign_ins(
    running: Running,
) -> None:
    async with running() as application, visitor(application) as owner:
        await take(application, await invite(owner), PASSWORD)
        typed = {"email": "ada@school.example", "password": PASSWORD}
        async with visitor(application, **typed) as here, visitor(application, **typed) as there:
            await here.open("/account")
            said = {"password_now": "x", "password_new": ANOTHER, "password_again": ANOTHER}
            await here.press("/account/password", said, 400)
            await here.open("/account")
            await here.press("/account/password", said | {"password_now": PASSWORD})
            await there.open("/people", 303)
            await here.open("/people")
        await refused(application, **typed)
        async with visitor(application, email=typed["email"], password=ANOTHER) as again:
            await again.open("/account")
            await again.press("/account/sign-out", {})
            await again.open("/people", 303)


async def test_one_sign_in_is_ended_from_another_by_whom_it_is_of(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        await take(application, await invite(owner), PASSWORD)
        await take(application, await invite(owner, email="bo@school.example"), PASSWORD)
        ada = {"email": "ada@school.example", "password": PASSWORD}
        async with (
            visitor(application, **ada) as here,
            visitor(application, **ada) as there,
            visitor(application, **ada | {"email": "bo@school.example"}) as other,
        ):
            await here.open("/account")
            ended = {"sign_in": here.hidden("sign_in")}
            await other.open("/account")
            await other.press("/account/sign-ins/end", ended)
            await there.open("/people")
            await here.open("/account")
            await here.press("/account/sign-ins/end", ended)
            assert "Signed out there" in here.seen
            assert 'name="sign_in"' not in here.seen, "this one is left"
            await there.open("/people", 303)
            await other.open("/people")
        assert "Signed out" in await owner.open("/changes")


async def test_who_is_a_user_of_two_schools_chooses_and_both_stay_apart(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        services = application.services
        _, key = await create_organization(
            services.organizations, "Hillside", "UTC", services.now()
        )
        await take(application, await invite(owner), PASSWORD)
        async with visitor(application, key) as other:
            await take(application, await invite(other, role="owner"), PASSWORD)
        async with a_browser(application) as client:
            somebody = Visitor(client)
            await somebody.open("/sign-in")
            typed = {"email": "ada@school.example", "password": PASSWORD}
            token = {"token": somebody.hidden("token")}
            answer = await client.post("/sign-in", data=typed | token)
            choices = re.findall(r'<option value="(\w+)">(\w+)', answer.text)
            assert [name for _, name in choices] == ["Hillside", "Riverside"]
            chosen = {"organization": choices[1][0]}
            answer = await client.post("/sign-in", data=typed | token | chosen)
            assert answer.status_code == 303
            assert "Riverside" in await somebody.open("/account")
            assert "office" in somebody.seen
            await somebody.press("/sign-out", {})
            await somebody.open(f"/sign-in?organization={chosen['organization']}")
            fields = {"organization": somebody.hidden("organization")}
            await somebody.press("/sign-in", typed | fields)
            assert "Riverside" in await somebody.open("/account")


async def test_before_a_key_is_made_the_key_is_asked_for_again(running: Running) -> None:
    async with running() as application, visitor(application) as owner:
        await owner.open("/settings")
        pages = application.services.pages()
        proved = "UPDATE sign_in SET proved_at = proved_at - 600000"
        await run(application, proved)
        pages.sign_ins.forget()  # type: ignore[attr-defined]
        form = {"label": "for a while", "may_read": "yes"}
        answer = await owner.press("/settings/keys", form, 403)
        assert "Is it you?" in answer.text
        owner.seen = answer.text
        sent = re.search(r'name="sent" value="([^"]*)"', answer.text)
        assert sent
        carried = {"sent": sent[1].replace("&#34;", '"')}
        await owner.press("/confirm", carried | {"password": "rb_wrong"}, 401)
        answer = await owner.press("/confirm", carried | {"password": application.key}, 200)
        assert 'action="/settings/keys"' in answer.text
        assert "for a while" in answer.text
        await owner.press("/settings/keys", form)
        assert 'id="new-key"' in owner.seen


async def run(application: Application, sql: str) -> None:
    database = application.services.organizations._database  # type: ignore[attr-defined]
    connection = sqlite3.connect(database.place)
    with connection:
        connection.execute(sql)
    connection.close()
