// Comforts only: every page works without this file.
"use strict";

document.documentElement.classList.add("js");

// "/" goes to the search box, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector("[data-search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// A list beside its filter narrows while one types; the server does the same for ?keys=.
const narrow = (input) => {
  const wanted = input.value.trim().toLowerCase();
  const rows = document.querySelectorAll(`#${input.dataset.narrows} tbody tr`);
  let shown = 0;
  for (const row of rows) {
    row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
    if (!row.hidden) shown += 1;
  }
  const note = document.getElementById(`${input.dataset.narrows}-shown`);
  if (note) note.textContent = wanted === "" ? "" : note.dataset.says.replace("{shown}", shown).replace("{all}", rows.length);
};

// Where the document stands beside the values, a link into it moves the document and leaves the page where it is.
const showLine = (event) => {
  const link = event.target.closest('a[href^="#line-"], a[href^="#box-"]');
  const pane = document.querySelector(".lines, .sheets");
  if (!link || !pane || getComputedStyle(pane).overflowY !== "auto") return;
  event.preventDefault();
  const [left, top] = [window.scrollX, window.scrollY];
  window.location.hash = link.getAttribute("href");
  window.scrollTo(left, top);
  bringForward(pane, document.querySelector(":target"));
};

// Moves a pane, and nothing else, so that the place in it is seen.
const bringForward = (pane, place) => {
  if (!place) return;
  const [of, at] = [pane.getBoundingClientRect(), place.getBoundingClientRect()];
  if (at.top < of.top || at.bottom > of.bottom) pane.scrollTop += at.top - of.top - pane.clientHeight / 3;
  if (at.left < of.left || at.right > of.right) pane.scrollLeft += at.left - of.left - pane.clientWidth / 4;
};

// In a review, the place of the field that is pointed at or stepped to lights up on the page.
let lit = null;
const light = (event) => {
  const holder = event.target.closest("[data-place]");
  const place = holder && holder.dataset.place ? document.getElementById(holder.dataset.place) : null;
  if (place === lit) return;
  if (lit) lit.classList.remove("lit");
  lit = place;
  if (!place) return;
  place.classList.add("lit");
  const pane = place.closest(".lines, .sheets");
  if (getComputedStyle(pane).overflowY === "auto") bringForward(pane, place);
};

document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll("[data-narrows]")) {
    input.addEventListener("input", () => narrow(input));
    input.form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.addEventListener("click", showLine);
  if (!document.body.classList.contains("reviewing")) return;
  // Not "mouseover": it also comes where the page moves under a mouse that lies still, as it does for who steps through with the keyboard.
  document.addEventListener("mousemove", light);
  document.addEventListener("focusin", light);
  const chosen = document.querySelector(".decide [data-place]");
  if (chosen) light({ target: chosen });
});
