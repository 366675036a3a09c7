/* Turns every <textarea data-editor="yaml|dockerfile|requirements"> into a code editor. The textarea stays the form's
   field: it always holds the text, and without this script it is what one types into. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

import { requirements } from "./requirements.js";

const NONCE = document.currentScript.dataset.nonce ?? "";
const LANGUAGES = { yaml, dockerfile: dockerFile, requirements };
const SEVERITIES = { error: "error", warning: "warning", hint: "info" };

const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.375rem", minHeight: "20rem", maxHeight: "42rem" },
  ".cm-content": { padding: ".5rem 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 .75rem" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", borderRight: "1px solid var(--line)", fontSize: ".75rem" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 .5rem 0 .25rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--text) 3%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    { backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--wash)" },
  ".cm-tooltip": { border: "1px solid var(--line-2)", borderRadius: "6px", backgroundColor: "var(--surface)", boxShadow: "var(--shadow)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: ".8125rem", padding: ".375rem .625rem", borderLeft: "3px solid var(--muted)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-gutter-lint": { width: "1.125rem" },
  ".cm-lint-marker": { content: "none", width: ".5rem", height: ".5rem", margin: ".4375rem 0 0 .25rem", borderRadius: "50%", background: "var(--bad)" },
  ".cm-lint-marker-warning": { borderRadius: "0", background: "var(--warn)", clipPath: "polygon(50% 0, 100% 100%, 0 100%)" },
  ".cm-lint-marker-info": { background: "none", border: "1.5px solid var(--muted)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.atom, tags.propertyName, tags.definition(tags.propertyName), tags.typeName], color: "var(--syn-key)" },
  { tag: [tags.string, tags.url], color: "var(--syn-str)" },
  { tag: [tags.number, tags.operator], color: "var(--syn-num)" },
  { tag: [tags.comment, tags.meta], color: "var(--muted)" },
]);

const views = new Map(); // textarea -> EditorView

function labelOf(textarea) {
  return textarea.labels[0]?.firstChild?.textContent.trim() || textarea.name || "Text";
}

function addHelp(textarea) {
  const help = document.createElement("p");
  help.className = "cm-help";
  help.id = `${textarea.id || textarea.name}-keys`;
  help.textContent = "Tab indents. To leave the editor by keyboard press Esc, then Tab.";
  textarea.after(help);
  return help.id;
}

function describedBy(textarea) {
  return [textarea.getAttribute("aria-describedby"), addHelp(textarea)].filter(Boolean).join(" ");
}

/** The text goes to the field at once; the event lets forms that check while one types do so. */
function writeBack(textarea) {
  return EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    const text = update.state.doc.toString();
    if (text === textarea.value) return;
    textarea.value = text;
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function extensions(textarea) {
  const attributes = { "aria-label": labelOf(textarea), "aria-describedby": describedBy(textarea), spellcheck: "false", tabindex: "0" };
  if (textarea.getAttribute("aria-invalid")) attributes["aria-invalid"] = "true";
  return [
    EditorView.cspNonce.of(NONCE),
    lineNumbers(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(),
    highlightActiveLine(), highlightActiveLineGutter(),
    indentUnit.of("  "), EditorState.tabSize.of(2), EditorState.readOnly.of(textarea.readOnly),
    keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
    StreamLanguage.define(LANGUAGES[textarea.dataset.editor] ?? yaml),
    syntaxHighlighting(colours), theme,
    EditorView.contentAttributes.of(attributes),
    EditorView.domEventHandlers({ blur: () => void textarea.dispatchEvent(new Event("blur")) }),
    writeBack(textarea),
  ];
}

function open(textarea) {
  if (views.has(textarea)) return;
  const view = new EditorView({ doc: textarea.value, extensions: extensions(textarea) });
  views.set(textarea, view);
  textarea.before(view.dom);
  textarea.hidden = true;
  textarea.required = false; // a hidden field cannot be shown as missing by the browser; the server says so
  textarea.addEventListener("change", () => takeOver(view, textarea.value));
  mark(view, textarea.dataset.problems);
}

/** Something else wrote into the field: an example, a file, the form's reset. */
function takeOver(view, text) {
  if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

/** Show problems: a JSON list of {line, severity, message}; those without a line stand only in the list beside. */
function mark(view, problems) {
  const doc = view.state.doc;
  const found = JSON.parse(problems || "[]").filter(({ line }) => line >= 1 && line <= doc.lines);
  const diagnostics = found.map(({ line, severity, message }) => {
    const { from, to } = doc.line(line);
    return { from, to, severity: SEVERITIES[severity] ?? "info", message };
  });
  view.dispatch(setDiagnostics(view.state, diagnostics.sort((a, b) => a.from - b.from)));
}

function goTo(view, line) {
  if (line >= 1 && line <= view.state.doc.lines) {
    const { from } = view.state.doc.line(line);
    view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  }
  view.focus();
}

function prepare(root) {
  for (const [textarea, view] of views) {
    if (!textarea.isConnected) { view.destroy(); views.delete(textarea); }
  }
  root.querySelectorAll("textarea[data-editor]").forEach(open);
  const checks = [...root.querySelectorAll("[data-problems-for]")];
  if (root.matches?.("[data-problems-for]")) checks.push(root);
  for (const check of checks) {
    const view = views.get(document.getElementById(check.dataset.problemsFor));
    if (view) mark(view, check.dataset.problems);
  }
}

/** Labels, links of the error summary and "line 4" links lead to the hidden field: take them to the editor. */
document.addEventListener("click", (event) => {
  const way = event.target.closest?.("label[for], a[href^='#']");
  const view = way && views.get(document.getElementById(way.htmlFor ?? way.hash.slice(1)));
  if (!view) return;
  event.preventDefault();
  goTo(view, Number(way.dataset.line ?? 0));
});
document.addEventListener("reset", ({ target }) => setTimeout(() => {
  for (const [textarea, view] of views) if (target.contains(textarea)) takeOver(view, textarea.value);
}));
document.addEventListener("htmx:load", ({ detail }) => prepare(detail.elt));
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => prepare(document));
else prepare(document);
