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
  if (note) note.textContent = wanted === "" ? "" : `${shown} of ${rows.length} shown`;
};

// Where the document stands beside the values, a link into it moves the document and leaves the page where it is.
const showLine = (event) => {
  const link = event.target.closest('a[href^="#line-"]');
  const pane = document.querySelector(".lines");
  if (!link || !pane || getComputedStyle(pane).overflowY !== "auto") return;
  event.preventDefault();
  const [left, top] = [window.scrollX, window.scrollY];
  window.location.hash = link.getAttribute("href");
  window.scrollTo(left, top);
  const line = document.querySelector(":target");
  if (line) pane.scrollTop += line.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
};

document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll("[data-narrows]")) {
    input.addEventListener("input", () => narrow(input));
    input.form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.addEventListener("click", showLine);
});
