/* What is typed into form[data-draft] and not saved yet: leaving the page asks first, and coming back finds it again.
   The browser's tab keeps it for that form; it goes once the server says that it is saved, by a cookie of the form's path. */
"use strict";
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const KEY = `draft ${form.dataset.draft}`;
  const NOT_TYPED = ["csrfmiddlewaretoken", "action", "base", "from", "beside_name", "beside_text"];
  const fields = () => [...form.elements].filter((field) => field.name && !NOT_TYPED.includes(field.name) && !["file", "submit"].includes(field.type));
  const isBox = (field) => ["checkbox", "radio"].includes(field.type);
  const read = (checked, value) => fields().map((field) => [field.name, field[isBox(field) ? checked : value], isBox(field) ? field.value : ""]);
  const typed = () => read("checked", "value");
  const clean = JSON.stringify(read("defaultChecked", "defaultValue"));
  const { holds } = form.dataset; // "sent": what was typed before; "review": that, hidden; "mend": an edit the studio made
  const isUnsaved = () => ["sent", "review"].includes(holds) || JSON.stringify(typed()) !== clean;

  const kept = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; }
  };
  const drop = () => { sessionStorage.removeItem(KEY); };
  const keep = (isSent) => {
    try { sessionStorage.setItem(KEY, JSON.stringify({ isSent, typed: holds === "review" && kept()?.typed || typed() })); } catch { /* no room: leaving still asks */ }
  };

  /** Write a draft into the fields, the n-th of a name into the n-th; whether each of its texts has found one. */
  const write = (draft) => {
    const places = {};
    for (const field of fields()) (places[field.name] ??= []).push(field);
    return draft.map(([name, value]) => {
      const field = places[name]?.shift();
      if (field) field[isBox(field) ? "checked" : "value"] = value;
      field?.dispatchEvent(new Event("change")); // an editor over it takes it
      return Boolean(field) || !value;
    }).every(Boolean);
  };
  /** Rows for more files come from the server, which adds the last of them; then the draft is written once more. */
  const addRows = async (draft) => {
    const values = { action: "add-file" };
    for (const name of ["extra_name", "extra_text"]) values[name] = draft.filter(([of]) => of === name).map(([, value]) => value).slice(0, -1);
    await window.htmx.ajax("POST", location.pathname, { source: form, target: "#files", swap: "outerHTML", values });
    write(draft);
  };

  /** The editor scrolls its caret into the window, which the bar with the buttons is a part of. */
  const bar = form.querySelector(":scope > .actions");
  const uncover = () => {
    const caret = form.querySelector(".cm-focused .cm-cursor-primary")?.getBoundingClientRect();
    const hidden = caret && getComputedStyle(bar).position === "sticky" ? caret.bottom + 8 - bar.getBoundingClientRect().top : 0;
    if (hidden > 0) scrollBy(0, hidden);
  };
  form.addEventListener("keydown", () => requestAnimationFrame(() => requestAnimationFrame(uncover)));

  let state = "open"; // what is "sent" or "dropped" may be left until one types on
  const store = () => {
    if (state !== "open") return;
    if (isUnsaved()) keep(false);
    else drop();
  };
  let timer;
  form.addEventListener("input", () => { state = "open"; clearTimeout(timer); timer = setTimeout(store, 300); });
  form.addEventListener("change", store);
  form.addEventListener("submit", ({ submitter }) => {
    store();
    keep(/^save/.test(submitter?.value ?? "save"));
    state = "sent";
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-drop]")) return;
    drop();
    state = "dropped";
    if (target.closest("button")) location.replace(location.pathname + location.search);
  });
  window.addEventListener("pagehide", store);
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) state = "open"; });
  window.addEventListener("beforeunload", (event) => { if (state === "open" && isUnsaved()) event.preventDefault(); });

  const draft = kept();
  const isSaved = draft?.isSent && /(^|; )saved=/.test(document.cookie);
  document.cookie = `saved=; path=${location.pathname}; max-age=0`;
  if (holds === "mend") return;
  if (holds) return keep(false);
  if (isSaved || !draft) return drop();
  const isWhole = write(draft.typed); // before the editor takes the text over
  if (!isUnsaved() && isWhole) return drop();
  document.querySelector("[data-restored]").hidden = false;
  document.addEventListener("DOMContentLoaded", async () => {
    if (!isWhole && document.querySelector("#files")) await addRows(draft.typed);
    form.dispatchEvent(new Event("input")); // what is said about the text is about this one
  });
})();
