"use strict";
/* Filter, theme, and details that open when they are led to or printed.  The page holds all of its content without this. */
(() => {
  const id = (name) => document.getElementById(name);
  const rows = Array.from(id("list").children).filter((e) => e.matches("details"));
  const MANY = 300; // opened at once, or for print

  /* ---- filter ---- */
  const q = id("q"), least = id("least"), outcome = id("outcome"), shown = id("shown"), open = id("open");
  let texts = null;

  const filter = () => {
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !texts) texts = rows.map((row) => row.textContent.toLowerCase());
    let count = 0;
    rows.forEach((row, i) => {
      const is = Number(row.dataset.w) >= Number(least.value) &&
        (!outcome.value || row.dataset.o === outcome.value) && words.every((w) => texts[i].includes(w));
      if (row.hidden === is) row.hidden = !is;
      count += is;
    });
    shown.value = count === rows.length ? rows.length.toLocaleString("en") + " services"
      : count.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " services";
    open.disabled = count > MANY || !count;
  };

  let waiting = 0;
  q.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  least.addEventListener("change", filter);
  outcome.addEventListener("change", filter);
  id("filter").addEventListener("submit", (e) => { e.preventDefault(); filter(); });
  open.addEventListener("click", () => {
    const visible = rows.filter((row) => !row.hidden), to = !visible.every((row) => row.open);
    visible.forEach((row) => { row.open = to; });
    open.textContent = to ? "Close all" : "Open all";
  });
  for (const link of document.querySelectorAll("a[data-least]"))
    link.addEventListener("click", () => { least.value = link.dataset.least; filter(); });

  /* ---- details of a long page: text of smtpscan's own, made elements of when they are opened ---- */
  const unfold = (row) => {
    const block = row.querySelector("script");
    if (!block) return;
    const made = document.createElement("template");
    made.innerHTML = block.textContent;
    block.replaceWith(made.content);
  };
  document.addEventListener("toggle", (e) => { if (e.target.open) unfold(e.target); }, true);

  /* ---- where a link leads ---- */
  const reveal = () => {
    const at = location.hash.length > 1 && id(location.hash.slice(1));
    if (!at || !at.matches("details")) return;
    at.hidden = false;
    unfold(at);
    at.open = true;
    at.scrollIntoView({block: "start"});
  };
  addEventListener("hashchange", reveal);
  // A link to where the page stands already changes nothing, and is to open it again.
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal();
  });

  /* ---- print ---- */
  addEventListener("beforeprint", () => {
    const all = Array.from(document.querySelectorAll("details:not([hidden])"));
    if (all.length <= MANY) all.forEach((e) => { unfold(e); e.open = true; });
  });

  /* ---- theme: the system's, until it is chosen ---- */
  const theme = id("theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  const recall = () => { try { return localStorage.getItem("smtpscan-theme"); } catch { return null; } };
  const keep = (name) => { try { localStorage.setItem("smtpscan-theme", name); } catch { /* not kept */ } };
  const wear = (name) => {
    if (name) document.documentElement.dataset.theme = name;
    const is = (name || (dark.matches ? "dark" : "light")) === "dark";
    theme.setAttribute("aria-pressed", String(is));
    return is;
  };
  theme.addEventListener("click", () => {
    const name = theme.getAttribute("aria-pressed") === "true" ? "light" : "dark";
    wear(name);
    keep(name);
  });
  dark.addEventListener("change", () => wear(document.documentElement.dataset.theme));

  wear(recall());
  theme.hidden = id("filter").hidden = false;
  for (const link of document.querySelectorAll("nav a")) link.hidden = !id(link.hash.slice(1));
  filter();
  reveal();
})();
