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

  const sending = document.querySelector("[data-review-sending]");
  if (sending) {
    const bar = sending.querySelector("progress");
    const timer = setInterval(async () => {
      if (document.hidden) return;
      const response = await fetch(window.location.href, {
        headers: { "X-Requested-With": "fetch" },
      }).catch(() => null);
      if (!response?.ok || response.redirected) return;
      const { sent, done, all } = await response.json();
      sending.querySelector("[data-review-sent]").textContent = sent.toLocaleString("en-GB");
      sending.querySelector("[data-review-all]").textContent = all.toLocaleString("en-GB");
      [bar.value, bar.max] = [done, all];
      if (done < all) return;
      clearInterval(timer);
      window.location.reload();
    }, 3000);
  }

  const counts = document.querySelector("[data-review-counts]");
  const door = document.querySelector("[data-review-door]");
  if (!counts) return;
  const problem = counts.querySelector("[data-review-problem]");
  const show = ({ here, expected }) => {
    counts.querySelector("[data-review-here]").textContent = here;
    counts.querySelector("[data-review-expected]").textContent = expected;
  };
  // What could not be sent is sent again, in order, once the connection or the session is back.
  const unsent = [];
  const send = async ({ form, body }, isAgain = false) => {
    const response = await fetch(window.location.pathname, {
      method: "POST",
      body,
      headers: { "X-Requested-With": "fetch" },
    });
    if (response.redirected) throw new Error("signed out");
    if (response.status === 403 && !isAgain) {
      // Whoever has signed in again has a new token.
      const text = await (await fetch(window.location.href)).text();
      const page = new DOMParser().parseFromString(text, "text/html");
      const token = page.querySelector("[data-review-door] [name=csrfmiddlewaretoken]");
      if (!token) throw new Error("signed out");
      body.set("csrfmiddlewaretoken", token.value);
      await send({ form, body }, true);
      return;
    }
    const answer = await response.json();
    problem.textContent = answer.problem;
    show(answer);
    if (!response.ok) return;
    form.closest("li").dataset.status = answer.status;
    form.querySelectorAll("[name=mark]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.value === answer.status));
    });
  };
  const explain = (error) => {
    const number = unsent.length;
    const marks = number === 1 ? "1 mark is" : `${number} marks are`;
    if (error.message === "signed out") {
      const link = document.createElement("a");
      link.href = counts.dataset.reviewLogin;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = "Sign in again (opens in a new tab)";
      problem.replaceChildren(`You are signed out. ${marks} sent when you are back. `, link);
    } else {
      problem.textContent = `There is no connection. ${marks} sent when it is back. Keep this page open.`;
    }
  };
  let isSending = false;
  const sendAll = async () => {
    if (isSending) return;
    isSending = true;
    try {
      while (unsent.length) {
        await send(unsent[0]);
        unsent.shift();
      }
    } catch (error) {
      explain(error);
    }
    isSending = false;
  };
  door?.addEventListener("submit", (event) => {
    event.preventDefault();
    unsent.push({ form: event.target, body: new FormData(event.target, event.submitter) });
    sendAll();
  });
  window.addEventListener("online", sendAll);
  window.addEventListener("beforeunload", (event) => {
    if (unsent.length) event.preventDefault();
  });
  const search = document.querySelector("[data-review-door-search]");
  if (search && door) {
    const plain = (text) => text.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
    const found = search.querySelector("[data-review-door-found]");
    search.hidden = false;
    search.querySelector("input").addEventListener("input", ({ target }) => {
      const wanted = plain(target.value);
      let number = 0;
      for (const row of door.children) {
        row.hidden = !plain(row.querySelector(".review-door__name").textContent).includes(wanted);
        if (!row.hidden) number += 1;
      }
      found.textContent = wanted ? `${number} found` : "";
    });
  }
  setInterval(async () => {
    if (document.hidden) return;
    await sendAll();
    if (unsent.length) return;
    try {
      const response = await fetch(counts.dataset.reviewCounts);
      if (response.ok) show(await response.json());
    } catch {
      // The next round may find the connection again; marking says when there is none.
    }
  }, 10000);
})();
