// The body of a function that Gradio calls once for what is labelled: answers by key, and Q for the quote.

const ids = {
  y: "label-yes", n: "label-no", a: "label-not-applicable", t: "label-cannot-tell", b: "label-back",
};

function quote() {
  const [box, words] = [document.querySelector("#label-quote textarea"), String(getSelection()).trim()];
  if (!box || !words) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, words);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  const there = document.querySelector("#label-item");
  if (!there || !there.offsetParent || event.ctrlKey || event.altKey || event.metaKey) return;
  if (localStorage.getItem("even-keel-keys-off") || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, [contenteditable=true]")) return;
  if (event.repeat) return; // a key that is held answers once
  const key = event.key.toLowerCase();
  if (key === "q") quote();
  else if (ids[key]) document.getElementById(ids[key])?.click();
});
