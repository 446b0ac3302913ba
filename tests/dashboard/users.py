"""Users on pages: how somebody who is invited sets a password, and how they sign in."""

from playwright.sync_api import Page

PASSWORD = "four lamps over a slow river"


def take(page: Page, link: str) -> None:
    """Open the link of an invitation, and set the password."""
    page.goto(link)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()


def sign_in(page: Page, email: str) -> None:
    """Sign in on the page where one does."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
