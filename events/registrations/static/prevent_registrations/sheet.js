const button = document.querySelector("[data-sheet-print]");
button.hidden = false;
button.addEventListener("click", () => window.print());
