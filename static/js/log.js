/* The page of a build: follows what it prints, keeps the page small meanwhile, and finds lines by their address. */
"use strict";
(() => {
  const MOST = 6000, KEPT = 5000; // lines of a step on a page that follows it
  const NEAR = 40; // pixels: so close to the end counts as there
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* ── following: one switch for the page. Reading further up turns it off, going to the end turns it on ── */
  const list = find("#step-list");
  const toggle = find("[data-follow-toggle]");
  const jump = find("#jump");
  let following = Boolean(toggle?.checked);
  const stands = list?.hasAttribute("data-stands"); // it shows something else than the newest lines
  const tops = new WeakMap(); // where each box was scrolled to when we last looked

  const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  const isLive = (box) => Boolean(find("summary .spin", box.closest("details")));
  const toEnd = (box) => { box.scrollTop = box.scrollHeight; tops.set(box, box.scrollTop); };
  const askNow = () => window.htmx.trigger(find("#follow") ?? document.body, "now");
  const byHand = new WeakSet(); // the steps that a person opened or closed: those stay as they are
  document.addEventListener("click", ({ target }) => {
    const summary = target.closest?.("#step-list summary");
    if (summary) byHand.add(summary.parentElement);
    if (target.closest?.("[data-expand]")) all("details", list).forEach((step) => byHand.add(step));
  });
  const fold = () => {
    for (const { parentElement: step } of all("summary[data-fold]", list)) {
      if (!byHand.has(step) && !step.matches(":focus-within") && !find(".picked", step)) step.open = false;
    }
  };
  const setFollowing = (wanted) => {
    if (wanted && stands) return location.assign(location.pathname);
    following = toggle.checked = wanted;
    if (!wanted) return;
    jump.hidden = true;
    fold();
    all(".logbox[data-follow]", list).filter(isLive).forEach(toEnd);
    askNow();
  };
  toggle?.addEventListener("change", () => setFollowing(toggle.checked));
  jump?.addEventListener("click", () => setFollowing(true));

  const watch = (box) => {
    if (tops.has(box)) return;
    if (stands) tops.set(box, box.scrollTop); else toEnd(box);
    box.addEventListener("scroll", () => {
      const [before, top] = [tops.get(box), box.scrollTop];
      tops.set(box, top);
      if (!isLive(box)) return;
      if (following && top < before - 2 && !atEnd(box)) setFollowing(false);
      else if (!following && !stands && top > before && atEnd(box)) setFollowing(true);
    }, { passive: true });
  };

  const trim = (log) => {
    const lines = [...log.children].map((chunk) => chunk.children.length);
    let count = lines.reduce((sum, more) => sum + more, 0);
    if (count <= MOST) return;
    for (const more of lines) {
      if (count - more < KEPT) return;
      log.firstElementChild.remove();
      count -= more;
    }
  };

  let endInView = false; // whether the end of the list was on the screen before the news came
  const listEnd = () => list.getBoundingClientRect().bottom;
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.id === "follow" && !following) detail.parameters.hold = 1;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id === "follow") endInView = listEnd() < innerHeight + NEAR;
  });
  document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
    if (target.id === "top") nameAddress();
    if (following && target.id?.startsWith("head-")) fold();
    if (!target.id?.startsWith("log-")) return;
    trim(target);
    if (following) toEnd(target.parentElement);
  });
  const showWaiting = (sentinel) => {
    const waiting = Number(sentinel.dataset.waiting);
    if (waiting && following) return askNow();
    jump.hidden = !waiting;
    find("span", jump).textContent = `Jump to newest (${waiting.toLocaleString("en")} new ${waiting === 1 ? "line" : "lines"})`;
  };
  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    if (elt.id === "follow") showWaiting(elt);
    all(".logbox[data-follow]", elt).forEach(watch);
  });
  document.addEventListener("htmx:afterRequest", () => {
    if (!toggle) return;
    const beyond = listEnd() - innerHeight;
    if (following && endInView && beyond > 0) scrollBy(0, beyond + NEAR);
    if (!find("#follow")) toggle.parentElement.hidden = jump.hidden = true;
  });

  /* ── long lines: wrapped or not, here and from now on ── */
  find("[data-wraps]")?.addEventListener("change", ({ target: { checked } }) => {
    document.documentElement.toggleAttribute("data-wrap", checked);
    document.cookie = `wrap=${checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`;
  });

  /* ── addresses of lines: #L10 and, after a click with shift, #L10-L20 ── */
  let firstPicked = null;
  document.addEventListener("click", (event) => {
    const line = event.target.closest?.(".log li > a:first-child")?.parentElement;
    if (!line?.id) return;
    if (!event.shiftKey || !firstPicked) { firstPicked = line; return; }
    event.preventDefault();
    const [from, to] = [firstPicked, line].map((item) => Number(item.id.slice(1))).sort((a, b) => a - b);
    history.replaceState(null, "", `#L${from}-L${to}`);
    showPicked();
  });
  const picked = () => /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash) ?? [];
  const nameAddress = () => {
    const [, from] = picked();
    const copy = find("[data-copy]");
    if (from && copy) copy.dataset.copyNow = `${location.origin}${location.pathname}?line=${from}${location.hash}`;
  };
  const showPicked = () => {
    const [, from, to = from] = picked();
    all(".log .picked").forEach((line) => line.classList.remove("picked"));
    for (let n = Number(from); n <= Math.min(Number(to), Number(from) + KEPT); n += 1) {
      document.getElementById(`L${n}`)?.classList.add("picked");
    }
    nameAddress();
  };
  const openLine = () => {
    const n = /^#L(\d{1,9})/.exec(location.hash)?.[1];
    const line = n && document.getElementById(`L${n}`);
    if (n && !line && list && new URLSearchParams(location.search).get("line") !== n) {
      return location.replace(`${location.pathname}?line=${n}${location.hash}`);
    }
    const step = line?.closest("details");
    if (step) step.open = true;
    line?.scrollIntoView({ block: "center" });
    showPicked();
  };
  addEventListener("hashchange", openLine);

  all(".logbox[data-follow]").forEach(watch);
  openLine();
})();
