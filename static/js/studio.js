/* What pages do beyond plain HTML. Every page works without it; nothing here is needed to read, send or follow a link. */
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const target = event.target.closest?.(selector);
      if (target) act(target, event);
    });

  const announce = (text) => { find("#announce").textContent = text; };

  /* ── copy: navigator.clipboard does not exist on plain http, so there is an old way too ── */
  const copyTheOldWay = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "vh";
    (find("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  const copy = (text) =>
    navigator.clipboard ? navigator.clipboard.writeText(text).then(() => true, () => copyTheOldWay(text)) : copyTheOldWay(text);

  on("click", "[data-copy]", async (button) => {
    const text = button.dataset.copy || button.dataset.copyNow || location.href;
    const done = await copy(text);
    button.focus();
    announce(done ? "Copied" : "Could not copy: select the text and copy it by hand");
    const label = find("span", button);
    if (!done || !label || label.dataset.was) return;
    label.dataset.was = label.textContent;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = label.dataset.was; delete label.dataset.was; }, 2000);
  });

  /* ── times: the words are those of words.ago ── */
  const MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 7 * DAY, MONTH = 30 * DAY, YEAR = 365 * DAY;
  const UNITS = [[2 * WEEK, DAY, "day"], [2 * MONTH, WEEK, "week"], [2 * YEAR, MONTH, "month"], [Infinity, YEAR, "year"]];
  const amount = (seconds) => {
    if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
    if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
    const [, unit, name] = UNITS.find(([limit]) => seconds < limit);
    const count = Math.floor(seconds / unit);
    return `${count} ${name}${count === 1 ? "" : "s"}`;
  };
  const ago = (seconds) => {
    if (Math.abs(seconds) < MINUTE) return "just now";
    const text = amount(Math.abs(seconds));
    if (text === "1 day") return seconds < 0 ? "tomorrow" : "yesterday";
    return seconds < 0 ? `in ${text}` : `${text} ago`;
  };
  const refreshTimes = (root = document) => {
    for (const time of all("time[datetime]", root)) {
      const moment = new Date(time.dateTime);
      const text = ago((Date.now() - moment) / 1000);
      if (time.textContent !== text) time.textContent = text;
      time.title ||= time.dateTime;
      if (!time.dataset.local && /(UTC|Z)$/.test(time.title)) { // another zone was chosen for good
        time.dataset.local = "1";
        time.title += ` (here ${moment.toLocaleString("en-GB", { timeZoneName: "short" })})`;
      }
    }
  };
  setInterval(refreshTimes, 30000);

  /* ── theme: the button posts a form; here it only saves the way to the server ── */
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const themes = () => ["system", ...(isDark.matches ? ["light", "dark"] : ["dark", "light"])]; // so that the first click shows
  on("submit", "[data-theme-form]", (form, event) => {
    event.preventDefault();
    const { dataset } = document.documentElement;
    const theme = themes()[(themes().indexOf(dataset.theme ?? "system") + 1) % 3];
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    if (theme === "system") delete dataset.theme;
    else dataset.theme = theme;
    const button = find("button", form);
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", button.title);
    announce(button.title);
  });

  /* ── toasts: one at a time, for a request that did not arrive or was refused ── */
  const toast = (text, retry) => {
    const box = find("#toast-template").content.cloneNode(true).firstElementChild;
    find("span", box).textContent = text;
    const button = find("[data-retry]", box);
    if (retry) button.addEventListener("click", () => { box.remove(); retry(); });
    else button.remove();
    find("#toasts").replaceChildren(box);
    announce(text);
  };
  const repeat = ({ elt, requestConfig, target }) => () => {
    const { verb, path, formData } = requestConfig;
    const source = document.contains(elt) ? elt : undefined;
    const values = verb === "get" ? {} : Object.fromEntries(formData);
    const swap = elt.getAttribute("hx-swap") ?? undefined;
    window.htmx.ajax(verb, path, { source, target, values, swap }).catch(() => {}); // the events below report it
  };
  on("click", "[data-dismiss]", (button) => button.closest(".toast").remove());
  const failed = (text, { forGood = false } = {}) => ({ detail }) => {
    const again = repeat(detail);
    toast(text, again);
    if (forGood || !detail.elt.hasAttribute("data-poll")) return;
    setTimeout(() => document.contains(detail.elt) && again(), 5000);
  };
  document.addEventListener("htmx:sendError", failed("Could not reach the server."));
  document.addEventListener("htmx:timeout", failed("The server did not answer in time."));
  const REFUSED = {
    403: "You are signed out, or may no longer do this. Sign in in another tab, then retry.",
    404: "This is gone, or you may no longer see it.",
  };
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    failed(REFUSED[status] ?? `The server answered with an error (${status}).`, { forGood: status < 500 })(event);
  });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (!detail.elt.hasAttribute("data-poll")) detail.target?.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    detail.target?.removeAttribute("aria-busy");
    if (detail.successful) find("#toasts").replaceChildren();
  });

  /* ── dialogs: a confirm page shown in place; the link still leads to the page ── */
  const openDialog = (dialog) => {
    if (dialog.open) return;
    find("details.menu[open]:has(:focus) > summary")?.focus(); // where the focus comes back to
    closeMenus();
    dialog.showModal();
  };
  on("click", "[data-dialog]", (button) => openDialog(find(`#${button.dataset.dialog}`)));
  on("click", "[data-close]", (button, event) => {
    const dialog = button.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  });
  on("click", "a[data-confirm]", async (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href);
      const form = find(".confirm", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!form) return location.assign(link.href); // nothing to confirm any more, or signed out
      find("#dialog .body").replaceChildren(form);
      openDialog(find("#dialog"));
    } catch {
      location.assign(link.href);
    }
  });

  /* ── menus close at Escape and at a click elsewhere ── */
  const closeMenus = (except) => all("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) { menu.open = false; find("summary", menu).focus(); }
  });
  let opened = ""; // the row whose menu is open while it is drawn anew
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (find("details.menu[open]", target)) opened = target.id;
  });
  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    const menu = elt.id && elt.id === opened && find("details.menu", elt);
    if (!menu) return;
    opened = "";
    menu.open = true;
    if (document.activeElement === document.body) find("summary", menu).focus();
  });
  on("input", "[data-filter-list]", (field) => {
    const wanted = field.value.toLowerCase();
    for (const item of all("li", field.closest(".sheet"))) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  });

  /* ── forms ── */
  on("change", "[data-autosubmit]", (form) => form.requestSubmit());
  const fill = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  on("click", "[data-fill]", (button) => fill(find(`#${button.dataset.fill}`), button.dataset.text));
  on("change", "input[type=file][data-read-into]", async (input) => {
    const [file] = input.files;
    if (!file) return;
    if (file.size > 200000) announce("That file is too large to edit here");
    else fill(find(`#${input.dataset.readInto}`), await file.text());
  });
  document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
    const bar = target.matches?.("input[type=file]") && find("progress", target.form);
    if (!bar || !detail.lengthComputable) return;
    bar.hidden = false;
    bar.max = detail.total;
    bar.value = detail.loaded;
  });
  /* ── #line-6: as if the link to line 6, which leads into the editor, had been followed ── */
  const toLine = () => {
    const [, line] = /^#line-(\d+)$/.exec(location.hash) ?? [];
    if (line) find(`a[data-line="${line}"]`)?.click();
  };
  document.addEventListener("DOMContentLoaded", toLine); // the editor is there by then
  const focusSummary = (root = document) => find("[data-focus]", root)?.focus();

  /* ── steps; what else a log needs is in log.js ── */
  on("click", "[data-expand]", (button) => {
    const steps = all("details", find(button.dataset.expand));
    const open = steps.some((step) => !step.open);
    steps.forEach((step) => { step.open = open; });
    button.textContent = open ? "Collapse all" : "Expand all";
  });

  /* ── rows of links that scroll: the one we are at is in view ── */
  const showCurrent = () => {
    for (const link of all(":is(.tabs, .nav, .seg) [aria-current]")) {
      const row = link.closest(".tabs, .nav, .seg");
      const [outer, inner] = [row, link].map((element) => element.getBoundingClientRect());
      row.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }
  };

  /* ── keys: off while one types, and for whoever switched them off ── */
  const shortcutsOff = () => /(^|; )shortcuts=off/.test(document.cookie);
  on("change", "[data-shortcuts]", (box) => { document.cookie = `shortcuts=${box.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`; });
  const toSearch = () => {
    const place = all("[data-key-search]").find((element) => element.checkVisibility());
    if (place?.matches("a")) place.click();
    else place?.focus();
  };
  const follow = (selector) => find(selector)?.click();
  const hop = (which) => {
    const at = find(".found:target");
    if (at) find(`[data-hop=${which}]`, at)?.click();
    else if (find("li.found")) location.hash = find("li.found").id;
  };
  const showKeys = () => { // those that lead somewhere from here
    for (const key of all("#keys dt[data-needs]")) key.hidden = key.nextElementSibling.hidden = !find(key.dataset.needs);
    openDialog(find("#keys"));
  };
  const KEYS = {
    "/": toSearch,
    "?": showKeys,
    c: () => follow("[data-key=create]"),
    e: () => follow("[data-key=edit]"),
    f: () => follow("[data-follow-toggle]"),
    n: () => hop("next"),
    p: () => hop("previous"),
    "g e": () => follow("[data-key=e]"),
    "g c": () => follow("[data-key=c]"),
    "g b": () => follow("[data-key=b]"),
  };
  let prefix = "";
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || shortcutsOff() || find("dialog[open]")) return;
    const act = KEYS[prefix + event.key];
    prefix = event.key === "g" && !prefix ? "g " : "";
    if (!act) return;
    event.preventDefault();
    act();
  });

  /* ── what a page, or a part that was swapped in, needs once ── */
  const prepare = (root) => {
    refreshTimes(root);
    focusSummary(root);
  };
  document.addEventListener("htmx:load", ({ detail }) => { if (detail.elt !== document.body) prepare(detail.elt); });
  prepare(document);
  showCurrent();
})();
