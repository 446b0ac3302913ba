// What pages do beyond being pages: search as you type, live parts that renew themselves, copying.
// Everything works without this file, only less comfortably.
"use strict";

async function asked(url, more) {
  const headers = { Accept: "text/html", ...more.headers };
  const answer = await fetch(url, { credentials: "same-origin", ...more, headers });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") {
    location.reload();
    return null;
  }
  if (!answer.ok && answer.status !== 304) throw new Error("status " + answer.status);
  return answer;
}

async function parsed(answer) {
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// A part of a page, and the address that the server led to for it.
async function renewed(url, id, more = {}) {
  const answer = await asked(url, more);
  return answer ? { fresh: (await parsed(answer)).getElementById(id), at: answer.url } : {};
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
    // A newer search takes the place of the one before, on the server too: it sees its reader leave.
    asking.abort();
    const { signal } = asking = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      const { fresh, at } = await renewed(form.action, id, { method: "POST", body, signal });
      if (fresh && !signal.aborted) {
        swap(id, fresh);
        // What was typed is in no address: the server led to one that has it sealed.
        history.replaceState(null, "", at);
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

// A range that is chosen keeps what was typed, be it not searched yet: it is searched for in that range.
function takesAlong(form) {
  const ofRange = ["range", "from", "to"];
  const told = () => new URLSearchParams(new FormData(form)).toString();
  const before = told();
  const searchIn = (event, range) => {
    if (told() === before || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    for (const name of ofRange) form.querySelectorAll(`[name=${name}]`).forEach((field) => field.remove());
    for (const [name, value] of range) {
      if (!ofRange.includes(name)) continue;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    form.submit();
  };
  document.querySelectorAll(".ranges a").forEach((link) => {
    link.addEventListener("click", (event) => searchIn(event, new URL(link.href).searchParams));
  });
  document.querySelectorAll(".ranges form").forEach((days) => {
    days.addEventListener("submit", (event) => searchIn(event, new FormData(days)));
  });
}

function keepFresh(part) {
  const lost = document.getElementById(part.id + "-lost");
  const pause = Number(part.dataset.every) * 1000;
  // What the clock here is ahead of the server's.
  const ahead = Date.now() - Number(part.dataset.now);
  let tag = part.dataset.tag;
  let waiting = 0;
  const tick = () => {
    for (const time of part.querySelectorAll("[data-since]")) {
      const text = lasted(Math.max(0, Math.floor((Date.now() - ahead - time.dataset.since) / 1000)));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  const look = async () => {
    clearTimeout(waiting);
    if (!document.hidden) {
      try {
        const answer = await asked(part.dataset.refresh, { headers: tag ? { "If-None-Match": tag } : {} });
        if (answer && answer.status !== 304) {
          swap(part.id, (await parsed(answer)).body);
          tag = answer.headers.get("ETag");
          tick();
        }
        if (lost) lost.hidden = true;
      } catch {
        if (lost) lost.hidden = false;
      }
    }
    clearTimeout(waiting);
    waiting = setTimeout(look, pause);
  };
  document.addEventListener("visibilitychange", look);
  waiting = setTimeout(look, pause);
  setInterval(tick, 1000);
  tick();
}

// As the server writes it (words.py).
function lasted(seconds) {
  if (seconds < 60) return seconds + " s";
  const two = (number) => String(number).padStart(2, "0");
  const minutes = seconds >= 600 ? Math.floor((seconds + 30) / 60) : Math.floor(seconds / 60);
  if (minutes >= 60) return Math.floor(minutes / 60) + " h " + two(minutes % 60) + " min";
  return seconds >= 600 ? minutes + " min" : minutes + " min " + two(seconds % 60) + " s";
}

// What takes longer than the rest of its page is asked for when somebody gets to see its place.
function loadWhenSeen(part) {
  new IntersectionObserver(async (entries, watch) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    part.setAttribute("aria-busy", "true");
    try {
      swap(part.id, (await renewed(part.dataset.load, part.id)).fresh);
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

// A file that is dropped is looked at right away. Too large a one is not sent at all.
function takesFiles(form) {
  const input = form.querySelector("input[type=file]");
  const place = form.querySelector(".drop");
  const most = Number(form.dataset.drop);
  const fits = () => {
    const file = input.files[0];
    const large = file && file.size > most * 1024 * 1024;
    input.setCustomValidity(large ? "This file is larger than " + most + " MB: pack it, or take it in parts" : "");
    return input.reportValidity();
  };
  const over = (event, on) => {
    event.preventDefault();
    place.classList.toggle("over", on);
  };
  form.classList.add("ready");
  input.addEventListener("change", fits);
  place.addEventListener("dragover", (event) => over(event, true));
  place.addEventListener("dragleave", (event) => over(event, false));
  place.addEventListener("drop", (event) => {
    over(event, false);
    const { files } = event.dataTransfer;
    if (!files.length) return;
    const one = new DataTransfer();
    one.items.add(files[0]);
    input.files = one.files;
    if (fits()) form.requestSubmit();
  });
}

// What is typed unseen can be looked at before it is sent; sent, it is a password again, which browsers do not keep as a word.
function showsTyped(label) {
  const box = label.querySelector("input");
  const fields = [...box.form.querySelectorAll("input[type=password]")];
  const show = (seen) => fields.forEach((field) => { field.type = seen ? "text" : "password"; });
  label.hidden = false;
  box.addEventListener("change", () => show(box.checked));
  box.form.addEventListener("submit", () => show(false));
}

// What takes its time says so, and is not sent twice.
function sendsOnce(form) {
  const button = form.querySelector("button[type=submit]");
  const label = button.textContent;
  form.addEventListener("submit", () => {
    button.disabled = true;
    button.textContent = form.dataset.once;
  });
  // Who comes back finds it as it was.
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    button.textContent = label;
  });
}

// On a phone the page's own link may lie beyond the edge of a row that scrolls.
document.querySelectorAll("nav [aria-current]").forEach((link) => {
  const row = link.parentElement;
  row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.clientWidth) / 2;
});
document.querySelectorAll("form[data-search]").forEach(searchAsYouType);
document.querySelectorAll("form[data-search]").forEach(takesAlong);
document.querySelectorAll("[data-load]").forEach(loadWhenSeen);
document.querySelectorAll("[data-refresh]").forEach(keepFresh);
document.querySelectorAll("[data-copy]").forEach(copies);
document.querySelectorAll("[data-drop]").forEach(takesFiles);
document.querySelectorAll("[data-once]").forEach(sendsOnce);
document.querySelectorAll("[data-shows-typed]").forEach(showsTyped);
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
