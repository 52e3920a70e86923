// What pages do beyond links and forms: times in the reader's zone, keys, colours, news as it comes. All work without.
(() => {
  "use strict";

  // Times
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  const tellTimes = (root) => {
    const today = new Date().toDateString();
    for (const each of root.querySelectorAll("time[datetime]:not([data-told])")) {
      const at = new Date(each.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      each.textContent =
        each.dataset.style === "long" ? whole.format(at)
        : at.toDateString() === today ? clock.format(at)
        : `${day.format(at)} ${clock.format(at)}`;
      each.title = exact.format(at);
      each.dataset.told = "";
    }
  };

  // Codes of countries and languages: by name in a list, with the name at hand elsewhere.
  const named = { country: null, language: null };
  try {
    named.country = new Intl.DisplayNames(undefined, { type: "region" });
    named.language = new Intl.DisplayNames(undefined, { type: "language" });
  } catch { /* an old browser shows the codes */ }

  const tellNames = (root) => {
    for (const kind of Object.keys(named)) {
      for (const each of root.querySelectorAll(`[data-${kind}]:not([data-named])`)) {
        each.dataset.named = "";
        let name = "";
        try { name = (named[kind] && named[kind].of(each.dataset[kind])) || ""; } catch { continue; /* no code at all */ }
        if (!name || name === each.dataset[kind]) continue;
        if (each.closest(".choices")) each.textContent = name;
        else each.title = name;
      }
    }
  };

  // Keys
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const open = (item) => item.querySelector("h2 a, h3 a, th a, td.what a, a");

  const step = (by) => {
    const items = [...document.querySelectorAll("[data-list] [data-item]")];
    if (!items.length) return;
    const here = items.findIndex((item) => item.contains(document.activeElement));
    const at = here < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(here + by, 0), items.length - 1);
    const link = open(items[at]);
    if (!link) return;
    link.focus({ preventScroll: true });
    items[at].scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target)) return;
    if (event.key === "/") {
      const field = document.querySelector("[data-find]");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      step(event.key === "j" ? 1 : -1);
    }
  });

  document.addEventListener("focusin", (event) => {
    for (const each of document.querySelectorAll(".at")) each.classList.remove("at");
    const item = event.target.closest("[data-item]");
    if (item && event.target === open(item) && event.target.matches(":focus-visible")) item.classList.add("at");
  });

  // A suggestion goes into the field, and the field keeps the cursor.
  document.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-offer]");
    const field = document.getElementById("q");
    if (!offer || !field || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    field.value = offer.dataset.offer;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Saving leaves the page: the form goes as a whole, not through htmx.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-whole]");
    if (!button || !button.form) return;
    event.preventDefault();
    if (!button.form.reportValidity()) return;
    button.form.action = button.formAction;
    HTMLFormElement.prototype.submit.call(button.form);
  });

  // Colours
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-switch]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const chosen = button.value;
    document.documentElement.dataset.theme = chosen;
    document.cookie = `monitor-theme=${chosen}; path=/; max-age=31536000; samesite=lax`;
    button.value = NEXT[chosen];
    button.setAttribute("aria-label", `Colours: ${chosen}. Change`);
  });

  // News: a browser keeps few connections to one host, so only a tab that is looked at listens.
  const listen = () => {
    if (!document.querySelector("[data-latest]") || !window.EventSource) return;
    let source = null;
    let waiting = [];
    const look = () => document.body.dispatchEvent(new Event("news"));
    // A match comes first, its story a little later: so there are two looks.
    const tell = () => {
      waiting.forEach(window.clearTimeout);
      waiting = [800, 5000].map((after) => window.setTimeout(look, after));
    };
    const close = () => {
      if (source) source.close();
      source = null;
    };
    const open = () => {
      if (source || document.hidden) return;
      // From where the page was made, so that nothing is missed between that and now.
      const from = document.querySelector("[data-latest]").dataset.latest;
      source = new EventSource(`/api/v1/events?last_event_id=${from}`);
      source.addEventListener("match", tell);
    };
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) close();
      else look();
    });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });
    // Who comes back after hours looks first, and then listens from there.
    document.addEventListener("htmx:afterSettle", open);
    open();
  };

  let known = new Set();
  const note = (root) => new Set([...root.querySelectorAll("[data-latest] h2 a")].map((each) => each.id));
  document.addEventListener("htmx:beforeSwap", () => { known = note(document); });
  document.addEventListener("htmx:afterSettle", () => {
    tellTimes(document);
    tellNames(document);
    if (!known.size) return;
    for (const id of note(document)) {
      if (!known.has(id)) document.getElementById(id).closest("[data-item]").classList.add("fresh");
    }
  });

  tellTimes(document);
  tellNames(document);
  const zone = document.querySelector("[data-zone]");
  if (zone) zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  listen();
})();
