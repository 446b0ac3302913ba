// What pages do beyond being pages: search as you type, live parts that renew themselves, copying.
// Everything works without this file, only less comfortably.
"use strict";

async function renewed(url, id, signal) {
  const headers = { Accept: "text/html" };
  const answer = await fetch(url, { credentials: "same-origin", headers, signal });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") {
    location.assign(answer.url);
    return null;
  }
  if (!answer.ok) throw new Error("status " + answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById(id);
}

function swap(id, fresh) {
  const old = document.getElementById(id);
  if (!fresh || !old || old.innerHTML === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement)
    ? document.activeElement.getAttribute("href") : null;
  old.replaceChildren(...fresh.childNodes);
  if (focused) {
    const again = [...old.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused);
    if (again) again.focus({ preventScroll: true });
  }
}

function searchAsYouType(form) {
  const id = form.dataset.search;
  let waiting = 0;
  let asking = new AbortController();
  const search = async () => {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    const url = location.pathname + "?" + query;
    // A newer search takes the place of the one before, on the server too: it sees its reader leave.
    asking.abort();
    const { signal } = asking = new AbortController();
    try {
      const fresh = await renewed(url, id, signal);
      if (fresh && !signal.aborted) {
        swap(id, fresh);
        history.replaceState(null, "", url);
      }
    } catch {
      if (!signal.aborted) form.submit();
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 200);
  });
}

function keepFresh(part) {
  const lost = document.getElementById(part.id + "-lost");
  const pause = Number(part.dataset.refresh) * 1000;
  const look = async () => {
    if (!document.hidden) {
      try {
        swap(part.id, await renewed(location.href, part.id));
        if (lost) lost.hidden = true;
      } catch {
        if (lost) lost.hidden = false;
      }
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
}

// What takes longer than the rest of its page is asked for when somebody gets to see its place.
function loadWhenSeen(part) {
  new IntersectionObserver(async (entries, watch) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    part.setAttribute("aria-busy", "true");
    try {
      swap(part.id, await renewed(part.dataset.load, part.id));
    } catch {
      // Its link is still there.
    }
    part.removeAttribute("aria-busy");
  }).observe(part);
}

function copies(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}

// On a phone the page's own link may lie beyond the edge of a row that scrolls.
document.querySelectorAll("nav [aria-current]").forEach((link) => {
  const row = link.parentElement;
  row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.clientWidth) / 2;
});
document.querySelectorAll("form[data-search]").forEach(searchAsYouType);
document.querySelectorAll("[data-load]").forEach(loadWhenSeen);
document.querySelectorAll("[data-refresh]").forEach(keepFresh);
document.querySelectorAll("[data-copy]").forEach(copies);
