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
  if (event.target.closest("[data-show]")) find(`dialog#${event.target.closest("[data-show]").dataset.show}`).showModal();
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
  form.addEventListener("settled", () => { held = form.elements.to.value; });
  find("[data-keep]", form)?.addEventListener("click", () => { settle(held); text.focus(); });
  find("[data-yes]", form)?.addEventListener("click", () => { settle("everyone"); text.focus(); });
  dress(form);
};
all("form.composer").forEach(compose);

/* ---- the composer: what is typed stays in this browser until it is sent, or somebody signs out ---- */
const DRAFT = "draft ";
const kept = action => { try { return action(localStorage); } catch { return null; /* no storage: nothing is kept */ } };
const drafts = () => kept(store => Object.keys(store).filter(key => key.startsWith(DRAFT))) ?? [];
const forgetDrafts = () => drafts().forEach(key => kept(store => store.removeItem(key)));
const keepDraft = text => {
  const key = DRAFT + text.dataset.draft, form = text.form;
  const save = () => kept(store => text.value.trim()
    ? store.setItem(key, JSON.stringify({ text: text.value, to: form.elements.to.value, at: Date.now() }))
    : store.removeItem(key));
  const draft = kept(store => JSON.parse(store.getItem(key) ?? "null"));
  /* What comes back with a page that was refused is newer than what is kept. */
  if (draft?.text && !text.value) {
    text.value = draft.text;
    form.elements.to.value = form.elements.written_for.value = draft.to;
    dress(form);
    form.dispatchEvent(new CustomEvent("settled"));
    const told = document.createElement("p");
    told.className = "mute s";
    told.setAttribute("role", "status");
    told.textContent = `${document.body.dataset.saysDraft} `;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn small";
    drop.textContent = document.body.dataset.saysDrop;
    drop.addEventListener("click", () => { text.value = ""; save(); told.remove(); text.focus(); });
    told.append(drop);
    text.before(told);
  } else if (text.value) save();
  let soon;
  text.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(save, 400); });
  form.addEventListener("change", () => { if (text.value.trim()) save(); });
  form.addEventListener("submit", () => { clearTimeout(soon); kept(store => store.removeItem(key)); });
};
all("textarea[data-draft]").forEach(keepDraft);
addEventListener("submit", event => { if (/\/sign-out\/$/.test(event.target.action)) forgetDrafts(); });
/* Whoever is asked to sign in again may be another person. */
if (find("form[action*='sign-in']") || /\/sign-in\/$/.test(location.pathname)) forgetDrafts();

const putIn = (field, words) => {
  const before = field.value.slice(0, field.selectionStart), after = field.value.slice(field.selectionEnd);
  const gap = before && !/\s$/.test(before) ? "\n\n" : "";
  field.setRangeText(gap + words + (after && !/^\s/.test(after) ? "\n\n" : ""), field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
};
/* A reply kept for use again goes where the cursor is; if it cannot be had, the button sends the form. */
addEventListener("click", async event => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const form = button.form, name = form.elements.reply;
  if (!name.value.trim()) { event.preventDefault(); name.focus(); return; }
  event.preventDefault();
  const answer = await fetch(`${button.formAction}?reply=${encodeURIComponent(name.value)}`).catch(() => null);
  if (!answer?.ok) { form.requestSubmit(button); return; }
  putIn(form.elements.text, await answer.text());
  name.value = "";
});

/* ---- @Name in a note: who may read it is offered, chosen by arrows and Enter ---- */
const names = {};
const namesFor = async (address, to) => names[to] ??= await fetch(`${address}?to=${to}`)
  .then(answer => answer.ok ? answer.json() : { names: [] }).then(told => told.names).catch(() => []);
const mention = text => {
  const list = document.createElement("ul");
  list.id = "mentions";
  list.className = "mentions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.body.dataset.saysReaders);
  list.hidden = true;
  text.after(list);
  text.setAttribute("aria-controls", "mentions");
  text.setAttribute("aria-autocomplete", "list");
  let chosen = 0;
  const begun = () => /(?:^|\s)@([^@\n]{0,40})$/.exec(text.value.slice(0, text.selectionStart))?.[1];
  const shut = () => { list.hidden = true; text.removeAttribute("aria-activedescendant"); };
  const mark = () => [...list.children].forEach((item, place) => {
    item.setAttribute("aria-selected", place === chosen);
    if (place === chosen) text.setAttribute("aria-activedescendant", item.id);
  });
  const take = item => {
    const start = text.selectionStart - begun().length;
    text.setRangeText(`${item.textContent} `, start, text.selectionStart, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    shut();
  };
  const offer = async () => {
    const to = text.form.elements.to.value;
    if (to === "everyone" || begun() === undefined) return shut();
    const known = await namesFor(text.dataset.names, to), typed = begun()?.toLowerCase();
    const fit = typed === undefined ? [] : known.filter(name => name.toLowerCase().split(" ").concat(name.toLowerCase()).some(part => part.startsWith(typed)));
    list.replaceChildren(...fit.slice(0, 8).map((name, place) => {
      const item = document.createElement("li");
      item.id = `mention-${place}`;
      item.setAttribute("role", "option");
      item.textContent = name;
      item.addEventListener("mousedown", event => { event.preventDefault(); take(item); });
      return item;
    }));
    if (!list.children.length || fit.some(name => name.toLowerCase() === typed)) return shut();
    chosen = 0;
    list.hidden = false;
    mark();
  };
  text.addEventListener("input", offer);
  text.addEventListener("blur", shut);
  text.addEventListener("keydown", event => {
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { chosen = (chosen + step + list.children.length) % list.children.length; mark(); }
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen]);
    else if (event.key === "Escape") shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
};
all("textarea[data-names]").forEach(mention);

/* ---- a caller who is known fills in name and address ---- */
addEventListener("click", event => {
  const caller = event.target.closest("[data-caller]");
  if (!caller) return;
  const form = find("form [name=requester_name]").form;
  form.elements.requester_name.value = caller.dataset.title;
  form.elements.requester_address.value = caller.dataset.address;
  form.elements.subject.focus();
});

/* ---- what was said goes away by itself, unless somebody is at it; later where it has a way back ---- */
setTimeout(() => all(".toasts").forEach(toasts => { if (!toasts.matches(":hover, :focus-within")) toasts.hidden = true; }), find(".toasts form") ? 20000 : 10000);

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

/* ---- large files tell how far they are; without this the browser sends the form by itself ---- */
addEventListener("submit", event => {
  const form = event.target, bar = find("progress[data-upload]", form);
  if (!bar || event.defaultPrevented) return;
  event.preventDefault();
  const sent = new XMLHttpRequest();
  bar.hidden = false;
  sent.upload.addEventListener("progress", told => { if (told.total) bar.value = 100 * told.loaded / told.total; });
  sent.addEventListener("error", () => form.submit());
  sent.addEventListener("load", () => {
    if (sent.status < 400) return location.assign(sent.responseURL);
    const answer = new DOMParser().parseFromString(sent.responseText, "text/html");
    document.title = answer.title;
    find("main").replaceWith(find("main", answer) ?? answer.body);
    find("[role=alert]")?.scrollIntoView();
  });
  sent.open("POST", form.action);
  sent.send(new FormData(form));
});
