// The review pack: draws its charts, and lists, filters and saves its tickets. It asks no server.
"use strict";
(() => {
  const PAGE = 50;
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;

  // ---- theme and print ----
  $("theme").addEventListener("click", () => {
    const chosen = root.dataset.theme;
    const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
  $("print").addEventListener("click", () => print());

  // ---- words: all of them stand in the page, in its language ----
  const says = JSON.parse($("says").textContent);
  const plural = new Intl.PluralRules(says.language);
  const inWords = (number) => number.toLocaleString(says.language);
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const say = (name, values = {}) => fill(says.texts[name], values);
  const counted = (name, count) => fill(says.counted[name][plural.select(count) === "one" ? 0 : 1], { count: inWords(count), shown: inWords(count) });
  const known = (name, word) => says.data[name]?.[word] ?? word;

  // ---- charts ----
  const { config, charts } = JSON.parse($("specs").textContent);
  const views = new Map();
  const ON_PAPER = 660, HALF_ON_PAPER = 316;
  const tip = $("tip");
  function hint(handler, event, item, value) {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.textContent = String(value);
    tip.style.left = `${Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 12)}px`;
    tip.style.top = `${event.clientY + 16}px`;
  }
  async function draw(place) {
    const spec = { ...charts[place.dataset.chart], config, width: Math.max(200, place.clientWidth) };
    const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: hint, mode: "vega-lite", formatLocale: says.numbers, timeFormatLocale: says.times };
    const { view } = await vegaEmbed(place, spec, options);
    // To a screen reader the picture is its words; the table below has the numbers.
    place.querySelector("svg").setAttribute("aria-hidden", "true");
    views.set(place, view);
  }
  function fit(isPaper) {
    for (const [place, view] of views) {
      const onPaper = place.closest(".pair") ? HALF_ON_PAPER : ON_PAPER;
      const wanted = isPaper ? onPaper : Math.max(200, place.clientWidth);
      if (view.width() !== wanted) view.width(wanted).run();
    }
  }
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => fit(), 120); });
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("figure details")) each.open = true;
    fit(true);
  });
  addEventListener("afterprint", () => {
    for (const each of document.querySelectorAll("figure details")) each.open = false;
    fit();
  });
  const drawn = Promise.all([...document.querySelectorAll("[data-chart]")].map(draw));

  // ---- data ----
  let data, tickets, places, offsets, start;
  async function unpack() {
    const bytes = Uint8Array.from(atob($("data").textContent), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    data = JSON.parse(await new Response(stream).text());
    tickets = data.tickets;
    tickets.opened = summed(tickets.opened);
    start = Date.parse(data.start) / 60000;
    offsets = [0];
    for (const count of data.events.count) offsets.push(offsets[offsets.length - 1] + count);
    places = new Map(tickets.number.map((number, place) => [number, place]));
    estimated = new Set(data.events.estimated);
  }
  let estimated;
  function summed(steps) {
    let at = 0;
    return steps.map((step) => (at += step));
  }
  const word = (place) => data.words.word[place];
  const opened = (place) => start + tickets.opened[place];

  // ---- words ----
  const shortTime = new Map();
  function instant(minute) {
    if (!shortTime.size) shortTime.set("", new Intl.DateTimeFormat(says.locale, { dateStyle: "medium", timeStyle: "short", timeZone: data.zone }));
    return shortTime.get("").format(new Date(minute * 60000));
  }
  const iso = (minute) => new Date(minute * 60000).toISOString().replace(".000Z", "Z");
  function dayOf(minute) {
    if (!shortTime.has("day")) shortTime.set("day", new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: data.zone }));
    return shortTime.get("day").format(new Date(minute * 60000));
  }
  const tenths = (value) => Number(value.toFixed(1)).toLocaleString(says.language, { useGrouping: false });
  function span(minutes) {
    if (minutes < 60) return say("minutes", { minutes });
    if (minutes < 4320) return say("hours", { hours: tenths(minutes / 60) });
    return say("days", { days: tenths(minutes / 1440) });
  }
  const percent = (share) => say("percent", { points: tenths(100 * share) });

  // ---- what is asked: all of it stands in the address ----
  function asked() {
    const [, text = ""] = location.hash.split("?", 2);
    return new URLSearchParams(text);
  }
  function ask(changes) {
    const wanted = asked();
    for (const [name, value] of Object.entries(changes)) value ? wanted.set(name, value) : wanted.delete(name);
    location.hash = `tickets?${wanted}`;
  }
  function chosen(wanted) {
    const by = data.behind.by[wanted.get("figure")];
    const lists = data.behind.lists;
    let found;
    if (by) {
      const verdicts = by.v === undefined ? null : lists[by.v];
      const values = by.n === undefined ? null : lists[by.n];
      found = summed(lists[by.i]).map((place, at) => ({ place, verdict: verdicts ? word(verdicts[at]) : "", value: values ? values[at] : -1 }));
    } else {
      found = tickets.number.map((_, place) => ({ place, verdict: "", value: -1 }));
    }
    const [from, to] = [wanted.get("from"), wanted.get("to")];
    const priority = wanted.get("priority"), team = wanted.get("team");
    const words = (wanted.get("words") || "").toLowerCase();
    const is = (name, value) => (place) => word(tickets[name][place]) === value;
    const tests = [];
    if (from) tests.push((place) => dayOf(opened(place)) >= from);
    if (to) tests.push((place) => dayOf(opened(place)) <= to);
    if (priority) tests.push(is("priority", priority));
    if (team) tests.push(is("team", team));
    if (words) tests.push((place) => [tickets.number[place], tickets.subject?.[place] ?? "", word(tickets.requester[place]), word(tickets.owner[place]), word(tickets.about[place])].join("\n").toLowerCase().includes(words));
    return found.filter(({ place }) => tests.every((test) => test(place)));
  }

  // ---- the list ----
  function element(tag, text, attributes = {}) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }
  function wilson(hits, count) {
    if (!count) return say("no_data");
    const z = 1.959963984540054, z2 = z * z, rate = hits / count;
    const middle = (rate + z2 / (2 * count)) / (1 + z2 / count);
    const reach = (z * Math.sqrt((rate * (1 - rate)) / count + z2 / (4 * count * count))) / (1 + z2 / count);
    return say("interval", { interval: say("between", { low: percent(Math.max(0, middle - reach)), high: percent(Math.min(1, middle + reach)) }) });
  }
  function tiles(found) {
    const all = [...new Set(found.map(({ place }) => place))];
    const open = (place) => ["open", "waiting"].includes(word(tickets.state[place]));
    const still = all.filter(open).length;
    const took = all.map((place) => (tickets.took[place] < 0 ? Infinity : tickets.took[place])).sort((one, other) => one - other);
    const at = (share) => took[Math.max(0, Math.ceil(took.length * share) - 1)];
    const shown = (value) => (value === undefined ? say("no_data") : value === Infinity ? say("not_reached") : span(value));
    const share = (title, test, cohort = all) => {
      const hits = cohort.filter(test).length;
      return [title, cohort.length ? percent(hits / cohort.length) : say("no_data"), "", [counted("ticket", hits), wilson(hits, cohort.length)]];
    };
    const made = [
      [say("resolved_median"), shown(at(0.5)), took.length ? say("p90", { span: shown(at(0.9)) }) : "", [say("on_the_wall")]],
      share(say("reopened"), (place) => tickets.reopens[place] > 0),
      share(say("came_back"), (place) => tickets.returns[place] > 0),
      share(say("with_missing"), (place) => tickets.missing[place] > 0),
    ];
    if (tickets.flag) made.push(share(say("flagged"), (place) => tickets.flag[place] === 1, all.filter((place) => tickets.flag[place] >= 0)));
    $("chosen").replaceChildren(...made.map(([title, value, aside, notes]) => {
      const tile = element("article", undefined, { class: "fig" });
      const said = element("p", `${value} `, { class: "value" });
      if (aside) said.append(element("small", aside));
      const meta = element("p", undefined, { class: "meta" });
      for (const each of [say("of", { count: inWords(all.length) }), counted("still_open", still), ...notes]) meta.append(element("span", each));
      tile.append(element("h3", title), said, meta);
      return tile;
    }));
    return all.length;
  }
  function list() {
    const wanted = asked();
    const figure = wanted.get("figure") || "";
    const found = chosen(wanted);
    const count = tiles(found);
    const named = data.figures[figure];
    const title = named ? say("named", { title: named[0], value: named[1] }) : data.of ? say("in_this_file") : say("all_tickets");
    const listed = [counted("ticket", count), ...(data.of ? [say("of", { count: inWords(named ? named[2] : data.of) })] : [])].join(" ");
    $("said").replaceChildren(element("h3", title), element("p", [listed, ...(found.length > count ? [counted("unit", found.length)] : [])].join(", "), { class: "mute" }));
    const hasVerdict = found.some((each) => each.verdict), hasValue = found.some((each) => each.value >= 0);
    const isSpan = named && /^(time|resolved|attainment|ownerless|offender)/.test(figure);
    const columns = [
      [say("ticket"), (each) => { const made = element("button", tickets.number[each.place], { type: "button" }); made.addEventListener("click", () => ask({ ticket: tickets.number[each.place] })); return made; }],
      ...(tickets.subject ? [[say("subject"), (each) => tickets.subject[each.place]]] : []),
      [say("opened"), (each) => instant(opened(each.place))],
      [say("priority"), (each) => word(tickets.priority[each.place])],
      [say("team"), (each) => word(tickets.team[each.place])],
      [say("about"), (each) => word(tickets.about[each.place])],
      [say("state"), (each) => known("state", word(tickets.state[each.place]))],
      [say("to_resolve"), (each) => (tickets.took[each.place] < 0 ? "–" : span(tickets.took[each.place])), "num"],
      ...(hasVerdict ? [[say("verdict"), (each) => known("verdict", each.verdict)]] : []),
      ...(hasValue ? [[say("in_figure"), (each) => (each.value < 0 ? "–" : isSpan ? span(each.value) : String(each.value)), "num"]] : []),
    ];
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    const page = Math.min(pages, Math.max(1, Number(wanted.get("page")) || 1));
    const head = element("tr");
    for (const [title, , kind] of columns) head.append(element("th", title, { scope: "col", ...(kind ? { class: kind } : {}) }));
    document.querySelector("#list thead").replaceChildren(head);
    document.querySelector("#list tbody").replaceChildren(...found.slice((page - 1) * PAGE, page * PAGE).map((each) => {
      const row = element("tr");
      columns.forEach(([, make, kind], at) => {
        const made = make(each);
        const place = element(at ? "td" : "th", typeof made === "string" ? made : undefined, { ...(at ? {} : { scope: "row" }), ...(kind ? { class: kind } : {}) });
        if (typeof made !== "string") place.append(made);
        row.append(place);
      });
      return row;
    }));
    const turn = (text, to) => { const made = element("button", text, { type: "button", class: "btn small" }); made.disabled = to < 1 || to > pages; made.addEventListener("click", () => ask({ page: String(to) })); return made; };
    const shown = found.length ? say("range", { first: (page - 1) * PAGE + 1, last: Math.min(page * PAGE, found.length), count: inWords(found.length) }) : say("nothing");
    $("pages").replaceChildren(turn(say("earlier"), page - 1), element("span", shown), turn(say("further"), page + 1));
  }

  // ---- a ticket ----
  function eventsOf(place) {
    const events = data.events, found = [];
    for (let at = offsets[place]; at < offsets[place + 1]; at++) {
      found.push({ at: opened(place) + events.after[at], what: data.words.what[events.what[at]], actor: data.words.actor[events.actor[at]], detail: data.words.detail[events.detail[at]], isEstimated: estimated.has(at) });
    }
    return found;
  }
  const OF_OURS = { opened: "by", "waits on": "wait" }, OF_THEIRS = ["given to", "taken by", "classified", "priority"];
  function toWhat({ what, detail }) {
    return OF_THEIRS.includes(what) ? detail : known(OF_OURS[what] ?? "object", detail);
  }
  function show(number) {
    const place = places.get(number);
    if (place === undefined) return;
    const facts = [
      [say("opened"), instant(opened(place))],
      [say("by"), word(tickets.requester[place])],
      [say("priority"), word(tickets.priority[place])],
      [say("team"), word(tickets.team[place])],
      [say("last_person"), word(tickets.owner[place])],
      [say("about"), word(tickets.about[place])],
      [say("state"), known("state", word(tickets.state[place]))],
      [say("to_last_resolve"), tickets.took[place] < 0 ? say("not_resolved") : span(tickets.took[place])],
      [say("without_person"), span(tickets.alone[place])],
      [say("missing"), String(tickets.missing[place])],
      ...(tickets.flag && tickets.flag[place] >= 0 ? [[say("flag"), say(tickets.flag[place] ? "missed" : "met")]] : []),
    ];
    const listed = element("dl", undefined, { class: "facts-of" });
    for (const [name, value] of facts) if (value) listed.append(element("dt", name), element("dd", value));
    const table = element("table"), head = element("tr"), body = element("tbody");
    for (const each of [say("when"), say("what"), "", say("by")]) head.append(element("th", each, { scope: "col" }));
    for (const each of eventsOf(place)) {
      const row = element("tr");
      row.append(element("th", each.isEstimated ? say("estimated", { time: instant(each.at) }) : instant(each.at), { scope: "row" }), element("td", known("act", each.what)), element("td", toWhat(each)), element("td", each.actor));
      body.append(row);
    }
    head.children[2].textContent = say("to_what");
    const heading = element("thead");
    heading.append(head);
    table.append(heading, body);
    const scroll = element("div", undefined, { class: "scroll", tabindex: "0", role: "region", "aria-label": say("events") });
    scroll.append(table);
    const subject = tickets.subject?.[place];
    $("ticket-title").textContent = subject ? say("titled", { number, title: subject }) : number;
    $("ticket-body").replaceChildren(listed, element("h3", counted("event", offsets[place + 1] - offsets[place])), scroll);
    if (!$("ticket").open) $("ticket").showModal();
    $("ticket-title").focus();
  }
  $("close").addEventListener("click", () => $("ticket").close());
  $("ticket").addEventListener("close", () => { if (asked().get("ticket")) ask({ ticket: "" }); });

  // ---- saving ----
  const FORMULA = /^[ \u00a0\u3000\ufeff]*[=+\-@\t\r\n＝＋－＠]/;
  function field(value) {
    const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  function save(name, type, text) {
    const link = element("a", undefined, { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  const csv = (rows) => rows.map((row) => row.map(field).join(",") + "\r\n").join("");
  const seconds = (minutes) => (minutes < 0 ? "" : 60 * minutes);
  function saveTickets() {
    const found = chosen(asked());
    const head = ["ticket", ...(tickets.subject ? ["subject"] : []), "opened_at", "priority", "team", "owner", "requester", "about", "channel", "state", "to_resolve_s", "to_closing_s", "reopens", "returns", "missing_updates", "without_owner_s", ...(tickets.flag ? ["vendor_flag_missed"] : []), "what_came_of_it"];
    const rows = found.map(({ place, verdict }) => [tickets.number[place], ...(tickets.subject ? [tickets.subject[place]] : []), iso(opened(place)), ...["priority", "team", "owner", "requester", "about", "channel", "state"].map((name) => word(tickets[name][place])), seconds(tickets.took[place]), seconds(tickets.closed[place]), tickets.reopens[place], tickets.returns[place], tickets.missing[place], seconds(tickets.alone[place]), ...(tickets.flag ? [tickets.flag[place] < 0 ? "" : tickets.flag[place]] : []), verdict]);
    save("tickets.csv", "text/csv", csv([head, ...rows]));
  }
  function saveEvents() {
    const rows = [["ticket", "happened_at", "what", "detail", "actor", "is_estimated"]];
    for (const place of new Set(chosen(asked()).map((each) => each.place))) {
      for (const each of eventsOf(place)) rows.push([tickets.number[place], iso(each.at), each.what, each.detail, each.actor, each.isEstimated ? 1 : 0]);
    }
    save("events.csv", "text/csv", csv(rows));
  }
  const savers = { tickets: saveTickets, events: saveEvents, figures: () => save("figures.json", "application/json", JSON.stringify(data.document, null, 1)) };
  for (const each of document.querySelectorAll("[data-save]")) each.addEventListener("click", () => savers[each.dataset.save]());

  // ---- filters ----
  const form = $("filters");
  function offer(name, values) {
    const kept = form.elements[name].options[0];
    form.elements[name].replaceChildren(kept, ...values.map(([value, text]) => { const made = element("option", text); made.value = value; return made; }));
  }
  function offers() {
    const counted = (name) => {
      const counts = new Map();
      for (const place of tickets[name]) counts.set(place, (counts.get(place) || 0) + 1);
      return [...counts].filter(([place]) => word(place)).map(([place, count]) => [word(place), count]);
    };
    offer("priority", counted("priority").sort().map(([value, count]) => [value, say("option", { name: value, count: inWords(count) })]));
    offer("team", counted("team").sort((one, other) => other[1] - one[1]).map(([value, count]) => [value, say("option", { name: value, count: inWords(count) })]));
    offer("figure", Object.entries(data.figures).filter(([key]) => data.behind.by[key]).map(([key, [title, value]]) => [key, say("named", { title, value })]));
  }
  let typing = 0;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => ask({ page: "", ...Object.fromEntries(new FormData(form)) }), 150);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => { location.hash = "tickets"; });

  let before = "";
  function heed() {
    const isAsked = location.hash.startsWith("#tickets");
    const wanted = asked();
    for (const name of ["figure", "from", "to", "priority", "team", "words"]) {
      if (form.elements[name] !== document.activeElement) form.elements[name].value = wanted.get(name) || "";
    }
    const number = wanted.get("ticket");
    wanted.delete("ticket");
    if (`${wanted}` !== before || !before) list();
    const isNew = before.split("&").find((each) => each.startsWith("figure=")) !== `${wanted}`.split("&").find((each) => each.startsWith("figure="));
    before = `${wanted}`;
    if (number) show(number);
    else if ($("ticket").open) $("ticket").close();
    if (isAsked && isNew && !number && !form.contains(document.activeElement)) {
      $("tickets").scrollIntoView();
      $("h-tickets").focus({ preventScroll: true });
    }
  }
  const ready = unpack().then(() => { offers(); addEventListener("hashchange", heed); heed(); });
  Promise.all([drawn, ready]).then(() => { root.dataset.ready = "yes"; });
})();
