// The body of a function that Gradio calls once for the cards' component: `element` is its root, which stays
// while the cards in it change; `trigger` tells the server.

function fits(card, form) {
  const want = Object.fromEntries(new FormData(form));
  const words = want.words.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => card.dataset.words.includes(word))
    && ["industry", "channel", "hard"].every((name) => !want[name] || card.dataset[name] === want[name])
    && (!want.trains || card.dataset.trains.split("|").includes(want.trains));
}

function filter(form) {
  const cards = [...form.querySelectorAll(".ek-scenario")];
  for (const card of cards) card.hidden = !fits(card, form);
  const left = cards.filter((card) => !card.hidden).length;
  form.querySelector("output").textContent = left === 1 ? "1 customer" : `${left} customers`;
  form.querySelector(".ek-none").hidden = left > 0;
}

element.addEventListener("input", (event) => filter(event.target.form));
element.addEventListener("reset", (event) => setTimeout(() => filter(event.target)));
element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-scenario]");
  if (chosen) trigger("select", { scenario: chosen.dataset.scenario });
});
