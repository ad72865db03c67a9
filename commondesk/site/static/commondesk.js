/* Small helps. Every page works without this file. */
"use strict";

const root = document.documentElement;
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const isTyping = element => Boolean(element.closest("input, textarea, select, [contenteditable]"));

/* ---- theme ---- */
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const switchTheme = () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* for this page only, then */ }
};

/* ---- drop-down panels: one at a time, shut by Escape or a click elsewhere ---- */
const shutOthers = kept => all("details.drop[open]").forEach(drop => { if (drop !== kept) drop.open = false; });
const shutByKey = event => {
  const drop = find("details.drop[open]");
  if (!drop) return;
  drop.open = false;
  find("summary", drop).focus();
  event.preventDefault();
};

/* ---- keys: data-key names the key that presses or focuses a thing ---- */
const press = key => {
  const thing = all("[data-key]").find(each => each.dataset.key === key && (each.matches("input[type=radio]") || each.getClientRects().length));
  if (!thing) return false;
  if (thing.matches("input[type=search], textarea")) thing.focus(); else thing.click();
  if (thing.matches("input[type=radio]")) find("textarea", thing.form).focus();
  if (thing.matches("summary")) find("select, input:not([type=hidden]), textarea", thing.parentElement)?.focus();
  return true;
};
const move = step => {
  const links = all(".rows .subj a");
  if (!links.length) return false;
  const here = links.findIndex(link => link.closest("tr").contains(document.activeElement));
  links[Math.max(0, Math.min(links.length - 1, here + step))].focus();
  return true;
};
const open = () => {
  const link = document.activeElement.closest(".row") && find(".subj a", document.activeElement.closest(".row"));
  link?.click();
  return Boolean(link);
};
const help = () => { const keys = find("dialog#keys"); keys?.showModal(); return Boolean(keys); };
const KEYS = { j: () => move(1), k: () => move(-1), o: open, "?": help };

addEventListener("keydown", event => {
  if (event.key === "Escape" && !find("dialog[open]")) return shutByKey(event);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form.composer");
    if (form) { event.preventDefault(); form.requestSubmit(all("button[value=send]", form).find(button => !button.closest("[hidden]"))); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || find("dialog[open]")) return;
  if (KEYS[event.key] ? KEYS[event.key]() : press(event.key)) event.preventDefault();
});

addEventListener("click", event => {
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  if (event.target.closest("[data-print]")) print();
  if (event.target.closest("[data-shut]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toasts").hidden = true;
  shutOthers(event.target.closest("details.drop"));
});

/* ---- the composer: paper, button and list of readers follow the audience ---- */
const dress = form => {
  const to = form.elements.to.value;
  form.dataset.to = to;
  all("[data-for]", form).forEach(part => { part.hidden = part.dataset.for !== to; });
  const widen = find("[data-widen]", form);
  if (widen) widen.hidden = true;
};
/* Widening a text that was written as a note takes a second, explicit step. */
const compose = form => {
  let held = form.elements.to.value;
  const widen = find("[data-widen]", form), text = form.elements.text;
  const settle = to => { held = to; form.elements.to.value = to; form.elements.written_for.value = to; dress(form); };
  form.addEventListener("change", event => {
    if (event.target.name !== "to") return;
    const to = event.target.value;
    if (to === "everyone" && held !== "everyone" && text.value.trim()) {
      form.elements.to.value = held;
      widen.hidden = false;
      find("[data-yes]", widen).focus();
    } else settle(to);
  });
  find("[data-keep]", form)?.addEventListener("click", () => { settle(held); text.focus(); });
  find("[data-yes]", form)?.addEventListener("click", () => { settle("everyone"); text.focus(); });
  dress(form);
};
all("form.composer").forEach(compose);

/* ---- what was said goes away by itself, unless somebody is at it ---- */
setTimeout(() => all(".toasts").forEach(toasts => { if (!toasts.matches(":hover, :focus-within")) toasts.hidden = true; }), 10000);

/* ---- a form is sent once ---- */
addEventListener("submit", event => {
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 8000);
});
addEventListener("pageshow", () => all("form[data-sent]").forEach(form => delete form.dataset.sent));

/* ---- the browser knows its time zone ---- */
all("select[data-zone]").forEach(select => {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!select.dataset.chosen && all("option", select).some(option => option.value === here)) select.value = here;
});

/* ---- a page in the background asks for nothing ---- */
addEventListener("htmx:beforeRequest", event => {
  if (document.hidden && event.target.hasAttribute("data-quietly")) event.preventDefault();
});
