"use strict";
// Pointing at a result lights its places in the report; pointing at the report lights what was made of it.
(() => {
  const all = [...document.querySelectorAll("[data-k]")];
  const byKey = new Map();
  for (const node of all) {
    for (const key of node.dataset.k.split(" ")) {
      if (!byKey.has(key)) byKey.set(key, []);
      byKey.get(key).push(node);
    }
  }
  const report = document.querySelector(".report");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let pinned = null;

  const isText = (node) => node.tagName === "MARK";

  function light(node, scroll) {
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (!node) return;
    let first = null;
    for (const key of node.dataset.k.split(" ")) {
      for (const other of byKey.get(key) || []) {
        // From a result to its places, from a place to its results: not on to the results' other places.
        if (other !== node && isText(other) === isText(node)) continue;
        other.classList.add("lit");
        if (isText(other) && other !== node && (!first || other.compareDocumentPosition(first) & 4)) first = other;
      }
    }
    if (scroll && first && report.scrollHeight > report.clientHeight + 1) bring(first);
  }

  // Scrolls only the report's own pane, and only when the place is out of sight.
  function bring(mark) {
    const pane = report.getBoundingClientRect();
    const box = mark.getBoundingClientRect();
    if (box.top >= pane.top + 8 && box.bottom <= pane.bottom - 8) return;
    report.scrollBy({ top: box.top - pane.top - pane.height / 3, behavior: still ? "auto" : "smooth" });
  }

  const nearest = (event) => (event.target instanceof Element ? event.target.closest("[data-k]") : null);
  document.addEventListener("mouseover", (event) => { if (!pinned) light(nearest(event), true); });
  document.addEventListener("focusin", (event) => { pinned = null; light(nearest(event), true); });
  document.addEventListener("click", (event) => {
    if (String(getSelection())) return;
    const node = nearest(event);
    pinned = node && node !== pinned ? node : null;
    light(pinned || node, true);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { pinned = null; light(null); } });
})();
