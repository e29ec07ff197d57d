// The body of a function that Gradio calls once for each half of the library: whatever has `data-open` opens a
// document, or a section of one.

element.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-open]");
  if (!chosen) return;
  event.preventDefault();
  trigger("select", { open: chosen.dataset.open });
});
