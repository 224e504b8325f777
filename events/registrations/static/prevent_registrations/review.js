// The screens work without this file. With it, ticking and the door list need fewer steps.
(() => {
  const bulk = document.querySelector("[data-review-bulk]");
  if (bulk) {
    const ticks = [...bulk.querySelectorAll("[data-review-tick]")];
    const all = bulk.querySelector("[data-review-all]");
    const everything = bulk.querySelector("[name=everything]");
    const count = bulk.querySelector("[data-review-count]");
    const tell = () => {
      const number = ticks.filter((tick) => tick.checked).length;
      all.checked = number === ticks.length;
      all.indeterminate = number > 0 && number < ticks.length;
      count.textContent = everything?.checked ? "All are chosen" : number ? `${number} ticked` : "";
    };
    all.closest("label").hidden = false;
    all.addEventListener("change", () => {
      ticks.forEach((tick) => {
        tick.checked = all.checked;
      });
      tell();
    });
    bulk.addEventListener("change", tell);
    tell();
  }

  const counts = document.querySelector("[data-review-counts]");
  const door = document.querySelector("[data-review-door]");
  if (!counts) return;
  const problem = counts.querySelector("[data-review-problem]");
  const show = ({ here, expected }) => {
    counts.querySelector("[data-review-here]").textContent = here;
    counts.querySelector("[data-review-expected]").textContent = expected;
  };
  door?.addEventListener("submit", async (event) => {
    const form = event.target;
    const body = new FormData(form, event.submitter);
    event.preventDefault();
    try {
      const response = await fetch(window.location.pathname, {
        method: "POST",
        body,
        headers: { "X-Requested-With": "fetch" },
      });
      const answer = await response.json();
      problem.textContent = answer.problem;
      show(answer);
      if (!response.ok) return;
      form.closest("li").dataset.status = answer.status;
      form.querySelectorAll("[name=mark]").forEach((button) => {
        button.setAttribute("aria-pressed", String(button.value === answer.status));
      });
    } catch {
      problem.textContent = "Not saved: there is no connection. Try again, or reload the page.";
    }
  });
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(counts.dataset.reviewCounts);
      if (response.ok) show(await response.json());
    } catch {
      // The next round may find the connection again; marking says when there is none.
    }
  }, 10000);
})();
